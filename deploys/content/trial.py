"""Trying a source: what its first entries look like in the normal form, and what is missing. Nothing is stored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import orjson

from deploys.content.canonical import is_published
from deploys.content.connect import source_of
from deploys.content.sources.errors import SourceError
from deploys.content.sources.http_json import HttpJsonSource
from deploys.content.sources.types import Entry, Progress, Source
from deploys.models import ContentSource

SAMPLE = 5
# What is missing is said of more entries than are shown; a source that answers slowly is not kept busy for it.
LOOKED_AT = 50
LONGEST_LOOK = 10.0
_LONGEST_VALUE = 200

# What it costs when no entry has a value.
_COSTS = {
    "url": "nobody gets from a change to the page, and a changed address is not noticed",
    "edit_url": "there is no way from a change into the CMS",
    "publish_at": "what the CMS publishes by schedule is not foreseen",
    "expire_at": "what the CMS takes down by schedule is not foreseen",
    "changed_at": "when an entry was edited cannot be shown",
    "changed_by": "who edited cannot be shown",
    "marker": "that a page shows the newest version cannot be proved",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """A name of the normal form that is empty in every entry looked at. costs: what cannot be done without it."""

    name: str
    costs: str

    def __str__(self) -> str:
        return f"No {self.name}: {self.costs}."


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldShown:
    """A field as it is shown: its value as text, shortened."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryShown:
    """An entry of the sample as it is shown. fields: those that are compared."""

    key: str
    kind: str
    title: str
    url: str
    edit_url: str
    status: str
    is_published: bool
    publish_at: datetime | None
    expire_at: datetime | None
    changed_at: datetime | None
    changed_by: str
    marker: str
    fields: tuple[FieldShown, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What a look at a source showed. Every text is a whole sentence, fit to be shown.

    total: entries as the source counts them, None when it does not tell. is_partial: it gives its newest ones only.
    warnings: what was odd. missing: what stays empty. findings: what the token may not see. error: why it cannot be
    read, "" if it can; error_class: a stable name for that. looked_at: entries read. seconds: how long that took.
    """

    entries: tuple[EntryShown, ...]
    total: int | None
    is_partial: bool
    warnings: tuple[str, ...]
    missing: tuple[Missing, ...]
    findings: tuple[str, ...]
    error: str
    error_class: str
    looked_at: int
    seconds: float

    @property
    def works(self) -> bool:
        """True when the source can be read."""
        return not self.error


def try_source(source: Source, *, sample: int = SAMPLE) -> Trial:
    """Read some entries from the beginning, and show the first ones of them.

    Never raises SourceError: what went wrong is in the result.
    """
    began = time.monotonic()
    told: list[Progress] = []
    entries: list[Entry] = []
    error: SourceError | None = None
    is_all = False
    reading = source.read(on_progress=told.append)
    try:
        # One more than is needed, so that a source of exactly so many is read to its end and counts itself.
        for entry in islice(reading, max(sample, LOOKED_AT) + 1):
            entries.append(entry)
            if time.monotonic() - began > LONGEST_LOOK and len(entries) > sample:
                break
        else:
            is_all = len(entries) <= max(sample, LOOKED_AT)
    except SourceError as failure:
        error = failure
    finally:
        close = getattr(reading, "close", None)
        if close:
            close()
    return Trial(
        entries=tuple(_shown(entry) for entry in entries[:sample]),
        total=_total(source, told, entries if is_all else None),
        is_partial=source.is_partial,
        warnings=tuple(_warnings(source, entries, error)),
        missing=_missing(entries),
        findings=tuple(source.findings) if isinstance(source, HttpJsonSource) else (),
        error=str(error) if error else "",
        error_class=error.error_class if error else "",
        looked_at=len(entries),
        seconds=round(time.monotonic() - began, 2),
    )


def try_row(row: ContentSource, *, sample: int = SAMPLE) -> Trial:
    """Try the source that a row describes, saved or not, whatever is wrong with it."""
    try:
        return try_source(source_of(row, anew=True), sample=sample)
    except SourceError as error:
        return _failed(error)


def _failed(error: SourceError) -> Trial:
    return Trial(
        entries=(),
        total=None,
        is_partial=False,
        warnings=(),
        missing=(),
        findings=(),
        error=str(error),
        error_class=error.error_class,
        looked_at=0,
        seconds=0.0,
    )


def _total(source: Source, told: Sequence[Progress], all_entries: list[Entry] | None) -> int | None:
    if source.total is not None:
        return source.total
    known = [progress.total for progress in told if progress.total is not None]
    if known:
        return known[-1]
    return len(all_entries) if all_entries is not None else None


def _warnings(source: Source, entries: Sequence[Entry], error: SourceError | None) -> list[str]:
    found = list(source.warnings)
    if not entries and not error:
        found.append("The source gives no entries: check what the token may see, and the names of sections or types.")
    if entries and not any(is_published(entry) for entry in entries):
        words = ", ".join(sorted({entry.status for entry in entries}))
        found.append(f"None of these entries is public ({words}): check how the status is mapped.")
    if entries and not any(entry.fields for entry in entries):
        found.append("No entry has fields to compare: name the fields in the source's settings.")
    return found


def _missing(entries: Sequence[Entry]) -> tuple[Missing, ...]:
    if not entries:
        return ()
    return tuple(
        Missing(name=name, costs=costs)
        for name, costs in _COSTS.items()
        if not any(getattr(entry, name) for entry in entries)
    )


def _shown(entry: Entry) -> EntryShown:
    return EntryShown(
        key=entry.key,
        kind=entry.kind,
        title=entry.title,
        url=entry.url or "",
        edit_url=entry.edit_url or "",
        status=entry.status,
        is_published=is_published(entry),
        publish_at=entry.publish_at,
        expire_at=entry.expire_at,
        changed_at=entry.changed_at,
        changed_by=entry.changed_by or "",
        marker=entry.marker,
        fields=tuple(FieldShown(name=name, value=_value(value)) for name, value in entry.fields.items()),
    )


def _value(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _json(value)
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST_VALUE else f"{plain[: _LONGEST_VALUE - 1]}…"


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
