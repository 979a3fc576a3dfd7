"""Builds passages from pieces of formatted text, with the white space rules of a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from deploys.content.diff.passages import PLAIN, Marks, Passage, Span

_RUN = re.compile(r"\s+")


@dataclass(slots=True)
class RichText:
    """Pieces go in by `text` and `whole`; `end` turns what came in since the last end into a passage."""

    passages: list[Passage] = field(default_factory=list)
    _pieces: list[tuple[str, Marks, bool]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """True when nothing visible came in since the last end."""
        return all(not whole and not text.strip() for text, _, whole in self._pieces)

    def text(self, text: str, marks: Marks = PLAIN) -> None:
        """Add text as it was written."""
        if text:
            self._pieces.append((text, marks, False))

    def whole(self, text: str, marks: Marks = PLAIN) -> None:
        """Add something that is compared as one piece: an image, a line break, the edge of a cell."""
        self._pieces.append((text, marks, True))

    def end(self, kind: str, style: str = "") -> None:
        """Close the passage; without visible text there is none."""
        pieces, self._pieces = self._pieces, []
        if not pieces:
            return
        text, spans = _kept_as_written(pieces) if kind == "pre" else _collapsed(pieces)
        if text:
            self.passages.append(Passage(kind, text, style, tuple(_joined(spans, text))))


def _collapsed(pieces: list[tuple[str, Marks, bool]]) -> tuple[str, list[Span]]:
    """The text with single blanks, none at the ends or beside a line break, and its spans."""
    parts: list[str] = []
    spans: list[Span] = []
    length, last = 0, " "
    for text, marks, whole in pieces:
        if not whole:
            text = _RUN.sub(" ", text)
            if last in " \n" and text.startswith(" "):
                text = text[1:]
        elif text == "\n" and last == " " and parts:
            length -= _cut_blank(parts, spans, length)
        if text:
            if marks or whole:
                spans.append(Span(length, length + len(text), marks, whole))
            parts.append(text)
            length, last = length + len(text), text[-1]
    joined = "".join(parts)
    trimmed = joined.rstrip(" \n")
    start = len(trimmed) - len(trimmed.lstrip(" \n"))
    return trimmed[start:], _shifted(spans, start, len(trimmed))


def _cut_blank(parts: list[str], spans: list[Span], length: int) -> int:
    """Take the blank off the end; answers how many characters went."""
    parts[-1] = parts[-1][:-1]
    if spans and spans[-1].end == length:
        last = spans.pop()
        spans.append(Span(last.start, length - 1, last.marks, last.whole))
    return 1


def _kept_as_written(pieces: list[tuple[str, Marks, bool]]) -> tuple[str, list[Span]]:
    """The text with every blank and line end, but for empty lines at its ends."""
    spans: list[Span] = []
    length = 0
    for text, marks, whole in pieces:
        if marks or (whole and text != "\n"):
            spans.append(Span(length, length + len(text), marks, whole))
        length += len(text)
    joined = "".join(text for text, _, _ in pieces)
    trimmed = joined.rstrip()
    start = len(trimmed) - len(trimmed.lstrip("\n"))
    return trimmed[start:], _shifted(spans, start, len(trimmed))


def _shifted(spans: list[Span], start: int, end: int) -> list[Span]:
    """The spans within the text from `start` up to `end`, counted from its start."""
    return [
        Span(max(span.start, start) - start, min(span.end, end) - start, span.marks, span.whole)
        for span in spans
        if span.start < end and span.end > start
    ]


def _joined(spans: list[Span], text: str) -> list[Span]:
    """Spans without blanks at their ends; neighbours with the same marks become one, blanks between them included."""
    found: list[Span] = []
    for span in spans:
        start, end = span.start, span.end
        if not span.whole:
            while start < end and text[start].isspace():
                start += 1
            while end > start and text[end - 1].isspace():
                end -= 1
            if start == end:
                continue
        last = found[-1] if found else None
        if (
            last
            and not span.whole
            and not last.whole
            and last.marks == span.marks
            and not text[last.end : start].strip(" ")
        ):
            found[-1] = Span(last.start, end, span.marks)
        else:
            found.append(Span(start, end, span.marks, span.whole))
    return found
