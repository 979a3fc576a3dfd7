"""What a comparison answers: plain data, no markup, ready for JSON and for a template that escapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Self

from deploys.content.diff.tokens import is_word, tokenise

METHOD = "1"

type OpKind = Literal["same", "insert", "delete", "format", "moved"]
type BlockState = Literal["same", "changed", "added", "removed"]
type Outcome = Literal["complete", "replaced", "too_large", "markup_only"]
type Json = dict[str, Any]

PARAGRAPH_BREAK = "\n\n"


class FieldKind(StrEnum):
    """How the value of a field is read before it is compared."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    HTML = "html"
    BLOCKS = "blocks"
    SCALAR = "scalar"
    IMAGE = "image"
    URL = "url"
    DATE = "date"
    BOOLEAN = "boolean"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """A stretch of text and what happened to it. `text` is plain text; `note` says in words what else is to know."""

    kind: OpKind
    text: str
    note: str = ""

    @property
    def words(self) -> int:
        """How many words the text has; in scripts without blanks, how many characters."""
        return sum(map(is_word, tokenise(self.text)))

    def as_json(self) -> Json:
        """The op as plain data."""
        return {"kind": self.kind, "text": self.text, "note": self.note}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The op that `as_json` wrote."""
        return cls(kind=data["kind"], text=data["text"], note=data["note"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Words added and removed, and the number of places that changed (neighbouring changes are one place)."""

    words_added: int = 0
    words_removed: int = 0
    hunks: int = 0

    @classmethod
    def of_ops(cls, ops: Iterable[Op]) -> Counts:
        """Count one run of ops. Moved and reformatted words are places that changed, not words added or removed."""
        added = removed = hunks = 0
        inside = False
        for op in ops:
            added += op.words if op.kind == "insert" else 0
            removed += op.words if op.kind == "delete" else 0
            hunks += op.kind != "same" and not inside
            inside = op.kind != "same"
        return cls(words_added=added, words_removed=removed, hunks=hunks)

    @classmethod
    def total(cls, parts: Iterable[Counts]) -> Counts:
        """The sum of all parts."""
        every = tuple(parts)
        return cls(
            words_added=sum(part.words_added for part in every),
            words_removed=sum(part.words_removed for part in every),
            hunks=sum(part.hunks for part in every),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph, heading, list item, row … `kind` is p, h1 to h6, li, quote, pre, row, img, hr, caption, term.

    `note` names a change of the block itself ("was paragraph, now heading 2").
    """

    kind: str
    ops: tuple[Op, ...]
    state: BlockState
    note: str = ""

    @property
    def text(self) -> str:
        """All text of the block, both sides."""
        return "".join(op.text for op in self.ops)

    def side(self, *, dropped: OpKind) -> str:
        """The text without the ops of the kind that the side does not have."""
        return "".join(op.text for op in self.ops if op.kind != dropped)

    def as_json(self) -> Json:
        """The block as plain data."""
        return {"kind": self.kind, "ops": [op.as_json() for op in self.ops], "state": self.state, "note": self.note}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The block that `as_json` wrote."""
        ops = tuple(Op.from_json(op) for op in data["ops"])
        return cls(kind=data["kind"], ops=ops, state=data["state"], note=data["note"])


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDiff:
    """Two texts compared. `markup_changed`: markup that has no text (scripts, attributes, comments) differs as well."""

    blocks: tuple[Block, ...]
    outcome: Outcome
    markup_changed: bool = False

    @property
    def changed(self) -> bool:
        """True when a reader can see a difference, or when only dropped markup differs."""
        return self.outcome != "complete" or any(block.state != "same" for block in self.blocks)

    @property
    def counts(self) -> Counts:
        """Words and places of all blocks."""
        return Counts.total(Counts.of_ops(block.ops) for block in self.blocks)

    def old_text(self) -> str:
        """The old side, blocks parted by an empty line, white space normalised."""
        kept = (block.side(dropped="insert") for block in self.blocks if block.state != "added")
        return PARAGRAPH_BREAK.join(kept)

    def new_text(self) -> str:
        """The new side, blocks parted by an empty line, white space normalised."""
        kept = (block.side(dropped="delete") for block in self.blocks if block.state != "removed")
        return PARAGRAPH_BREAK.join(kept)

    def as_json(self) -> Json:
        """The comparison as plain data."""
        return {
            "blocks": [block.as_json() for block in self.blocks],
            "outcome": self.outcome,
            "markup_changed": self.markup_changed,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The comparison that `as_json` wrote."""
        blocks = tuple(Block.from_json(block) for block in data["blocks"])
        return cls(blocks=blocks, outcome=data["outcome"], markup_changed=data["markup_changed"])
