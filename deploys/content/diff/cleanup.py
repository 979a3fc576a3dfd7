"""Edits that are right but hard to read become fewer and larger ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from deploys.content.diff.align import Edit
from deploys.content.diff.tokens import is_word
from deploys.content.diff.values import PARAGRAPH_BREAK

# An unchanged stretch of up to this many characters never parts two edits.
_ALWAYS = 3
_SENTENCE_ENDS = frozenset(".!?\u2026\u3002\uff01\uff1f\u061f")


def join_near(edits: list[Edit], old: Sequence[str], new: Sequence[str], passes: int) -> list[Edit]:
    """Join two edits when the unchanged stretch between them is short beside both; each pass is linear.

    Stretches over a paragraph break stay, so that paragraphs keep their places.
    """
    old_sums, new_sums = _lengths(old), _lengths(new)
    for _ in range(passes):
        joined: list[Edit] = []
        for edit in edits:
            last = joined[-1] if joined else None
            if (
                last
                and _is_island(last, edit, old_sums, new_sums)
                and PARAGRAPH_BREAK not in old[last.old_to : edit.old_from]
            ):
                joined[-1] = Edit(last.old_from, edit.old_to, last.new_from, edit.new_to)
            else:
                joined.append(edit)
        if len(joined) == len(edits):
            break
        edits = joined
    return edits


def _lengths(tokens: Sequence[str]) -> list[int]:
    return [0, *accumulate(map(len, tokens))]


def _is_island(before: Edit, after: Edit, old_sums: list[int], new_sums: list[int]) -> bool:
    """True when the stretch between the edits is no longer than either, and tiny or at most half the smaller one."""
    between = old_sums[after.old_from] - old_sums[before.old_to]
    smaller = min(_size(before, old_sums, new_sums), _size(after, old_sums, new_sums))
    return between <= smaller and (between <= _ALWAYS or between * 2 <= smaller)


def _size(edit: Edit, old_sums: list[int], new_sums: list[int]) -> int:
    removed = old_sums[edit.old_to] - old_sums[edit.old_from]
    return max(removed, new_sums[edit.new_to] - new_sums[edit.new_from])


def slide(edits: list[Edit], old: Sequence[str], new: Sequence[str]) -> list[Edit]:
    """Move pure insertions and deletions along equal tokens to where a paragraph, sentence or word begins."""
    moved: list[Edit] = []
    for number, edit in enumerate(edits):
        low = moved[-1].old_to if moved else 0
        high = edits[number + 1].old_from if number + 1 < len(edits) else len(old)
        slid = _slid(edit, old, new, low, high)
        if moved and moved[-1].old_to == slid.old_from:
            last = moved.pop()
            slid = Edit(last.old_from, slid.old_to, last.new_from, slid.new_to)
        moved.append(slid)
    return moved


def _slid(edit: Edit, old: Sequence[str], new: Sequence[str], low: int, high: int) -> Edit:
    """The same edit at its best place between the old positions `low` and `high`."""
    removing = edit.old_to > edit.old_from
    if removing and edit.new_to > edit.new_from:
        return edit
    side, start, end = (old, edit.old_from, edit.old_to) if removing else (new, edit.new_from, edit.new_to)
    back = 0
    while back < edit.old_from - low and side[start - back - 1] == side[end - back - 1]:
        back += 1
    forth = 0
    while forth < high - edit.old_to and side[start + forth] == side[end + forth]:
        forth += 1
    best = max(range(-back, forth + 1), key=lambda by: (_fit(side, start + by, end + by), by))
    return Edit(edit.old_from + best, edit.old_to + best, edit.new_from + best, edit.new_to + best)


def _fit(side: Sequence[str], start: int, end: int) -> int:
    """How well a change from `start` to `end` reads: whole paragraphs first, then whole sentences, then whole words."""
    before, after = side[start - 1] if start else PARAGRAPH_BREAK, side[end] if end < len(side) else PARAGRAPH_BREAK
    if before == side[end - 1] == PARAGRAPH_BREAK or side[start] == after == PARAGRAPH_BREAK:
        return 4
    if before in _SENTENCE_ENDS and side[start].isspace():
        return 3
    if before.isspace() and is_word(side[start]):
        return 2
    return int(side[start].isspace())
