"""Two lists of passages to blocks: equal passages first, then the words of what lies between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from deploys.content.diff.align import Edit, align
from deploys.content.diff.cleanup import join_near, slide
from deploys.content.diff.limits import Clock, Limits
from deploys.content.diff.passages import Passage, Tokens
from deploys.content.diff.tokens import is_word
from deploys.content.diff.values import Block
from deploys.content.diff.weave import Weaver, one_sided_block, same_block

# difflib looks at every pair of equal passages; beyond this many pairs the faster engine matches them.
_DIFFLIB_PAIRS = 200_000
# What is kept of a region must be at least this part of its shorter side, or it is replaced whole.
_LEAST_KEPT = 0.2
# More edits than this with fewer words than that between two of them are a salad, unless most words stay.
_SCATTERED = 20
_READABLE_RUN = 3
_MOSTLY = 0.6


def compare_passages(old: list[Passage], new: list[Passage], limits: Limits, clock: Clock) -> list[Block]:
    """The blocks of both sides in reading order. Raises OutOfTime."""
    blocks: list[Block] = []
    at = 0
    for edit in _passage_edits(old, new, limits, clock):
        blocks += map(same_block, new[at : edit.new_from])
        blocks += _compare_region(old[edit.old_from : edit.old_to], new[edit.new_from : edit.new_to], limits, clock)
        at = edit.new_to
    return blocks + [same_block(passage) for passage in new[at:]]


def _passage_edits(old: list[Passage], new: list[Passage], limits: Limits, clock: Clock) -> Iterator[Edit]:
    """Where the rows of passages differ."""
    numbers: dict[Passage, str] = {}
    old_keys = [numbers.setdefault(passage, str(len(numbers))) for passage in old]
    new_keys = [numbers.setdefault(passage, str(len(numbers))) for passage in new]
    often = Counter(new_keys)
    if sum(often[key] for key in old_keys) > _DIFFLIB_PAIRS:
        yield from align(old_keys, new_keys, limits, clock)
        return
    for tag, *places in SequenceMatcher(None, old_keys, new_keys, autojunk=False).get_opcodes():
        clock.check()
        if tag != "equal":
            yield Edit(*places)


def _compare_region(old: list[Passage], new: list[Passage], limits: Limits, clock: Clock) -> list[Block]:
    """The blocks of a stretch of passages of which none is equal."""
    if not old or not new:
        return [one_sided_block(passage, added=not old) for passage in (old or new)]
    tokens = Tokens.of(old), Tokens.of(new)
    edits = align(tokens[0].texts, tokens[1].texts, limits, clock)
    edits = join_near(edits, tokens[0].texts, tokens[1].texts, limits.cleanup_passes)
    edits = slide(edits, tokens[0].texts, tokens[1].texts)
    if _keeps_too_little(edits, *tokens):
        edits = [Edit(0, len(tokens[0].texts), 0, len(tokens[1].texts))]
    return Weaver(old, new, tokens).weave(edits)


def _keeps_too_little(edits: list[Edit], old: Tokens, new: Tokens) -> bool:
    """True when what stays is too little, or too scattered, to help a reader."""
    if not edits:
        return False
    words = set(filter(is_word, {*old.texts, *new.texts}))
    old_words, new_words = _count(words, old.texts), _count(words, new.texts)
    kept = old_words - sum(_count(words, old.texts[edit.old_from : edit.old_to]) for edit in edits)
    shorter = min(old_words, new_words)
    if kept < _LEAST_KEPT * shorter:
        return True
    return len(edits) > _SCATTERED and kept < len(edits) * _READABLE_RUN and kept < _MOSTLY * shorter


def _count(words: set[str], texts: list[str]) -> int:
    return sum(map(words.__contains__, texts))
