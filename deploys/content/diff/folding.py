"""Which unchanged stretches a page may fold away. Nothing is left out: folded text is there, only marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deploys.content.diff.tokens import tokenise
from deploys.content.diff.values import Block, Json, Op

# Unchanged words within a changed block: how many stay before and after a change, and how many are worth folding.
_WORDS_KEPT = 25
_WORDS_WORTH_FOLDING = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An op or a part of one; `folded` when a page may hide it behind "n unchanged words"."""

    op: Op
    folded: bool = False

    def as_json(self) -> Json:
        """The piece as plain data."""
        return {"op": self.op.as_json(), "folded": self.folded}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedBlock:
    """A block with its ops cut where words may be folded."""

    block: Block
    pieces: tuple[Piece, ...]

    def as_json(self) -> Json:
        """The block as plain data."""
        return {"block": self.block.as_json(), "pieces": [piece.as_json() for piece in self.pieces]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Blocks in a row; `folded` when a page may hide all of them behind "n unchanged paragraphs"."""

    folded: bool
    blocks: tuple[FoldedBlock, ...]

    def as_json(self) -> Json:
        """The run as plain data."""
        return {"folded": self.folded, "blocks": [block.as_json() for block in self.blocks]}


def fold(blocks: Sequence[Block], context: int = 1) -> tuple[Run, ...]:
    """All blocks in runs that are shown or folded; `context` unchanged blocks stay around each change.

    A single unchanged block between two shown ones is never folded: hiding it would save nothing.
    """
    shown = _shown(blocks, context)
    runs: list[Run] = []
    start = 0
    for at in range(1, len(blocks) + 1):
        if at == len(blocks) or shown[at] != shown[start]:
            part = blocks[start:at]
            runs.append(Run(folded=not shown[start], blocks=tuple(_folded(block) for block in part)))
            start = at
    return tuple(runs)


def _shown(blocks: Sequence[Block], context: int) -> list[bool]:
    shown = [False] * len(blocks)
    for at, block in enumerate(blocks):
        if block.state != "same":
            first = max(at - context, 0)
            shown[first : at + context + 1] = [True] * len(shown[first : at + context + 1])
    for at in range(1, len(blocks) - 1):
        shown[at] = shown[at] or (shown[at - 1] and shown[at + 1])
    return shown


def _folded(block: Block) -> FoldedBlock:
    if block.state != "changed":
        return FoldedBlock(block=block, pieces=tuple(Piece(op=op) for op in block.ops))
    pieces: list[Piece] = []
    for at, op in enumerate(block.ops):
        pieces += _cut(op, at > 0, at + 1 < len(block.ops)) if op.kind == "same" else [Piece(op=op)]
    return FoldedBlock(block=block, pieces=tuple(pieces))


def _cut(op: Op, after_change: bool, before_change: bool) -> Iterable[Piece]:
    """A long unchanged op in up to three pieces: what follows a change, the folded middle, what leads to the next."""
    tokens = tokenise(op.text)
    words = [at for at, token in enumerate(tokens) if not token.isspace()]
    head = words[min(_WORDS_KEPT, len(words))] if after_change and len(words) > _WORDS_KEPT else 0
    tail = words[-_WORDS_KEPT] if before_change and len(words) > _WORDS_KEPT else len(tokens)
    if sum(head <= at < tail for at in words) < _WORDS_WORTH_FOLDING:
        return [Piece(op=op)]
    parts = ((0, head, False), (head, tail, True), (tail, len(tokens), False))
    return [
        Piece(op=Op(kind="same", text="".join(tokens[start:end])), folded=folded)
        for start, end, folded in parts
        if end > start
    ]
