"""Ways to look at a comparison, and the real edits beside the project."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

from deploys.content.diff import Op, TextDiff

HISTORY = Path(__file__).resolve().parents[4] / "shared" / "data" / "content-history"


def ops(diff: TextDiff) -> list[Op]:
    """All ops of all blocks, in order."""
    return [op for block in diff.blocks for op in block.ops]


def changes(diff: TextDiff) -> list[tuple[str, str]]:
    """Kind and text of every op that is not "same"."""
    return [(op.kind, op.text) for op in ops(diff) if op.kind != "same"]


def states(diff: TextDiff) -> list[tuple[str, str]]:
    """State and kind of every block."""
    return [(block.state, block.kind) for block in diff.blocks]


def words_only(text: str) -> list[str]:
    """The text without regard to white space."""
    return text.split()


def real_edits(folder: Path = HISTORY) -> list[tuple[str, str, str]]:
    """Name, old body and new body of every edit of a body between two neighbouring states."""
    versions = json.loads((folder / "versions.json").read_text(encoding="utf-8"))
    names = [state["file"] for state in json.loads((folder / "index.json").read_text(encoding="utf-8"))["snapshots"]]
    entries = [json.loads((folder / name).read_text(encoding="utf-8"))["entries"] for name in names]
    return [
        (name, versions[before[name]]["body"], versions[after[name]]["body"])
        for before, after in pairwise(entries)
        for name in sorted(before.keys() & after.keys())
        if versions[before[name]]["body"] != versions[after[name]]["body"]
    ]
