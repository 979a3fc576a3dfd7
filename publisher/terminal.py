"""What people read: one moving line on a terminal, plain lines in a log, and each result in words."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TextIO

from publisher.results import Plan, Progress, Pruned, Published, Releases, Status, Verified

_PAUSE = 0.1
_LOG_PAUSE = 10.0
_SHOWN = 20


class Screen:
    """Shows progress: on a terminal in place; in a log one line for each stage, and one now and then in a long one."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._moves = stream.isatty()
        self._stage = ""
        self._next = 0.0

    def show(self, progress: Progress) -> None:
        """Take note of how far it is; called often, writes seldom."""
        now = time.monotonic()
        fresh = progress.stage != self._stage
        if self._quiet or (not fresh and now < self._next):
            return
        self._stage = progress.stage
        self._next = now + (_PAUSE if self._moves else _LOG_PAUSE)
        count = f" {progress.done}/{progress.total}" if progress.total and (self._moves or not fresh) else ""
        self._stream.write(f"\r\x1b[2K{progress.stage}{count}" if self._moves else f"{progress.stage}{count}\n")
        self._stream.flush()

    def end(self) -> None:
        """Leave a clean line behind."""
        if self._moves and self._stage:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()


@functools.singledispatch
def lines_of(result: object) -> list[str]:
    """A result in words."""
    raise TypeError(f"no words for {result!r}")


@lines_of.register
def _(result: Published) -> list[str]:
    if result.was_live:
        return [f"Nothing to publish: release {result.release} shows exactly this ({result.files} files)."]
    lines = [
        f"Release {result.release} is live: {result.files} files, {result.pages} pages, {_bytes(result.size)}.",
        f"{_counts(result)}; {_bytes(result.sent_bytes)} sent in {result.seconds:.1f} s.",
    ]
    if result.finished_earlier_run:
        lines.append(f"An earlier run ({result.finished_earlier_run}) had not finished; this one made up for it.")
    if result.invalidation.paths:
        done = "done" if result.invalidation.completed else "asked for, not seen to be done yet"
        lines.append(
            f"CDN: {len(result.invalidation.paths)} paths dropped ({done}), "
            f"{result.invalidation.paths_this_month} this month."
        )
    if result.unknown:
        lines.append(f"{len(result.unknown)} files on the target are of no release; they were left alone.")
    return [*lines, *result.warnings]


@lines_of.register
def _(result: Plan) -> list[str]:
    if result.changes_nothing:
        return [f"Nothing to publish: release {result.base} shows exactly this."]
    lines = [
        f"Against {result.base or 'an empty target'}: {_counts(result)}; {result.unchanged} files stay as they are."
    ]
    for words, paths in (("add", result.added), ("change", result.changed), ("remove", result.removed)):
        lines += _some(words, paths)
    if result.held_back:
        lines.append(f"This would be held back: {result.held_back}")
    return lines


@lines_of.register
def _(result: Verified) -> list[str]:
    unknown = f" {len(result.unknown)} files are of no release." if result.unknown else ""
    if result.is_as_published:
        return [f"The target shows release {result.release}: {result.checked} files as published.{unknown}"]
    lines = [f"The target does not show release {result.release} as it was published.{unknown}"]
    for words, paths in (
        ("missing", result.missing),
        ("changed", result.changed),
        ("other headers", result.headers_changed),
    ):
        lines += _some(words, paths)
    return [*lines, "Publish again with --verify to put it right."]


@lines_of.register
def _(result: Status) -> list[str]:
    if not result.release:
        lines = ["Nothing was published here yet."]
    else:
        lines = [f"Release {result.release} is live since {_time(result.at)}: {result.files} files."]
    if result.busy_with:
        lines.append(f"A run is under way: {result.busy_with}.")
    elif result.unfinished:
        lines.append("The last run did not finish. Publish again, and it is made up for.")
    if result.public_records:
        lines.append("Visitors can read .releases/: deny it to the distribution, see docs/publishing.md.")
    if result.conditional_writes is False:
        lines.append("The host has no conditional writes: let only one run at a time publish here.")
    return lines


@lines_of.register
def _(result: Releases) -> list[str]:
    if not result.releases:
        return ["No release is kept here."]
    lines = [
        f"{'*' if one.live else ' '} {one.id:<28} {_time(one.at)}  {one.files:>7} files  {_bytes(one.size):>9}"
        for one in result.releases
    ]
    return [*lines, f"Keeping them takes {_bytes(result.storage)} beside the site itself."]


@lines_of.register
def _(result: Pruned) -> list[str]:
    return [f"{len(result.releases)} releases given up, {len(result.kept)} kept, {_bytes(result.freed_bytes)} freed."]


def _counts(result: Published | Plan) -> str:
    parts = [
        f"{len(result.added)} added",
        f"{len(result.changed)} changed",
        f"{len(result.headers_changed)} with new headers",
        f"{len(result.removed)} removed",
    ]
    return ", ".join(part for part in parts if not part.startswith("0 ")) or "no file changed"


def _some(words: str, paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths[:_SHOWN]:
        yield f"  {words}: {path}"
    if len(paths) > _SHOWN:
        yield f"  {words}: {len(paths) - _SHOWN} more"


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _bytes(size: int) -> str:
    amount = float(size)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
