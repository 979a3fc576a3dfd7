"""Edits between two rows of passages to blocks of ops: the two sides woven into one text that reads downwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from deploys.content.diff.align import Edit
from deploys.content.diff.marks import note_between
from deploys.content.diff.passages import Passage, Tokens
from deploys.content.diff.values import PARAGRAPH_BREAK, Block, BlockState, Op, OpKind


@dataclass(slots=True)
class _Side:
    """Where one side stands: its tokens, its passages, the token and the passage to come next."""

    tokens: Tokens
    passages: list[Passage]
    at: int = 0
    passage: int = 0
    # The passage that the block being woven took text from, if it took any.
    taken: int | None = None

    @property
    def at_end(self) -> bool:
        """True when the passage has no more text."""
        return self.at >= len(self.tokens.texts) or self.tokens.texts[self.at] == PARAGRAPH_BREAK

    def rest_of_passage(self, until: int) -> int:
        """Where the passage ends, at most `until`."""
        try:
            return self.tokens.texts.index(PARAGRAPH_BREAK, self.at, until)
        except ValueError:
            return until

    def take(self, length: int = 1) -> str:
        """The next tokens, none of which is a break."""
        self.taken = self.passage if self.taken is None else self.taken
        self.at += length
        return "".join(self.tokens.texts[self.at - length : self.at])

    def step_over(self) -> None:
        """Go past a break."""
        self.at += 1
        self.passage += 1

    @property
    def source(self) -> Passage | None:
        """The passage that the block began with on this side."""
        return None if self.taken is None else self.passages[self.taken]


@dataclass(slots=True)
class _Parts:
    """Ops as they grow, neighbours of one kind and note joined."""

    runs: list[tuple[OpKind, str, list[str]]] = field(default_factory=list)

    def add(self, kind: OpKind, text: str, note: str = "") -> None:
        """Append text to the last op or begin a new one."""
        if self.runs and self.runs[-1][:2] == (kind, note):
            self.runs[-1][2].append(text)
        elif len(self.runs) > 1 and self.runs[-2][:2] == (kind, note) and kind == "format" and self._is_blank_between():
            # A blank carries no marks; it does not part two words that were reformatted alike.
            self.runs[-2][2].extend((*self.runs.pop()[2], text))
        else:
            self.runs.append((kind, note, [text]))

    def _is_blank_between(self) -> bool:
        kind, _, texts = self.runs[-1]
        return kind == "same" and all(text.isspace() for text in texts)

    def ops(self) -> tuple[Op, ...]:
        """The finished ops."""
        return tuple(Op(kind=kind, text="".join(texts), note=note) for kind, note, texts in self.runs)


class Weaver:
    """Takes the tokens of both sides in order and closes a block wherever a passage ends on every side it came from."""

    def __init__(self, old: list[Passage], new: list[Passage], tokens: tuple[Tokens, Tokens]) -> None:
        self._old, self._new = _Side(tokens[0], old), _Side(tokens[1], new)
        self._parts = _Parts()
        self._blocks: list[Block] = []

    def weave(self, edits: Sequence[Edit]) -> list[Block]:
        """The blocks of both sides."""
        for edit in edits:
            self._keep(edit.old_from)
            self._replace(edit)
        self._keep(len(self._old.tokens.texts))
        self._close()
        return self._blocks

    def _keep(self, until: int) -> None:
        """Take equal tokens from both sides."""
        old, new = self._old, self._new
        while old.at < until:
            if old.tokens.texts[old.at] == PARAGRAPH_BREAK:
                self._close()
                old.step_over()
                new.step_over()
            elif old.tokens.are_plain and new.tokens.are_plain:
                length = old.rest_of_passage(until) - old.at
                old.take(length)
                self._parts.add("same", new.take(length))
            else:
                note = note_between(old.tokens.marks[old.at], new.tokens.marks[new.at])
                old.take()
                self._parts.add("format" if note else "same", new.take(), note)

    def _replace(self, edit: Edit) -> None:
        """Take what only one side has: first the old, then the new."""
        self._take_from(self._old, self._new, edit.old_to, "delete")
        spans_passages = PARAGRAPH_BREAK in self._old.tokens.texts[edit.old_from : edit.old_to] or (
            PARAGRAPH_BREAK in self._new.tokens.texts[edit.new_from : edit.new_to]
        )
        if spans_passages and self._old.at_end and self._new.taken is None:
            self._close()
        self._take_from(self._new, self._old, edit.new_to, "insert")

    def _take_from(self, side: _Side, other: _Side, until: int, kind: OpKind) -> None:
        while side.at < until:
            if side.tokens.texts[side.at] != PARAGRAPH_BREAK:
                self._parts.add(kind, side.take())
                continue
            if side.taken is not None and (other.taken is None or other.at_end):
                self._close()
            elif side.taken is not None:
                self._parts.add(kind, PARAGRAPH_BREAK)
            side.step_over()

    def _close(self) -> None:
        """End the block; the next token of either side begins a new one."""
        old, new = self._old.source, self._new.source
        ops = self._parts.ops()
        self._parts = _Parts()
        self._old.taken = self._new.taken = None
        if ops:
            self._blocks.append(block_of(ops, old, new))


def block_of(ops: tuple[Op, ...], old: Passage | None, new: Passage | None) -> Block:
    """A block from its ops and the passages that it began with."""
    note = f"was {old.name}, now {new.name}" if old and new and old.name != new.name else ""
    if note and all(op.kind == "same" for op in ops):
        ops = tuple(Op(kind="format", text=op.text, note=note) for op in ops)
    shown = new or old
    return Block(kind=shown.kind if shown else "p", ops=ops, state=_state(ops, old, new), note=note)


def _state(ops: tuple[Op, ...], old: Passage | None, new: Passage | None) -> BlockState:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    return "same" if all(op.kind == "same" for op in ops) else "changed"


def same_block(passage: Passage) -> Block:
    """A passage that both sides have."""
    return Block(kind=passage.kind, ops=(Op(kind="same", text=passage.text),), state="same")


def one_sided_block(passage: Passage, *, added: bool) -> Block:
    """A passage that only the new side has, or only the old."""
    op = Op(kind="insert" if added else "delete", text=passage.text)
    return Block(kind=passage.kind, ops=(op,), state="added" if added else "removed")
