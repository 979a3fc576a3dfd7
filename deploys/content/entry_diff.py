"""The comparison of two versions of an entry, from their stored content, each computed once per process."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from django.core.cache import caches

from deploys.content.diff import METHOD, EntryDiff, FieldKind, Limits, compare_fields
from deploys.content.diff.text import compare_source
from deploys.models import ContentBlob, EntryVersion

type Pair = tuple[EntryVersion | None, EntryVersion | None]

KEPT_FOR = 24 * 3600  # seconds; the key names both contents and the method, so that what is kept is never wrong
LIMITS = Limits(seconds=1.0, entry_seconds=2.0)
_META = ("title", "kind", "url", "publish_at", "expire_at")
_HEADING = ("title", "kind")
_KINDS = {"publish_at": FieldKind.DATE, "expire_at": FieldKind.DATE, "kind": FieldKind.SCALAR, "url": FieldKind.SCALAR}


def compare(pairs: Sequence[Pair], *, technical: bool = False, seconds: float | None = None) -> list[EntryDiff | None]:
    """Compare each (old, new), None for the side that an entry does not have. One query for all contents.

    After `seconds` no further comparison begins; those left out are None.
    """
    keys = [_key(pair, technical=technical) for pair in pairs]
    known: dict[str, EntryDiff] = caches["memory"].get_many(keys)
    missing = [pair for pair, key in zip(pairs, keys, strict=True) if key not in known]
    contents = read({bytes(version.hash) for pair in missing for version in pair if version})
    ends = time.monotonic() + seconds if seconds is not None else None
    for pair, key in zip(pairs, keys, strict=True):
        if key not in known and (ends is None or time.monotonic() < ends):
            old, new = (contents.get(bytes(version.hash)) if version else None for version in pair)
            if old is None or new is None:
                old, new = _without_heading(old), _without_heading(new)
            diff = compare_fields(old, new, kinds=_KINDS, technical=technical, limits=LIMITS)
            known[key] = _with_source(diff, old or {}, new or {}) if technical else diff
            caches["memory"].set(key, known[key], KEPT_FOR)
    return [known.get(key) for key in keys]


def read(hashes: Iterable[bytes]) -> dict[bytes, Mapping[str, Any]]:
    """The contents with these hashes as fields: those of the CMS, and what else belongs to the entry."""
    wanted = list(hashes)
    if not wanted:
        return {}
    rows = ContentBlob.objects.filter(hash__in=wanted).values_list("hash", "data")
    return {bytes(key): _fields(orjson.loads(bytes(data))) for key, data in rows}


def _fields(content: Mapping[str, Any]) -> dict[str, Any]:
    """Title, address and dates beside the fields; a field of the same name that says something else keeps its own."""
    fields: dict[str, Any] = dict(content.get("fields") or {})
    for name in _META:
        value = content.get(name)
        if value in (None, ""):
            continue
        if name in fields and fields[name] != value:
            fields[f"{name} in the CMS"] = fields[name]
        fields[name] = value
    return fields


def _with_source(diff: EntryDiff, old: Mapping[str, Any], new: Mapping[str, Any]) -> EntryDiff:
    """Fields of which markup without text has changed are compared as their source, so that it can be read."""
    fields = [
        replace(field, text=compare_source(str(old[field.name]), str(new[field.name]), limits=LIMITS))
        if field.text and field.text.markup_changed and field.name in old and field.name in new
        else field
        for field in diff.fields
    ]
    return replace(diff, fields=tuple(fields))


def _without_heading(fields: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """An entry that is new or gone is shown under its title and section; they are not said twice."""
    return {name: value for name, value in fields.items() if name not in _HEADING} if fields else None


def _key(pair: Pair, *, technical: bool) -> str:
    old, new = (bytes(version.hash).hex() if version else "" for version in pair)
    return f"diff-{METHOD}-{old}-{new}-{int(technical)}"
