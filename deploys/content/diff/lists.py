"""Two lists of short values (tags, authors, pictures) compared item by item."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from difflib import SequenceMatcher

from deploys.content.diff.values import Op

# Longer lists are compared as sets in the order of the new list: difflib would take too long.
_LONG = 2_000


def compare_lists(old: Sequence[str], new: Sequence[str]) -> tuple[Op, ...]:
    """One op per item, in reading order; an item that only changed its place is "moved", once, where it is now."""
    ops: list[Op] = []
    free: dict[str, deque[int]] = defaultdict(deque)
    codes = _opcodes(old, new)
    for tag, old_from, old_to, _, _ in codes:
        if tag != "equal":
            for at in range(old_from, old_to):
                free[old[at]].append(at)
    moved: dict[int, int] = {}
    for tag, _, _, new_from, new_to in codes:
        for at in range(new_from, new_to) if tag != "equal" else ():
            if free[new[at]]:
                moved[at] = free[new[at]].popleft()
    gone = set(moved.values())
    for tag, old_from, old_to, new_from, new_to in codes:
        if tag == "equal":
            ops += (Op(kind="same", text=text) for text in new[new_from:new_to])
            continue
        ops += (Op(kind="delete", text=old[at]) for at in range(old_from, old_to) if at not in gone)
        ops += (_arrived(new[at], at, moved.get(at)) for at in range(new_from, new_to))
    return tuple(ops)


def _arrived(text: str, now: int, was: int | None) -> Op:
    if was is None:
        return Op(kind="insert", text=text)
    return Op(kind="moved", text=text, note=f"was number {was + 1}, now number {now + 1}")


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    if max(len(old), len(new)) > _LONG:
        return [("replace", 0, len(old), 0, len(new))]
    return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
