"""The comparison of two texts: plain, Markdown or HTML."""

from __future__ import annotations

from collections.abc import Callable

from deploys.content.diff.html_blocks import HtmlTooDeep, html_passages
from deploys.content.diff.limits import Clock, Limits, OutOfTime
from deploys.content.diff.moves import explain, mark_moves
from deploys.content.diff.passages import Passage
from deploys.content.diff.text_blocks import markdown_passages, plain_passages
from deploys.content.diff.tokens import clean, is_word
from deploys.content.diff.values import Block, FieldKind, Outcome, TextDiff
from deploys.content.diff.weave import one_sided_block
from deploys.content.diff.words import compare_passages

TEXT_KINDS = (FieldKind.PLAIN, FieldKind.MARKDOWN, FieldKind.HTML)

# Both sides as passages, and whether markup that has no text differs.
type _Sides = tuple[list[Passage], list[Passage], bool]


def compare_text(
    old: str, new: str, *, kind: FieldKind = FieldKind.PLAIN, limits: Limits | None = None, within: Clock | None = None
) -> TextDiff:
    """What changed between two texts, for `kind` PLAIN, MARKDOWN or HTML. Never raises for any content.

    HTML nested deeper than a parser can follow is compared as its source. `within` is the clock of a larger
    comparison that this one is part of.
    """
    return _compare(old, new, lambda: _read(old, new, kind), limits or Limits(), within)


def compare_source(old: str, new: str, *, limits: Limits | None = None, within: Clock | None = None) -> TextDiff:
    """Two texts of which every blank counts, each as one block: indented JSON, code."""

    def read() -> _Sides:
        return _source_passages(old), _source_passages(new), False

    return _compare(old, new, read, limits or Limits(), within)


def _compare(old: str, new: str, read: Callable[[], _Sides], limits: Limits, within: Clock | None) -> TextDiff:
    clock = Clock(limits.seconds, within=within)
    if max(_bytes(old), _bytes(new)) > limits.max_bytes:
        return _too_large(old, new)
    try:
        clock.check()
        old_passages, new_passages, markup_changed = read()
        clock.check()
        blocks = compare_passages(old_passages, new_passages, limits, clock)
        clock.check()
    except OutOfTime:
        return _too_large(old, new)
    blocks = [explain(block) for block in mark_moves(blocks)]
    return TextDiff(blocks=tuple(blocks), outcome=_outcome(blocks, markup_changed), markup_changed=markup_changed)


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def _source_passages(text: str) -> list[Passage]:
    cleaned = clean(text).strip("\n")
    return [Passage("pre", cleaned)] if cleaned else []


def _read(old: str, new: str, kind: FieldKind) -> _Sides:
    """Both sides as passages, and whether markup that has no text differs."""
    if kind == FieldKind.HTML:
        try:
            old_html, new_html = html_passages(old), html_passages(new)
        except HtmlTooDeep:
            return plain_passages(old), plain_passages(new), False
        return old_html.passages, new_html.passages, old_html.dropped != new_html.dropped
    read = markdown_passages if kind == FieldKind.MARKDOWN else plain_passages
    return read(old), read(new), False


def _outcome(blocks: list[Block], markup_changed: bool) -> Outcome:
    if all(block.state == "same" for block in blocks):
        return "markup_only" if markup_changed else "complete"
    kinds = {
        op.kind for block in blocks for op in block.ops if op.kind not in ("insert", "delete") and is_word(op.text)
    }
    return "complete" if kinds or {"added", "removed"} > {block.state for block in blocks} else "replaced"


def _too_large(old: str, new: str) -> TextDiff:
    """Both sides whole, as their source."""
    sides = ((clean(old), False), (clean(new), True))
    blocks = tuple(one_sided_block(Passage("pre", text), added=added) for text, added in sides if text)
    return TextDiff(blocks=blocks, outcome="too_large")
