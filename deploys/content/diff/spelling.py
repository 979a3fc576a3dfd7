"""JSON values in words, and what makes two values the same for a reader."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson

from deploys.content.diff.tokens import clean, collapse

# What names a block, in the order of preference: Wagtail and Editor.js, Portable Text, Storyblok, Craft.
ID_KEYS = ("id", "_key", "_uid", "uid")
_SOURCES = ("src", "url", "file", "filename", "path", "href")
_WORDS = ("alt", "alternativeText", "alt_text", "title", "caption", "name", "description")
_DAY = re.compile(r"\d{4}-\d\d-\d\d$")


def visible(value: object, *, without: tuple[str, ...] = ()) -> Any:
    """What a reader sees of a value: nothing for null, "" and blanks; text with single blanks; no empty members.

    Keys of `without` are left out of the outermost object. Raises RecursionError for absurdly deep values.
    """
    if isinstance(value, str):
        return unicodedata.normalize("NFC", collapse(clean(value))) or None
    if isinstance(value, Mapping):
        seen = {str(key): visible(inner) for key, inner in value.items() if key not in without}
        return {key: seen[key] for key in sorted(seen) if seen[key] is not None} or None
    if isinstance(value, list | tuple):
        return [inner for inner in map(visible, value) if inner is not None] or None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def alike(old: object, new: object) -> bool:
    """True when nobody can see a difference."""
    one, other = visible(old), visible(new)
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def same_instant(old: object, new: object) -> bool:
    """True for two spellings of one time: other zone, other precision of zero. A day is not an instant."""
    one, other = _instant(old), _instant(new)
    return one is not None and one == other


def _instant(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC)
    if not isinstance(value, str) or _DAY.match(value.strip()):
        return None
    try:
        read = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return read if read.tzinfo else None


def spelled(value: object) -> str:
    """A value as one text: yes and no, numbers, text with single blanks, lists of those with commas, else JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return collapse(clean(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple) and not any(isinstance(inner, Mapping | list | tuple) for inner in value):
        return ", ".join(map(spelled, value))
    return source(value) if isinstance(value, Mapping | list | tuple) else str(value)


def written(value: object) -> str:
    """A value as text for the word diff: text stays as it was written."""
    return value if isinstance(value, str) else spelled(value)


def source(value: object) -> str:
    """JSON with indentation, keys in alphabetical order."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
    try:
        return orjson.dumps(_encodable(value), default=str, option=options).decode()
    except orjson.JSONEncodeError:
        return repr(value)


def exact(value: object) -> str:
    """A value on one line with every blank visible: null, "", "a  b"."""
    try:
        return orjson.dumps(
            _encodable(value), default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
        ).decode()
    except orjson.JSONEncodeError:
        return repr(value)


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): _encodable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float | date) else str(value)


def is_image(value: object) -> bool:
    """True for an object that names a picture: an address that ends like one, or one with an alternative text."""
    if not isinstance(value, Mapping):
        return False
    address = _first(value, _SOURCES)
    described = any(key in value for key in ("alt", "alternativeText", "alt_text", "mime", "width"))
    return bool(address) and (described or has_image_ending(address))


def has_image_ending(address: str) -> bool:
    """True when the address ends like that of a picture."""
    path = re.split(r"[?#]", address, maxsplit=1)[0].lower()
    return path.endswith(
        (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg", ".bmp", ".tif", ".tiff", ".ico", ".heic")
    )


def spelled_image(value: object) -> str:
    """A picture in words: its text and its address."""
    if not isinstance(value, Mapping):
        return spelled(value)
    address, words = _first(value, _SOURCES), _first(value, _WORDS)
    return f"{words} ({address})" if words and address else words or address or exact(value)


def _first(value: Mapping[str, object], keys: tuple[str, ...]) -> str:
    texts = (collapse(clean(found)) for key in keys if isinstance(found := value.get(key), str))
    return next(filter(None, texts), "")
