"""What kind of field it is, read from its name and its values."""

from __future__ import annotations

import re
from collections.abc import Mapping

from deploys.content.diff.spelling import has_image_ending, is_image
from deploys.content.diff.values import FieldKind

_TAG = re.compile(
    r"<(?:p|h[1-6]|ul|ol|li|div|span|a|strong|em|b|i|u|br|img|table|tr|td|blockquote|figure|section|pre|code|hr|iframe|script|svg)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(
    r"^ {0,3}#{1,6} |^\s*[-*+] \S|^\s*\d{1,3}[.)] \S|^ {0,3}>|^ {0,3}(?:```|~~~)|\]\([^)\s]*\)"
    r"|\*\*\S|__\S|^\s*\|.*\|\s*$|\{\{|\{%",
    re.MULTILINE,
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|[+-]\d\d:?\d\d)?)?$")
_ADDRESS = re.compile(r"(?:https?:|mailto:|tel:|/)[^\s]*$", re.IGNORECASE)
_LONG_TEXT = frozenset(("body", "content", "text", "markdown", "copy", "main", "richtext"))
# Enough to recognise any text by; a page of a megabyte is not searched whole.
_LOOKED_AT = 20_000


def guess_kind(name: str, old: object, new: object) -> FieldKind:
    """The kind that fits both values; an empty value has no say."""
    values = [value for value in (new, old) if value not in (None, "", [], {})]
    if not values:
        return FieldKind.PLAIN
    value = values[0]
    if all(isinstance(each, bool) for each in values):
        return FieldKind.BOOLEAN
    if isinstance(value, list | tuple | Mapping):
        return _of_structure(value)
    texts = [each for each in values if isinstance(each, str)]
    return _of_text(name, texts) if texts else FieldKind.SCALAR


def _of_structure(value: object) -> FieldKind:
    if is_image(value):
        return FieldKind.IMAGE
    if isinstance(value, Mapping):
        return FieldKind.BLOCKS
    items = list(value) if isinstance(value, list | tuple) else []
    if all(map(is_image, items)):
        return FieldKind.IMAGE
    return FieldKind.BLOCKS if any(isinstance(item, Mapping | list) for item in items) else FieldKind.LIST


def _of_text(name: str, texts: list[str]) -> FieldKind:
    texts = [text[:_LOOKED_AT].strip() for text in texts]
    if all(map(_TIME.match, texts)):
        return FieldKind.DATE
    if all(map(_ADDRESS.match, texts)):
        return FieldKind.IMAGE if all(map(has_image_ending, texts)) else FieldKind.URL
    markdown = any(map(_MARKDOWN.search, texts))
    if any(text.startswith("<") and _TAG.match(text) for text in texts):
        return FieldKind.HTML
    if markdown:
        return FieldKind.MARKDOWN
    if any(map(_TAG.search, texts)):
        return FieldKind.HTML
    long = name.rpartition(".")[2].lower() in _LONG_TEXT and any("\n\n" in text for text in texts)
    return FieldKind.MARKDOWN if long else FieldKind.PLAIN
