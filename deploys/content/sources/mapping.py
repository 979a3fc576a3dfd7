"""One item of a CMS's answer in the normal form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import unescape

from deploys.content.sources.config import DATE_NAMES, HttpJsonConfig
from deploys.content.sources.dates import is_empty, moment, zone_called
from deploys.content.sources.expressions import search
from deploys.content.sources.links import bounded, link
from deploys.content.sources.notes import Notes
from deploys.content.sources.types import JSON, Entry

_UTC = zone_called("UTC")
_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


class Mapper:
    """Maps items by the expressions of the settings; what cannot be mapped is noted."""

    def __init__(self, config: HttpJsonConfig, notes: Notes) -> None:
        self._config = config
        self._notes = notes
        self._zone = zone_called(config.time_zone)
        self._noise = Noise(config.noise)
        self._noise_of_all = Noise((*config.noise, *_mapped_paths(config.mapping)))

    def key(self, item: JSON) -> str | None:
        """Give the item's own key, None when it has none."""
        return text(self._search("key", item)) or None

    def entry(self, item: JSON, *, kind: str) -> Entry | None:
        """Map an item; None, with a note, for what has no key. kind: for items that name none themselves."""
        if not isinstance(item, dict):
            self._notes.add("{count} items were empty or no objects and were left out.")
            return None
        key = self.key(item)
        if key is None:
            self._notes.add(
                "{count} items had no key and were left out: check the expression for “key”. They have: {examples}.",
                ", ".join(str(name) for name in list(item)[:8]),
            )
            return None
        values = {name: self._search(name, item) for name in self._config.mapping}
        kind = text(values.get("kind")) or kind
        word = text(values.get("status"))
        dates = {name: self._moment(name, values.get(name)) for name in DATE_NAMES}
        return Entry(
            key=bounded(f"{kind}:{key}" if self._config.keys_by_kind else key),
            kind=kind,
            title=self._title(values.get("title")) or key,
            url=self._link("url", values.get("url")),
            edit_url=self._link("edit_url", values.get("edit_url")),
            status=self._config.statuses.get(word, word) if word else self._config.default_status,
            changed_by=text(values.get("changed_by")),
            fields=self._fields(item),
            marker=text(values.get("marker")) or "",
            **dates,
        )

    def _search(self, name: str, item: JSON) -> JSON:
        expression = self._config.mapping.get(name)
        return search(expression, name, item) if expression else None

    def _title(self, value: JSON) -> str:
        title = text(value) or ""
        return " ".join((unescape(title) if self._config.html_titles else title).split())

    def _link(self, name: str, value: JSON) -> str | None:
        address = text(value)
        found = link(address) if address else None
        if address and found is None:
            self._notes.add(
                f"{{count}} values for “{name}” are no web addresses and were left out ({{examples}}).", address
            )
        return found

    def _moment(self, name: str, value: JSON) -> datetime | None:
        found = moment(value, _UTC if name in self._config.utc else self._zone)
        if found is None and not is_empty(value):
            self._notes.add(f"{{count}} values for “{name}” are no dates ({{examples}}).", str(value))
        return found

    def _fields(self, item: Mapping[str, JSON]) -> Mapping[str, JSON]:
        chosen = self._config.fields
        if not chosen:
            return self._noise_of_all.taken_from(item)
        if isinstance(chosen, str):
            found = search(chosen, "fields", item)
            return self._noise.taken_from(found if isinstance(found, dict) else {"value": found})
        picked = {name: item[name] if name in item else search(name, "fields", item) for name in chosen}
        return self._noise.taken_from(picked)


class Noise:
    """Takes values out that say nothing about the content: “a.b” from the item, “*.c” at any depth."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._names = frozenset(path.removeprefix("*.") for path in paths if path.startswith("*."))
        self._paths = frozenset(tuple(path.split(".")) for path in paths if not path.startswith("*."))
        self._starts = frozenset(path[:length] for path in self._paths for length in range(1, len(path)))

    def taken_from(self, item: Mapping[str, JSON]) -> dict[str, JSON]:
        """Give the item without its noise; objects that held nothing else are gone too."""
        found: dict[str, JSON] = self._without(item, ())
        return found

    def _without(self, value: JSON, place: tuple[str, ...]) -> JSON:
        if isinstance(value, list):
            return [self._without(one, place) for one in value]
        if not isinstance(value, dict):
            return value
        kept = {}
        for name, inner in value.items():
            here = (*place, name)
            if name in self._names or here in self._paths:
                continue
            cleaned = self._without(inner, here)
            if cleaned == {} and inner and here in self._starts:
                continue
            kept[name] = cleaned
        return kept


def text(value: JSON) -> str | None:
    """Give a value as text; None for null, lists and objects."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value if isinstance(value, str) else None


def _mapped_paths(mapping: Mapping[str, str]) -> Iterator[str]:
    """Give the paths that the mapping reads as they are: compared as themselves, they are no fields as well."""
    for expression in mapping.values():
        yield from (part.strip() for part in expression.split("||") if _PATH.fullmatch(part.strip()))
