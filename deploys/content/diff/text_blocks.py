"""Plain text and Markdown to passages. Markdown stays as it was written: its signs are part of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deploys.content.diff.passages import Passage
from deploys.content.diff.tokens import clean, collapse

_GAP = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:\s|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*$")
_ITEM = re.compile(r"(\s*)(?:[-*+]|(\d{1,9})[.)])\s+\S")
_QUOTE = re.compile(r" {0,3}>")
_ROW = re.compile(r"\s*\|.*\|\s*$")
_RULE = re.compile(r" {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)$")


def plain_passages(text: str) -> list[Passage]:
    """Paragraphs parted by empty lines."""
    return [Passage("p", collapsed) for part in _GAP.split(clean(text)) if (collapsed := collapse(part))]


def markdown_passages(text: str) -> list[Passage]:
    """Paragraphs, headings, list items, quotations, table rows and fenced code, one passage each."""
    found: list[Passage] = []
    open_lines: list[str] = []
    lines = iter(clean(text).split("\n"))
    for line in lines:
        fence = _FENCE.match(line)
        if fence or not line.strip() or _begins_passage(line, open_lines):
            found += _closed(open_lines)
            open_lines = []
        if fence:
            found.append(_fenced(line, fence[1], lines))
        elif line.strip() and (_HEADING.match(line) or (_RULE.match(line) and not open_lines)):
            found += _closed([line])
        elif line.strip():
            open_lines.append(line)
    return found + _closed(open_lines)


def _begins_passage(line: str, before: list[str]) -> bool:
    """True when the line does not go on with the lines before it."""
    if _HEADING.match(line) or _ITEM.match(line) or _ROW.match(line):
        return True
    if _RULE.match(line) and not (before and _UNDERLINE.match(line)):
        return True
    return bool(_QUOTE.match(line)) != bool(before and _QUOTE.match(before[0]))


def _fenced(first: str, fence: str, lines: Iterator[str]) -> Passage:
    """The fenced code up to its closing line (or the end of the text), white space kept."""
    inside = [first.rstrip()]
    for line in lines:
        inside.append(line.rstrip())
        bare = line.strip()
        if len(bare) >= len(fence) and not bare.strip(fence[0]):
            break
    return Passage("pre", "\n".join(inside).strip("\n"))


def _closed(lines: list[str]) -> list[Passage]:
    """The passage that these lines make, none without text."""
    text = collapse("\n".join(lines))
    return [Passage(_kind(lines, text), text)] if text else []


def _kind(lines: list[str], text: str) -> str:
    first = lines[0]
    if heading := _HEADING.match(first):
        return f"h{len(heading[1])}"
    if len(lines) > 1 and (under := _UNDERLINE.match(lines[-1])):
        return "h1" if "=" in under[1] else "h2"
    patterns = ((_RULE, "hr"), (_ITEM, "li"), (_QUOTE, "quote"), (_ROW, "row"))
    for pattern, kind in patterns:
        if pattern.match(first):
            return kind
    return "img" if _IMAGE.match(text) else "p"
