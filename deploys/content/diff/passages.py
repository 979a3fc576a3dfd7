"""A passage is one paragraph-like piece of a text as it goes into the comparison."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from deploys.content.diff.tokens import tokenise
from deploys.content.diff.values import PARAGRAPH_BREAK

type Marks = frozenset[str]
PLAIN: Marks = frozenset()

KIND_NAMES = {
    "p": "paragraph",
    "li": "list item",
    "quote": "quotation",
    "pre": "preformatted text",
    "row": "table row",
    "img": "image",
    "caption": "caption",
    "term": "term",
    "hr": "line",
} | {f"h{level}": f"heading {level}" for level in range(1, 7)}


@dataclass(frozen=True, slots=True)
class Span:
    """The marks ("bold", "link:/a") of the characters from `start` up to `end`; a `whole` span is one token."""

    start: int
    end: int
    marks: Marks
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """`text` has its white space normalised; `style` tells apart what `kind` does not ("numbered", "level 2")."""

    kind: str
    text: str
    style: str = ""
    spans: tuple[Span, ...] = ()

    @property
    def name(self) -> str:
        """The kind in words, with what is special about it."""
        return ", ".join(filter(None, (KIND_NAMES.get(self.kind, self.kind), self.style)))


@dataclass(slots=True)
class Tokens:
    """Passages in a row as tokens with their marks, parted by PARAGRAPH_BREAK tokens."""

    texts: list[str]
    marks: list[Marks]
    are_plain: bool = True

    @classmethod
    def of(cls, passages: list[Passage]) -> Tokens:
        """The tokens of all passages."""
        tokens = cls([], [])
        for number, passage in enumerate(passages):
            if number:
                tokens.texts.append(PARAGRAPH_BREAK)
                tokens.marks.append(PLAIN)
            tokens.add(passage)
        return tokens

    def add(self, passage: Passage) -> None:
        """Append the tokens of one passage."""
        if not passage.spans:
            texts = tokenise(passage.text)
            self.texts += texts
            self.marks += [PLAIN] * len(texts)
            return
        self.are_plain = False
        at = 0
        waiting: list[Span] = []
        for span in passage.spans:
            if not span.whole:
                waiting.append(span)
                continue
            self._add_marked(passage, at, span.start, waiting)
            self.texts.append(passage.text[span.start : span.end])
            self.marks.append(span.marks)
            at, waiting = span.end, []
        self._add_marked(passage, at, len(passage.text), waiting)

    def _add_marked(self, passage: Passage, start: int, end: int, spans: list[Span]) -> None:
        """Append the tokens between two places; a word that only part of a mark covers is said to be partly so."""
        at, first = start, 0
        for text in tokenise(passage.text[start:end]):
            stop = at + len(text)
            while first < len(spans) and spans[first].end <= at:
                first += 1
            self.texts.append(text)
            self.marks.append(PLAIN if text.isspace() else _marks_of(spans, first, at, stop))
            at = stop


def _marks_of(spans: list[Span], first: int, start: int, end: int) -> Marks:
    """The marks of the characters from `start` up to `end`; spans from `first` on may touch them."""
    found: Counter[str] = Counter()
    for number in range(first, len(spans)):
        span = spans[number]
        if span.start >= end:
            break
        found.update(dict.fromkeys(span.marks, min(span.end, end) - max(span.start, start)))
    whole = end - start
    return frozenset(mark if covered >= whole else _partly(mark) for mark, covered in found.items()) if found else PLAIN


def _partly(mark: str) -> str:
    return mark if mark.startswith("link:") else f"partly {mark}"
