"""Whole paragraphs that only stand elsewhere, and other things worth saying about an op."""

from __future__ import annotations

import unicodedata
from collections import defaultdict, deque
from dataclasses import replace

from deploys.content.diff.values import PARAGRAPH_BREAK, Block, Op

# A shorter paragraph that is removed here and added there is a coincidence rather than a move.
_LEAST_CHARACTERS = 12


def mark_moves(blocks: list[Block]) -> list[Block]:
    """Turn a removed block and an added block of the same text into the two ends of a move."""
    removed: dict[tuple[str, str], deque[int]] = defaultdict(deque)
    for at, block in enumerate(blocks):
        if block.state == "removed" and len(block.text) >= _LEAST_CHARACTERS:
            removed[block.kind, block.text].append(at)
    if not removed:
        return blocks
    marked = list(blocks)
    for at, block in enumerate(blocks):
        if block.state == "added" and (places := removed.get((block.kind, block.text))):
            was = places.popleft()
            marked[was] = _moved(blocks[was], "moved down from here" if was < at else "moved up from here")
            marked[at] = _moved(block, "moved here from above" if was < at else "moved here from below")
    return marked


def _moved(block: Block, note: str) -> Block:
    return replace(block, ops=(Op(kind="moved", text=block.text, note=note),))


def explain(block: Block) -> Block:
    """Say in a note what cannot be seen: breaks, invisible characters, letters that only look the same."""
    if block.state == "same":
        return block
    ops = list(block.ops)
    for at, op in enumerate(ops):
        before = ops[at - 1] if at else None
        if before and before.kind == "delete" and op.kind == "insert" and _looks_alike(before.text, op.text):
            note = "looks the same, written with other characters"
            ops[at - 1], ops[at] = replace(before, note=note), replace(op, note=note)
        elif op.kind in ("insert", "delete") and (note := _unseen(op.text)):
            ops[at] = replace(op, note=note)
    return replace(block, ops=tuple(ops))


def _looks_alike(one: str, other: str) -> bool:
    return unicodedata.normalize("NFKC", one) == unicodedata.normalize("NFKC", other)


def _unseen(text: str) -> str:
    if text == PARAGRAPH_BREAK:
        return "paragraph break"
    if text.isspace():
        return "line break" if "\n" in text else "blank"
    names = sorted({f"U+{ord(character):04X}" for character in text if unicodedata.category(character) == "Cf"})
    visible = any(unicodedata.category(character) not in ("Cf", "Zs", "Cc") for character in text)
    return f"invisible character {', '.join(names)}" if names and not visible else ""
