"""What changed between the states of a real content history, held to the oracle that lies beside it.

`python benchmarks/content_history.py FOLDER` takes a folder with index.json (the states in order), snapshot-N.json (id
to version), versions.json (the content of each version) and expected-changes.json (added, removed, renamed and
modified ids per step). Per step it prints the three lists' sizes, whether they equal the oracle, how many edits are
noise, and of the field-by-field comparison: milliseconds per entry, words marked and hunks. `--lists` prints the ids.
Exit code 1 when a list differs from the oracle.

Noise is what the oracle calls modified although nobody can see it: null against empty, blanks, line ends. It is told
apart here by a rule of its own (runs of blanks are one, empty values are none), not by the product's code.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import _ready  # noqa: F401 - Django and its servers first
import orjson
from _report import machine
from django.utils.timezone import now

from deploys.content.changes import Change, Point, changes
from deploys.content.diff import EntryDiff, FieldDiff, compare_fields
from deploys.content.sources.types import Entry
from deploys.content.spool import Spool
from deploys.content.store import store
from deploys.models import ContentBlob, ContentSource
from tests import scenes

KINDS = ("new", "removed", "edited")


@dataclass(kw_only=True)
class History:
    """The files of the folder, decoded."""

    folder: Path
    versions: dict[str, Any] = field(init=False)
    states: list[dict[str, str]] = field(init=False)
    oracle: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.versions = self._file("versions.json")
        names = [state["file"] for state in self._file("index.json")["snapshots"]]
        self.states = [self._file(name)["entries"] for name in names]
        self.oracle = self._file("expected-changes.json")["steps"]

    def entries(self, state: int) -> Iterator[Entry]:
        """A state in the normal form."""
        for key, version in self.states[state].items():
            data = self.versions[version]
            yield Entry(
                key=key,
                kind="post",
                title=data["title"] or "",
                url=data["url"],
                edit_url=None,
                publish_at=None,
                expire_at=None,
                status="live",
                changed_at=None,
                changed_by=data["updated_by"],
                fields={"body": data["body"], "published_at": data["published_at"], **data["fields"]},
            )

    def expected(self, step: int) -> dict[str, set[str]]:
        """The oracle's three lists of a step, without the edits that nobody can see; a rename is both."""
        told = self.oracle[step]
        renamed = told.get("renamed", [])
        return {
            "new": set(told["added"]) | {one["to"] for one in renamed},
            "removed": set(told["removed"]) | {one["from"] for one in renamed},
            "edited": {key for key in told["modified"] if not self.is_noise(step, key)},
        }

    def is_noise(self, step: int, key: str) -> bool:
        """True when both versions look the same to everybody."""
        old, new = (self.versions[self.states[state][key]] for state in (step, step + 1))
        return _seen(old) == _seen(new)

    def _file(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


def _seen(value: Any) -> Any:
    """What a reader could tell apart: no runs of blanks, no empty values, nothing of who and when."""
    if isinstance(value, dict):
        parts = {name: _seen(part) for name, part in value.items() if name not in ("updated", "updated_by")}
        return {name: part for name, part in parts.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        return [_seen(part) for part in value]
    return " ".join(value.split()) if isinstance(value, str) else value


@dataclass(kw_only=True)
class Reading:
    """How the edits of a step read."""

    times: list[float] = field(default_factory=list)
    removed: int = 0
    added: int = 0
    hunks: int = 0

    def take(self, change: Change) -> None:
        """Compare the two versions of an edited entry and count."""
        old, new = (_fields(version.hash) for version in (change.old, change.new) if version)
        begun = time.perf_counter()
        diff = compare_fields(old, new)
        self.times.append((time.perf_counter() - begun) * 1000)
        for one in _texts(diff):
            self.removed += sum(len(op.text.split()) for op in one if op.kind == "delete")
            self.added += sum(len(op.text.split()) for op in one if op.kind == "insert")
            kinds = ["same", *(op.kind for op in one)]
            self.hunks += sum(before == "same" != here for before, here in pairwise(kinds))


def _fields(key: bytes) -> dict[str, Any]:
    content = orjson.loads(bytes(ContentBlob.objects.get(pk=bytes(key)).data))
    return {"title": content["title"], "url": content["url"], **content["fields"]}


def _texts(diff: EntryDiff) -> Iterator[list[Any]]:
    for each in diff.fields:
        yield from _ops(each)


def _ops(each: FieldDiff) -> Iterator[list[Any]]:
    if each.text:
        yield from ([*block.ops] for block in each.text.blocks)
    elif each.ops:
        yield [*each.ops]
    for item in each.blocks.items if each.blocks else ():
        for inner in item.fields:
            yield from _ops(inner)


def main() -> int:
    """Store all states, compare neighbours, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lists", action="store_true", help="print the ids")
    asked = parser.parse_args()
    history = History(folder=asked.folder)
    source = ContentSource.objects.create(site=scenes.make_site(), accepts_shrinking=True)
    for state in range(len(history.states)):
        with Spool() as spool:
            for entry in history.entries(state):
                spool.add(entry)
            store(source, spool, read_from=now(), read_to=now())
    print(f"{len(history.states)} states of {len(history.states[-1])} entries; {machine()}")
    differing = [
        step + 1 for step in range(len(history.states) - 1) if not _step(history, source, step, lists=asked.lists)
    ]
    print(f"DIFFERS from the oracle in step {differing}" if differing else "Every list equals the oracle.")
    return 1 if differing else 0


def _step(history: History, source: ContentSource, step: int, *, lists: bool) -> bool:
    """Print one step; True when its lists equal the oracle's."""
    moment = now()
    found = changes(source, Point(seq=step + 1, moment=moment), Point(seq=step + 2, moment=moment))
    ours = {kind: {change.key for change in found if change.kind == kind} for kind in KINDS}
    expected = history.expected(step)
    reading = Reading()
    for change in found:
        if change.kind == "edited":
            reading.take(change)
    sizes = ", ".join(f"{len(ours[kind])} {kind}" for kind in KINDS)
    noise = sum(history.is_noise(step, key) for key in history.oracle[step]["modified"])
    times = reading.times or [0.0]
    print(f"step {step + 1}: {sizes} ({noise} more are noise) {'equal' if ours == expected else 'DIFFERS'}")
    print(f"   {sum(times) / len(times):.1f} ms on average, {max(times):.1f} at worst; ", end="")
    print(f"{reading.removed} words out, {reading.added} in, {reading.hunks} hunks")
    for kind in KINDS:
        if lists:
            print(f"   {kind}: {' '.join(sorted(ours[kind])) or '-'}")
        if ours[kind] != expected[kind]:
            print(f"   {kind}: not expected {sorted(ours[kind] - expected[kind])}, ", end="")
            print(f"missing {sorted(expected[kind] - ours[kind])}")
    return ours == expected


if __name__ == "__main__":
    sys.exit(main())
