"""The bytes of an answer as JSON values that the rest can rely on: bounded in depth, storable in Postgres."""

from __future__ import annotations

import json

import orjson

from deploys.content.sources.errors import ErrorClass, SourceMalformed
from deploys.content.sources.types import JSON

# orjson refuses to write what is nested deeper than 254; content that people write stays far below this.
DEEPEST = 100
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def document(body: bytes, content_type: str = "") -> JSON:
    """Read JSON. Raises SourceMalformed for anything else, and for what is nested too deeply."""
    try:
        found = _loaded(body.removeprefix(_BYTE_ORDER_MARK).strip())
    except (ValueError, RecursionError) as error:
        raise _no_json(body, content_type) from error
    if is_deeper(found, DEEPEST):
        raise SourceMalformed(
            f"The answer is nested more than {DEEPEST} levels deep: ask for fewer levels.",
            error_class=ErrorClass.TOO_DEEP,
        )
    return without_nul(found) if b"\\u0000" in body else found


def is_deeper(value: JSON, limit: int) -> bool:
    """Say whether objects and lists are nested more than limit levels deep."""
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent if type(parent) is list else ())
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def without_nul(value: JSON) -> JSON:
    """Give the value without NUL letters, which no database stores; its depth is bounded already."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [without_nul(one) for one in value]
    if isinstance(value, dict):
        return {key.replace("\0", ""): without_nul(one) for key, one in value.items()}
    return value


def _loaded(body: bytes) -> JSON:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "surrogate" not in str(error):
            raise
        # Half an emoji, cut off by the CMS: one such letter must not hide all entries.
        return orjson.loads(json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "replace"))


def _no_json(body: bytes, content_type: str) -> SourceMalformed:
    start = body[:300].lstrip().lower()
    if not start:
        what, step = "nothing", "check that this is the API's address"
    elif "html" in content_type.lower() or start.startswith((b"<!doctype html", b"<html")):
        what, step = "a web page", "check that this is the API's address, and that it needs no sign-in page"
    elif start.startswith(b"<"):
        what, step = "XML", "use the address of the JSON API; feeds in RSS or Atom cannot be read"
    else:
        what, step = "something that is no JSON", "open the address in a browser and look"
    return SourceMalformed(f"The source answered with {what} instead of JSON: {step}.", error_class=ErrorClass.NOT_JSON)
