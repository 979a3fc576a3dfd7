"""Everybody in turn, on the same builds, in the same minutes."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import _publish_peers
from _publish_line import Line
from _publish_site import Site
from _publish_stage import Run, Stage

DELAY = 0.02
OURS = [sys.executable, "-m", "publisher"]


@dataclass
class Contestant:
    """A program, its bucket, and its runs by scenario."""

    peer: _publish_peers.Peer
    bucket: str
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def middle(self, scenario: str) -> float:
        """The median wall time."""
        return statistics.median(run.wall for run in self.runs[scenario])

    def cpu(self, scenario: str) -> float:
        """The median of processor seconds."""
        return statistics.median(run.cpu for run in self.runs[scenario])

    def measure(
        self, scenario: str, stage: Stage, folder: Path, build: dict[str, str], *, delay: float | None = None
    ) -> None:
        """One run, checked afterwards."""
        self.measure_command(scenario, stage, build, delay, lambda url: self.peer.command(folder, self.bucket, url))

    def measure_command(
        self, scenario: str, stage: Stage, build: dict[str, str], delay: float | None, command: _publish_peers.At
    ) -> None:
        """The same for any command; a delay goes with a line that counts requests."""
        if delay is None:
            seen, requests = stage.run(command(stage.url)), {}
        else:
            line = Line(int(stage.url.rpartition(":")[2]), delay)
            try:
                seen = stage.run(command(line.url))
            finally:
                requests = line.close()
        run = replace(seen, wrong=stage.wrong(self.bucket, build), requests=requests)
        self.runs.setdefault(scenario, []).append(run)

    def line(self, scenario: str, base: float) -> str:
        """One line of a table."""
        runs = self.runs[scenario]
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(runs[-1].requests.items()))
        spread = f"({min(run.wall for run in runs):.2f}-{max(run.wall for run in runs):.2f})"
        middle = self.middle(scenario)
        share = f"1/{base / middle:.1f}" if base else "-"
        return (
            f"  {self.peer.name:<26}{middle:>8.2f} s {spread:<15} {share:<9}"
            f"{self.cpu(scenario):>7.2f}{max(run.memory for run in runs):>8.0f}"
            f"{max(run.wrong for run in runs):>7}  {counts}"
        )


def everybody(stage: Stage, name: str, words: list[str]) -> list[Contestant]:
    """Ourselves and the peers that are here, each with a fresh bucket. words: of their names, none for all."""
    ours, *peers = _publish_peers.found()
    chosen = [peer for peer in peers if not words or any(word in peer.name for word in words)]
    contestants = [Contestant(peer, f"{name}-{number}") for number, peer in enumerate([ours, *chosen])]
    for one in contestants:
        stage.client.create_bucket(Bucket=one.bucket)
    return contestants


def contest(stage: Stage, site: Site, rounds: int, words: list[str]) -> list[Contestant]:
    """All scenarios. Ours brings the build before back, and this one again, in the minutes of the same round."""
    contestants = everybody(stage, "peer", words)
    build = site.digests()
    far = everybody(stage, "far", words)
    for one in contestants:
        one.measure("first upload", stage, site.folder, build)
    for one, other in zip(contestants, far, strict=True):
        other.measure("first upload, +20 ms", stage, site.folder, build, delay=DELAY)
        one.runs |= other.runs
    for number in range(rounds):
        before, build = build, _edited(site)
        for one in contestants:
            one.measure("redeploy", stage, site.folder, build)
        _to_and_fro("bring back", stage, contestants[0], before, build, None)
        site.touch()
        for one in contestants:
            one.measure("nothing changed", stage, site.folder, build)
        if number and number == rounds - 1:
            continue
        before, build = build, _edited(site)
        for one in contestants:
            one.measure("redeploy, +20 ms", stage, site.folder, build, delay=DELAY)
        _to_and_fro("bring back, +20 ms", stage, contestants[0], before, build, DELAY)
        site.touch()
        for one in contestants:
            one.measure("nothing changed, +20 ms", stage, site.folder, build, delay=DELAY)
    return contestants


def _edited(site: Site) -> dict[str, str]:
    site.edit()
    return site.digests()


def _to_and_fro(
    scenario: str,
    stage: Stage,
    ours: Contestant,
    before: dict[str, str],
    now: dict[str, str],
    delay: float | None,
) -> None:
    """Back to the release before and to this one again: two bring backs, and then everything is as it was."""
    latest, earlier = [one["id"] for one in releases(stage, ours.bucket)[:2]]
    for release, build in ((earlier, before), (latest, now)):
        ours.measure_command(
            scenario,
            stage,
            build,
            delay,
            lambda url, release=release: bring_back_command(ours.bucket, release, url),
        )


def bring_back_command(bucket: str, release: str, url: str) -> list[str]:
    """To this release of the bucket."""
    return [*OURS, "bring-back", f"s3://{bucket}", release, "--endpoint", url]


def releases(stage: Stage, bucket: str) -> list[dict[str, str]]:
    """The kept releases of a bucket, newest first."""
    return list(stage.read_json([*OURS, "list", f"s3://{bucket}", "--endpoint", stage.url, "--json"])["releases"])
