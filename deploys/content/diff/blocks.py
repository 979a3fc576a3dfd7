"""Two lists of JSON blocks (StreamField, Editor.js, Portable Text …) compared block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from deploys.content.diff.entry_values import BlocksDiff, FieldDiff, ItemDiff, ItemState
from deploys.content.diff.limits import Clock, Limits, OutOfTime
from deploys.content.diff.pairing import TYPE_KEYS, Pair, block_id, block_type, pair_blocks
from deploys.content.diff.spelling import ID_KEYS

# Compares the fields of one block: (old, new) to the fields that differ.
type CompareFields = Callable[[Mapping[str, object] | None, Mapping[str, object] | None], tuple[FieldDiff, ...]]

_WRAPPERS = ("data", "value", "fields", "attributes")


def compare_items(
    old: Sequence[object], new: Sequence[object], *, fields: CompareFields, limits: Limits, clock: Clock
) -> BlocksDiff:
    """Added, removed, changed and moved blocks, each with the fields that differ."""
    if max(len(old), len(new)) > limits.max_blocks:
        return BlocksDiff(items=(), old_count=len(old), new_count=len(new), outcome="too_large")
    try:
        pairs = (
            [Pair(0, 0)] if len(old) == len(new) == 1 and _may_be_one(old[0], new[0]) else pair_blocks(old, new, clock)
        )
        items = []
        for pair in pairs:
            clock.check()
            items.append(_item(pair, old, new, fields))
    except OutOfTime:
        return BlocksDiff(items=(), old_count=len(old), new_count=len(new), outcome="too_large")
    return BlocksDiff(items=tuple(items), old_count=len(old), new_count=len(new))


def _may_be_one(old: object, new: object) -> bool:
    """True when a lone block on each side can be the same block: no other type, no other name."""
    named_apart = block_id(old) != block_id(new) and bool(block_id(old)) and bool(block_id(new))
    return block_type(old) == block_type(new) and not named_apart


def _item(pair: Pair, old: Sequence[object], new: Sequence[object], fields: CompareFields) -> ItemDiff:
    was = old[pair.old] if pair.old is not None else None
    now = new[pair.new] if pair.new is not None else None
    shown = now if pair.new is not None else was
    found: tuple[FieldDiff, ...] = ()
    if pair.old is None or pair.new is None or was != now:
        retyped = pair.old is not None and pair.new is not None and block_type(was) != block_type(now)
        found = fields(
            fields_of(was, with_type=retyped) if pair.old is not None else None,
            fields_of(now, with_type=retyped) if pair.new is not None else None,
        )
    return ItemDiff(
        key=block_id(shown),
        type=block_type(shown),
        state=_state(pair, found),
        was_at=None if pair.old is None else pair.old + 1,
        now_at=None if pair.new is None else pair.new + 1,
        moved=pair.moved,
        fields=found,
    )


def _state(pair: Pair, fields: tuple[FieldDiff, ...]) -> ItemState:
    if pair.old is None:
        return "added"
    if pair.new is None:
        return "removed"
    if any(field.state != "technical" for field in fields):
        return "changed"
    return "moved" if pair.moved else "same"


def fields_of(block: object, *, with_type: bool) -> Mapping[str, object]:
    """The fields of a block without its name; members of its wrapper ("data", "value") stand beside the others."""
    if not isinstance(block, Mapping):
        return {"value": block}
    type_key = next((key for key in TYPE_KEYS if isinstance(block.get(key), str)), "")
    fields: dict[str, object] = {"type": block_type(block)} if with_type else {}
    for key, value in block.items():
        if key in _WRAPPERS and isinstance(value, Mapping):
            fields |= {f"{key}.{inner}" if inner in block else str(inner): each for inner, each in value.items()}
        elif key not in ID_KEYS and key != type_key:
            fields[str(key)] = value
    return fields
