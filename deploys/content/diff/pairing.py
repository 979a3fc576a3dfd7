"""Which JSON block of the old list is which block of the new one."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from deploys.content.diff.align import rising
from deploys.content.diff.limits import Clock
from deploys.content.diff.spelling import ID_KEYS, exact, visible

TYPE_KEYS = ("type", "_type", "blockType", "__component", "typeHandle", "nodeType", "component")
# Two blocks of one type are the same block, edited, when their text is alike to this per cent.
_LEAST_LIKENESS = 50.0
# Counts like this much more likeness.
_SAME_GAP = 20.0
_COMPARED_CHARACTERS = 2_000
_MOST_COMPARISONS = 10_000


@dataclass(frozen=True, slots=True)
class Pair:
    """Places in the two lists, None on the side where the block is missing."""

    old: int | None
    new: int | None
    moved: bool = False


def block_id(block: object) -> str:
    """What names the block, empty without a name."""
    if isinstance(block, Mapping):
        for key in ID_KEYS:
            if isinstance(found := block.get(key), str | int) and not isinstance(found, bool) and found != "":
                return str(found)
    return ""


def block_type(block: object) -> str:
    """The type that the block says it has."""
    if isinstance(block, Mapping):
        return next((found for key in TYPE_KEYS if isinstance(found := block.get(key), str)), "")
    return ""


def pair_blocks(old: Sequence[object], new: Sequence[object], clock: Clock) -> list[Pair]:
    """All blocks in reading order: those of the new list, and removed ones behind what they stood behind."""
    matched = _by_id(old, new)
    # Names that nobody shares (some systems renew them with every save) say nothing; then only the content counts.
    old_rest, new_rest = _nameless(old, bool(matched)), _nameless(new, bool(matched))
    likely = _by_likeness([old[at] for at in old_rest], [new[at] for at in new_rest], clock)
    matched = sorted(matched + [(old_rest[old_at], new_rest[new_at]) for old_at, new_at in likely])
    in_place = {matched[number] for number in rising([new_at for _, new_at in matched])}
    old_of = {new_at: old_at for old_at, new_at in matched}
    taken = set(old_of.values())
    behind: dict[int, list[int]] = defaultdict(list)
    new_in_place = {old_at: new_at for old_at, new_at in in_place}
    anchor = -1
    for old_at in range(len(old)):
        anchor = new_in_place.get(old_at, anchor)
        if old_at not in taken:
            behind[anchor].append(old_at)
    pairs = [Pair(old_at, None) for old_at in behind[-1]]
    for new_at in range(len(new)):
        was = old_of.get(new_at)
        pairs.append(Pair(was, new_at, was is not None and (was, new_at) not in in_place))
        pairs += (Pair(old_at, None) for old_at in behind[new_at])
    return pairs


def _nameless(blocks: Sequence[object], names_count: bool) -> list[int]:
    return [at for at, block in enumerate(blocks) if not (names_count and block_id(block))]


def _by_id(old: Sequence[object], new: Sequence[object]) -> list[tuple[int, int]]:
    """Pairs of blocks that bear the same id, in the order of the old list; none when ids repeat."""
    old_at, new_at = _places(old), _places(new)
    return [(at, new_at[key]) for key, at in old_at.items() if key in new_at]


def _places(blocks: Sequence[object]) -> dict[str, int]:
    places: dict[str, int] = {}
    repeated: set[str] = set()
    for at, block in enumerate(blocks):
        key = block_id(block)
        if key in places:
            repeated.add(key)
        if key:
            places.setdefault(key, at)
    return {key: at for key, at in places.items() if key not in repeated}


def _by_likeness(old: Sequence[object], new: Sequence[object], clock: Clock) -> list[tuple[int, int]]:
    """Equal blocks first, wherever they stand; then, between those in order, blocks of one type with like text."""
    old_keys, new_keys = [*map(_content, old)], [*map(_content, new)]
    matched = dict(_equal_in_order(old_keys, new_keys, clock))
    free: dict[str, deque[int]] = defaultdict(deque)
    taken = set(matched.values())
    for at, key in enumerate(new_keys):
        if at not in taken:
            free[key].append(at)
    for at, key in enumerate(old_keys):
        if at not in matched and free[key]:
            matched[at] = free[key].popleft()
    old_left = [at for at in range(len(old)) if at not in matched]
    taken = set(matched.values())
    new_left = [at for at in range(len(new)) if at not in taken]
    if len(old_left) * len(new_left) <= _MOST_COMPARISONS:
        scores = _scores(old, new, (old_keys, new_keys), (old_left, new_left), clock)
    else:
        scores = [
            (0.0, *at)
            for at in zip(old_left, new_left, strict=False)
            if block_type(old[at[0]]) == block_type(new[at[1]])
        ]
    matched_new: set[int] = set()
    for _, old_at, new_at in scores:
        if old_at not in matched and new_at not in matched_new:
            matched[old_at] = new_at
            matched_new.add(new_at)
    return sorted(matched.items())


def _content(block: object) -> str:
    return exact(visible(block, without=ID_KEYS))


def _equal_in_order(old_keys: list[str], new_keys: list[str], clock: Clock) -> list[tuple[int, int]]:
    clock.check()
    blocks = SequenceMatcher(None, old_keys, new_keys, autojunk=len(old_keys) > 1_000).get_matching_blocks()
    return [(start + step, new_start + step) for start, new_start, size in blocks for step in range(size)]


def _scores(
    old: Sequence[object],
    new: Sequence[object],
    keys: tuple[list[str], list[str]],
    left: tuple[list[int], list[int]],
    clock: Clock,
) -> list[tuple[float, int, int]]:
    """Likely pairs, the likeliest first; a lone block on each side is a pair when the types agree.

    Blocks between the same unchanged neighbours are likelier the same than others.
    """
    alone = len(left[0]) == len(left[1]) == 1
    old_gap, new_gap = _gaps(left[0]), _gaps(left[1])
    found: list[tuple[float, int, int]] = []
    for old_at in left[0]:
        clock.check()
        for new_at in left[1]:
            if block_type(old[old_at]) != block_type(new[new_at]):
                continue
            one, other = keys[0][old_at][:_COMPARED_CHARACTERS], keys[1][new_at][:_COMPARED_CHARACTERS]
            score = 100.0 if alone else fuzz.ratio(one, other, score_cutoff=_LEAST_LIKENESS)
            if score >= _LEAST_LIKENESS:
                found.append((score + _SAME_GAP * (old_gap[old_at] == new_gap[new_at]), old_at, new_at))
    return sorted(found, key=lambda one: (-one[0], abs(one[1] - one[2]), one[1]))


def _gaps(left: list[int]) -> dict[int, int]:
    """For each block without partner, how many with a partner stand before it."""
    return {at: at - number for number, at in enumerate(left)}
