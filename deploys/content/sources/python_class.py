"""Entries from a Python class: anything with read_entries() that gives Entry values or mappings of the normal form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import tzinfo
from importlib import import_module
from typing import Any, Protocol

from deploys.content.sources.config import DATE_NAMES, NORMAL_NAMES
from deploys.content.sources.dates import is_empty, moment, zone_called
from deploys.content.sources.errors import ErrorClass, SourceError, SourceRefused, SourceTooLarge
from deploys.content.sources.front_matter import Unreadable, json_of
from deploys.content.sources.links import bounded, link
from deploys.content.sources.mapping import text
from deploys.content.sources.notes import Notes, SeenKeys
from deploys.content.sources.types import JSON, Entry, Progress, Report

MOST_ENTRIES = 200_000
_TOLD_EVERY = 200


class Adapter(Protocol):
    """What the class has to have. It is made with the options of the settings as keywords."""

    def read_entries(self) -> Iterable[Entry | Mapping[str, Any]]: ...


class PythonSource:
    """See Source for what the attributes say.

    path: “package.module.Class”. options: keywords for the class. time_zone: for dates without one.
    """

    is_partial = False
    etag_unchanged = False
    etag = ""

    def __init__(self, path: str, options: Mapping[str, JSON] | None = None, *, time_zone: str = "UTC") -> None:
        self.total: int | None = None
        self.warnings: list[str] = []
        self.is_complete = False
        self.shortfall = "The reading was not finished."
        self._path = path
        self._options = dict(options or {})
        self._zone = zone_called(time_zone)

    def read(self, *, on_progress: Report | None = None) -> Iterator[Entry]:
        """Give every entry. Raises SourceError; what the class raises itself is told in words."""
        self.total, self.warnings = None, []
        self.is_complete, self.shortfall = False, "The reading was not finished."
        notes = Notes()
        seen = SeenKeys(notes)
        for number, given in enumerate(self._given(), start=1):
            entry = self._entry(given, notes)
            seen.see(entry.key, 1)
            if len(seen) > MOST_ENTRIES:
                raise SourceTooLarge(
                    f"The class {self._path} gives more than {MOST_ENTRIES} entries: have it give fewer kinds.",
                    error_class=ErrorClass.TOO_MANY_ENTRIES,
                )
            yield entry
            if on_progress and number % _TOLD_EVERY == 0:
                on_progress(Progress(read=number, total=None, note="Reading"))
        if on_progress:
            on_progress(Progress(read=len(seen), total=len(seen), note="Reading"))
        self.total, self.warnings = len(seen), notes.sentences()
        self.is_complete, self.shortfall = True, ""

    def _given(self) -> Iterator[Entry | Mapping[str, Any]]:
        """Only what the class does is its fault: what is made of its entries happens outside."""
        try:
            yield from self._adapter().read_entries()
        except SourceError:
            raise
        except Exception as error:  # a stranger's class may raise anything; all of it is told
            raise self._failure(f"it ended with {type(error).__name__}", str(error)) from error

    def _adapter(self) -> Adapter:
        module, _, name = self._path.rpartition(".")
        try:
            made = getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise self._failure("it cannot be imported", str(error)) from error
        found: Adapter = made(**self._options)
        if not callable(getattr(found, "read_entries", None)):
            raise self._failure("it has no read_entries()", "")
        return found

    def _entry(self, given: object, notes: Notes) -> Entry:
        if isinstance(given, Entry):
            return replace(
                given, key=bounded(given.key), url=link(given.url or ""), edit_url=link(given.edit_url or "")
            )
        if not isinstance(given, Mapping):
            raise self._failure(f"it gives a {type(given).__name__} where an entry is expected", "")
        unknown = set(given) - {one.name for one in fields(Entry)}
        if unknown:
            names = ", ".join(NORMAL_NAMES)
            raise self._failure(
                f"its entries have “{', '.join(map(str, sorted(unknown)))}”; known are {names}, fields", ""
            )
        key = text(given.get("key"))
        if not key:
            raise self._failure("one of its entries has no key", "")
        return _entry_of(key, given, self._zone, notes)

    def _failure(self, what: str, said: str) -> SourceRefused:
        words = " ".join(said.split())[:200]
        return SourceRefused(
            f"The class {self._path[:120]} does not work: {what}."
            f"{f' It says: “{words}”.' if words else ''} Correct the class or the source's settings.",
            error_class=ErrorClass.ADAPTER_FAILED,
            detail=words,
        )


def _entry_of(key: str, given: Mapping[str, Any], zone: tzinfo, notes: Notes) -> Entry:
    dates = {}
    for name in DATE_NAMES:
        value = given.get(name)
        dates[name] = moment(value, zone)
        if dates[name] is None and not is_empty(value):
            notes.add(f"{{count}} values for “{name}” are no dates ({{examples}}).", str(value))
    try:
        content = json_of(dict(given.get("fields") or {}))
    except (Unreadable, TypeError, ValueError) as problem:
        raise SourceRefused(
            f"The fields of the entry “{key[:80]}” cannot be read: {problem}.", error_class=ErrorClass.ADAPTER_FAILED
        ) from problem
    return Entry(
        key=bounded(key),
        kind=text(given.get("kind")) or "",
        title=" ".join((text(given.get("title")) or key).split()),
        url=link(text(given.get("url")) or ""),
        edit_url=link(text(given.get("edit_url")) or ""),
        status=text(given.get("status")) or "live",
        changed_by=text(given.get("changed_by")),
        fields=content,
        marker=text(given.get("marker")) or "",
        **dates,
    )
