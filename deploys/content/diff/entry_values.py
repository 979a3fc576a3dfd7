"""What comparing whole entries and lists of JSON blocks answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from deploys.content.diff.values import Counts, FieldKind, Json, Op, TextDiff

type FieldState = Literal["added", "removed", "changed", "technical"]
type ItemState = Literal["same", "added", "removed", "changed", "moved"]
type BlocksOutcome = Literal["complete", "too_large"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDiff:
    """One field that differs. One of `text`, `blocks`, `ops` is filled; an op of `ops` is one value or list item."""

    name: str
    label: str
    kind: FieldKind
    state: FieldState
    text: TextDiff | None = None
    blocks: BlocksDiff | None = None
    ops: tuple[Op, ...] = ()

    @property
    def counts(self) -> Counts:
        """Words and places of this field."""
        if self.state == "technical":
            return Counts()
        if self.text is not None:
            counts = self.text.counts
            markup_only = self.text.outcome == "markup_only"
            return (
                Counts(words_added=counts.words_added, words_removed=counts.words_removed, hunks=1)
                if markup_only
                else counts
            )
        return self.blocks.counts if self.blocks is not None else Counts.of_ops(self.ops)

    def as_json(self) -> Json:
        """The field as plain data."""
        return {
            "name": self.name,
            "label": self.label,
            "kind": self.kind.value,
            "state": self.state,
            "text": self.text.as_json() if self.text else None,
            "blocks": self.blocks.as_json() if self.blocks else None,
            "ops": [op.as_json() for op in self.ops],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The field that `as_json` wrote."""
        return cls(
            name=data["name"],
            label=data["label"],
            kind=FieldKind(data["kind"]),
            state=data["state"],
            text=TextDiff.from_json(data["text"]) if data["text"] else None,
            blocks=BlocksDiff.from_json(data["blocks"]) if data["blocks"] else None,
            ops=tuple(Op.from_json(op) for op in data["ops"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDiff:
    """One JSON block. `was_at` and `now_at` count from 1, None on the side where the block is missing.

    `state` is "moved" when nothing else happened to it; a block that moved and changed is "changed" with `moved`.
    """

    key: str
    type: str
    state: ItemState
    was_at: int | None
    now_at: int | None
    moved: bool = False
    fields: tuple[FieldDiff, ...] = ()

    @property
    def counts(self) -> Counts:
        """Words and places of this block; a move is one place."""
        inner = Counts.total(field.counts for field in self.fields)
        return Counts.total((inner, Counts(hunks=1))) if self.moved else inner

    def as_json(self) -> Json:
        """The block as plain data."""
        return {
            "key": self.key,
            "type": self.type,
            "state": self.state,
            "was_at": self.was_at,
            "now_at": self.now_at,
            "moved": self.moved,
            "fields": [field.as_json() for field in self.fields],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The block that `as_json` wrote."""
        plain = {name: data[name] for name in ("key", "type", "state", "was_at", "now_at", "moved")}
        return cls(**plain, fields=tuple(FieldDiff.from_json(field) for field in data["fields"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class BlocksDiff:
    """Two lists of JSON blocks compared: every block in the order of the new list, removed ones where they stood.

    "too_large" carries no items; `old_count` and `new_count` still say how many blocks there were.
    """

    items: tuple[ItemDiff, ...]
    old_count: int
    new_count: int
    outcome: BlocksOutcome = "complete"

    @property
    def changed(self) -> bool:
        """True when a reader can see a difference."""
        return self.outcome != "complete" or any(item.state != "same" for item in self.items)

    @property
    def counts(self) -> Counts:
        """Words and places of all blocks."""
        return Counts.total(item.counts for item in self.items)

    def as_json(self) -> Json:
        """The comparison as plain data."""
        return {
            "items": [item.as_json() for item in self.items],
            "old_count": self.old_count,
            "new_count": self.new_count,
            "outcome": self.outcome,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The comparison that `as_json` wrote."""
        items = tuple(ItemDiff.from_json(item) for item in data["items"])
        return cls(items=items, old_count=data["old_count"], new_count=data["new_count"], outcome=data["outcome"])


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDiff:
    """Two versions of an entry compared. `noise`: they differ, but only in ways that nobody can see."""

    fields: tuple[FieldDiff, ...]
    noise: bool = False

    @property
    def words_added(self) -> int:
        """Words added in all fields."""
        return sum(field.counts.words_added for field in self.fields)

    @property
    def words_removed(self) -> int:
        """Words removed in all fields."""
        return sum(field.counts.words_removed for field in self.fields)

    @property
    def hunks(self) -> int:
        """Places that changed in all fields."""
        return sum(field.counts.hunks for field in self.fields)

    def as_json(self) -> Json:
        """The comparison as plain data."""
        return {"fields": [field.as_json() for field in self.fields], "noise": self.noise}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The comparison that `as_json` wrote."""
        return cls(fields=tuple(FieldDiff.from_json(field) for field in data["fields"]), noise=data["noise"])
