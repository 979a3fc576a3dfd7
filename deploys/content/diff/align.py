"""Two sequences of tokens to a list of edits, in bounded time and memory."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

from deploys.content.diff.limits import Clock, Limits
from deploys.content.diff.tokens import is_word

# Stretches of this many tokens that stand exactly once on both sides hold the two sides together when they are split.
_ANCHOR = 8


@dataclass(frozen=True, slots=True)
class Edit:
    """old[old_from:old_to] became new[new_from:new_to]; what lies between edits is equal."""

    old_from: int
    old_to: int
    new_from: int
    new_to: int


def align(old: Sequence[str], new: Sequence[str], limits: Limits, clock: Clock) -> list[Edit]:
    """The edits that turn `old` into `new`, in order, never touching. Raises OutOfTime."""
    edits: list[Edit] = []
    for edit in _edits(old, new, limits, clock):
        if edits and edits[-1].old_to == edit.old_from and edits[-1].new_to == edit.new_from:
            edits[-1] = Edit(edits[-1].old_from, edit.old_to, edits[-1].new_from, edit.new_to)
        else:
            edits.append(edit)
    return edits


def _edits(old: Sequence[str], new: Sequence[str], limits: Limits, clock: Clock) -> Iterator[Edit]:
    start, old_end, new_end = _differing(old, new)
    if start in (old_end, new_end):
        if old_end > start or new_end > start:
            yield Edit(start, old_end, start, new_end)
        return
    if _too_different(old[start:old_end], new[start:new_end], limits):
        yield Edit(start, old_end, start, new_end)
        return
    inner_old, inner_new = old[start:old_end], new[start:new_end]
    for one in _pieces(inner_old, inner_new, limits.region_tokens):
        clock.check()
        part_old, part_new = inner_old[one.old_from : one.old_to], inner_new[one.new_from : one.new_to]
        for edit in _words(part_old, part_new, limits):
            yield Edit(
                start + one.old_from + edit.old_from,
                start + one.old_from + edit.old_to,
                start + one.new_from + edit.new_from,
                start + one.new_from + edit.new_to,
            )


def _words(old: Sequence[str], new: Sequence[str], limits: Limits) -> Iterator[Edit]:
    """The shortest edits between two stretches; a whole replacement when they have too little in common."""
    start, old_end, new_end = _differing(old, new)
    old, new = old[start:old_end], new[start:new_end]
    if not old and not new:
        return
    if not old or not new or _too_different(old, new, limits):
        yield Edit(start, old_end, start, new_end)
        return
    for code in Indel.opcodes(old, new):
        if code.tag != "equal":
            yield Edit(start + code.src_start, start + code.src_end, start + code.dest_start, start + code.dest_end)


def _differing(old: Sequence[str], new: Sequence[str]) -> tuple[int, int, int]:
    """Where the two sides begin to differ, and where on each side they are equal again up to the end."""
    shorter = min(len(old), len(new))
    start = 0
    while start < shorter and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < shorter - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return start, len(old) - tail, len(new) - tail


def _too_different(old: Sequence[str], new: Sequence[str], limits: Limits) -> bool:
    """True when the side with fewer distinct words shares less than the limit of them with the other.

    Sides without words are compared by their signs.
    """
    old_all, new_all = set(old), set(new)
    old_words, new_words = set(filter(is_word, old_all)), set(filter(is_word, new_all))
    if not old_words and not new_words:
        old_words, new_words = old_all, new_all
    return len(old_words & new_words) < limits.shared_words * min(len(old_words), len(new_words))


def _pieces(old: Sequence[str], new: Sequence[str], most: int) -> Iterator[Edit]:
    """Cut both sides at the same places into pieces of at most `most` tokens, at anchors where there are any."""
    if max(len(old), len(new)) <= most:
        yield Edit(0, len(old), 0, len(new))
        return
    at_old = at_new = 0
    for old_cut, new_cut in [*_anchors(old, new), (len(old), len(new))]:
        # A cut is taken when enough lies behind it; what is still too long between two anchors is cut in even parts.
        if max(old_cut - at_old, new_cut - at_new) < most // 2 and old_cut < len(old):
            continue
        parts = -(-max(old_cut - at_old, new_cut - at_new) // most)
        for part in range(parts):
            yield Edit(
                at_old + (old_cut - at_old) * part // parts,
                at_old + (old_cut - at_old) * (part + 1) // parts,
                at_new + (new_cut - at_new) * part // parts,
                at_new + (new_cut - at_new) * (part + 1) // parts,
            )
        at_old, at_new = old_cut, new_cut


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places (old, new) where a stretch begins that stands once on each side, in the same order on both."""
    once_old, once_new = _once(old), _once(new)
    pairs = sorted((at, once_new[key]) for key, at in once_old.items() if key in once_new)
    kept = rising([new_at for _, new_at in pairs])
    return [pairs[number] for number in kept]


def _once(tokens: Sequence[str]) -> dict[int, int]:
    """Hash of each stretch that stands exactly once, and where."""
    hashes = [hash(tuple(tokens[at : at + _ANCHOR])) for at in range(len(tokens) - _ANCHOR + 1)]
    count = Counter(hashes)
    return {key: at for at, key in enumerate(hashes) if count[key] == 1}


def rising(numbers: Sequence[int]) -> list[int]:
    """Indices of a longest strictly rising run of `numbers` (patience sorting, n log n)."""
    tops: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        before.append(at[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(number)
            at.append(index)
        else:
            tops[pile], at[pile] = number, index
    run: list[int] = []
    last = at[-1] if at else -1
    while last >= 0:
        run.append(last)
        last = before[last]
    return run[::-1]
