"""The canonical form of an entry's content, its hash, and the hash without noise."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from deploys.content.sources.types import Entry

OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


def content_of(entry: Entry) -> dict[str, Any]:
    """What counts as the entry's content: never when or by whom it was changed."""
    content = {
        "kind": entry.kind,
        "title": entry.title,
        "url": entry.url,
        "publish_at": entry.publish_at,
        "expire_at": entry.expire_at,
        "is_published": is_published(entry),
        "fields": entry.fields,
    }
    if entry.status == "scheduled":
        content["is_pending"] = True  # a version of its own until the CMS has published it, but no edit
    return content


def is_published(entry: Entry) -> bool:
    """True when the CMS lets visitors see the entry, as far as its two dates allow."""
    return entry.status in {"live", "scheduled", "expired"}


def canonical(content: dict[str, Any]) -> bytes:
    """Return canonical JSON: sorted keys, UTF-8, no spaces. The same content is always the same bytes."""
    return orjson.dumps(content, option=OPTIONS)


def hash_of(data: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(data).digest()


def compare_hash(data: bytes) -> bytes:
    """Hash canonical JSON without noise: null, "" and missing are one, white space is trimmed and collapsed.

    That the CMS itself publishes it later is noise too: its going live by schedule is no edit.
    """
    content = orjson.loads(data)
    content.pop("is_pending", None)
    return hash_of(orjson.dumps(_without_noise(content), option=OPTIONS))


def _without_noise(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, dict):
        cleaned = {name: _without_noise(part) for name, part in value.items()}
        return {name: part for name, part in cleaned.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        return [_without_noise(part) for part in value]
    return value
