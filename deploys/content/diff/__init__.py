"""What changed between two versions of content, as plain data. Nothing in the answer is markup; templates escape it."""

from deploys.content.diff.entry_values import BlocksDiff, EntryDiff, FieldDiff, ItemDiff
from deploys.content.diff.fields import compare_blocks, compare_fields
from deploys.content.diff.folding import FoldedBlock, Piece, Run, fold
from deploys.content.diff.kinds import guess_kind
from deploys.content.diff.limits import Limits
from deploys.content.diff.text import compare_text
from deploys.content.diff.values import METHOD, Block, Counts, FieldKind, Op, TextDiff

__all__ = [
    "METHOD",
    "Block",
    "BlocksDiff",
    "Counts",
    "EntryDiff",
    "FieldDiff",
    "FieldKind",
    "FoldedBlock",
    "ItemDiff",
    "Limits",
    "Op",
    "Piece",
    "Run",
    "TextDiff",
    "compare_blocks",
    "compare_fields",
    "compare_text",
    "fold",
    "guess_kind",
]
