"""How long the word diff takes and how it reads, on real edits and on two texts made to be hard.

`python benchmarks/word_diff.py FOLDER` takes a folder with index.json, versions.json and snapshot-N.json. Peers, in the
same run: the plain word diff of rapidfuzz (the fewest words any method can mark) and that of Python's own difflib.
Times are the best of some runs, because others may use the machine; words and hunks do not depend on it. A word
is what stands between blanks within one op; a hunk is an unbroken run of changed tokens or ops.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rapidfuzz.distance import Indel

from deploys.content.diff import FieldKind, TextDiff, compare_text

AVERAGE_MS, WORST_MS = 8.0, 60.0
MORE_WORDS, OF_HUNKS = 1.05, 0.5
PATHOLOGICAL_SECONDS, PATHOLOGICAL_MB = 2.0, 400.0
WORDS = 50_000
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")

type Change = tuple[str, str]
type Method = Callable[[str, str], list[Change]]


@dataclass(frozen=True, kw_only=True)
class Result:
    """One method on all edits: words marked, hunks, milliseconds per edit."""

    name: str
    removed: int
    added: int
    hunks: int
    times: list[float]

    def line(self) -> str:
        """The line as it is printed."""
        average, worst = statistics.mean(self.times), max(self.times)
        return f"  {self.name:<24}{self.removed:>9}{self.added:>9}{self.hunks:>8}{average:>10.1f}{worst:>10.1f}"


def real_edits(folder: Path) -> list[tuple[str, str]]:
    """Old and new body of every entry whose body changed between neighbouring states."""
    versions = json.loads((folder / "versions.json").read_text(encoding="utf-8"))
    names = [state["file"] for state in json.loads((folder / "index.json").read_text(encoding="utf-8"))["snapshots"]]
    states = [json.loads((folder / name).read_text(encoding="utf-8"))["entries"] for name in names]
    bodies = (
        (versions[before[key]]["body"], versions[after[key]]["body"])
        for before, after in pairwise(states)
        for key in sorted(before.keys() & after.keys())
    )
    return [(old, new) for old, new in bodies if old != new]


def ours(old: str, new: str) -> TextDiff:
    """The product's comparison."""
    return compare_text(old, new, kind=FieldKind.MARKDOWN)


def as_changes(diff: TextDiff) -> list[Change]:
    """Ops as (kind, text); an empty text parts blocks."""
    return [pair for block in diff.blocks for pair in [*((op.kind, op.text) for op in block.ops), ("same", "")]]


def indel(old: str, new: str) -> list[Change]:
    """Plain word diff with rapidfuzz."""
    one, other = _TOKEN.findall(old), _TOKEN.findall(new)
    codes = (
        (code.tag, code.src_start, code.src_end, code.dest_start, code.dest_end) for code in Indel.opcodes(one, other)
    )
    return [*changes_of(codes, one, other)]


def stdlib(old: str, new: str) -> list[Change]:
    """Plain word diff with difflib as it comes."""
    one, other = _TOKEN.findall(old), _TOKEN.findall(new)
    return [*changes_of(SequenceMatcher(None, one, other).get_opcodes(), one, other)]


def changes_of(codes: Iterable[tuple[str, int, int, int, int]], old: list[str], new: list[str]) -> Iterable[Change]:
    """Opcodes as (kind, text)."""
    for tag, old_from, old_to, new_from, new_to in codes:
        if tag == "equal":
            yield "same", ""
            continue
        if old_to > old_from:
            yield "delete", "".join(old[old_from:old_to])
        if new_to > new_from:
            yield "insert", "".join(new[new_from:new_to])


def measure(
    name: str, compare: Callable[[str, str], object], told: Method, edits: list[tuple[str, str]], runs: int
) -> Result:
    """Run a method over all edits; `told` gives its changes, outside the time taken."""
    times, removed, added, hunks = [], 0, 0, 0
    for old, new in edits:
        best = min(_seconds(compare, old, new) for _ in range(runs))
        times.append(best * 1000)
        before = "same"
        for kind, text in told(old, new):
            removed += len(text.split()) if kind == "delete" else 0
            added += len(text.split()) if kind == "insert" else 0
            hunks += kind != "same" and before == "same"
            before = kind
    return Result(name=name, removed=removed, added=added, hunks=hunks, times=times)


def _seconds(compare: Callable[[str, str], object], old: str, new: str) -> float:
    start = time.perf_counter()
    compare(old, new)
    return time.perf_counter() - start


def pathological(name: str) -> tuple[str, str]:
    """50,000 words a side: none shared, or drawn from a vocabulary of 50."""
    if name == "all-different":
        old, new = ([f"{side}{number}" for number in range(WORDS)] for side in ("old", "new"))
    else:
        chance = random.Random(7)
        old, new = ([f"word{chance.randrange(50)}" for _ in range(WORDS)] for _ in range(2))
    return " ".join(old), " ".join(new)


def run_pathological(name: str, kind: str) -> None:
    """One hard pair in this process: prints seconds, MB at the highest, and what came out."""
    old, new = pathological(name)
    seconds, diff = 60.0, None
    for _ in range(3):
        start = time.perf_counter()
        diff = compare_text(old, new, kind=FieldKind(kind))
        seconds = min(seconds, time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([seconds, peak, diff.outcome if diff else "", diff.counts.hunks if diff else 0]))


def report_pathological() -> list[str]:
    """Each hard pair in a process of its own, for its memory; answers the targets missed."""
    missed = []
    for name in ("all-different", "small-vocabulary"):
        for kind in ("plain", "html"):
            command = [sys.executable, __file__, "--pathological", name, "--kind", kind]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            seconds, peak, outcome, hunks = json.loads(said)
            met = seconds <= PATHOLOGICAL_SECONDS and peak <= PATHOLOGICAL_MB
            missed += [] if met else [f"{name} as {kind}"]
            print(f"  {name:<17} {kind:<6}{seconds:>7.2f} s {peak:>6.0f} MB  outcome {outcome}, hunks {hunks}")
    return missed


def main() -> None:
    """Print the tables and say which targets were missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pathological", choices=("all-different", "small-vocabulary"))
    parser.add_argument("--kind", default="plain")
    asked = parser.parse_args()
    if asked.pathological:
        run_pathological(asked.pathological, asked.kind)
        return
    if asked.folder is None:
        parser.error("name a folder")
    edits = real_edits(asked.folder)
    print(f"Word diff of {len(edits)} real edits, Python {platform.python_version()}, best of {asked.runs} runs each")
    print(f"  {'method':<24}{'removed':>9}{'added':>9}{'hunks':>8}{'avg ms':>10}{'worst ms':>10}")
    mine = measure("buildhub", ours, lambda old, new: as_changes(ours(old, new)), edits, asked.runs)
    raw = measure("rapidfuzz words", indel, indel, edits, asked.runs)
    peer = measure("difflib words", stdlib, stdlib, edits, 1)
    for result in (mine, raw, peer):
        print(result.line())
    checks = {
        f"average {statistics.mean(mine.times):.1f} ms <= {AVERAGE_MS:.0f}": statistics.mean(mine.times) <= AVERAGE_MS,
        f"worst {max(mine.times):.1f} ms <= {WORST_MS:.0f}": max(mine.times) <= WORST_MS,
        f"removed words {mine.removed} <= {raw.removed * MORE_WORDS:.0f}": mine.removed <= raw.removed * MORE_WORDS,
        f"hunks {mine.hunks} < {raw.hunks * OF_HUNKS:.0f}": mine.hunks < raw.hunks * OF_HUNKS,
    }
    for words, met in checks.items():
        print(f"  {'met   ' if met else 'MISSED'} {words}")
    print(f"{WORDS:,} words a side, limits {PATHOLOGICAL_SECONDS:.0f} s and {PATHOLOGICAL_MB:.0f} MB")
    missed = report_pathological() + [words for words, met in checks.items() if not met]
    print(f"TARGET MISSED: {'; '.join(missed)}" if missed else "All targets met.")


if __name__ == "__main__":
    main()
