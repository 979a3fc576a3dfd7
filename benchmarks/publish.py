"""How long publishing takes, beside the tools that people use for it: same site, same server, same minutes.

`PEERS=/folder/with/programs python benchmarks/publish.py [--rounds 3] [--pages 10000] [--peers WORDS] [--large]`. The
server is SeaweedFS; every program runs as its own process, its start included. Between two builds all file times are
new and few contents differ, mostly at the same size. After each run the bucket is compared with the build, by hash.
Times are medians; on a machine that others use, trust the ratios. CPU is what the program itself spent.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import _publish_peers
from _figure import Figure
from _publish_line import Line
from _publish_site import DIFFER, Site

sys.path.insert(0, str(_publish_peers.ROOT))

import boto3
from botocore.config import Config

from tests.publisher import servers

DELAY = 0.02


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of one program: seconds, processor seconds, the largest resident memory in MB, files left wrong."""

    wall: float
    cpu: float
    memory: float
    wrong: int = 0
    requests: dict[str, int] = field(default_factory=dict)


class Stage:
    """The server, and what every program finds in its environment."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": servers.KEY,
            "AWS_SECRET_ACCESS_KEY": servers.SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": str(_publish_peers.ROOT),
        }
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=servers.KEY,
            aws_secret_access_key=servers.SECRET,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 20}),
        )

    def run(self, command: list[str]) -> Run:
        """To its end; a program that fails ends the benchmark."""
        log = self.folder / "log"
        with log.open("wb") as output:
            started = time.monotonic()
            process = subprocess.Popen(command, env=self.environment, stdout=output, stderr=output, cwd=self.folder)
            memory, pid = 0.0, 0
            while not pid:
                memory = max(memory, _largest_memory(process.pid))
                time.sleep(0.005)
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {log.read_text()[-2000:]}")
        return Run(wall=wall, cpu=usage.ru_utime + usage.ru_stime, memory=memory)

    def wrong(self, bucket: str, site: Site) -> int:
        """Files that are missing, stale or too many; hashed assets of earlier builds may stay."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        there = {one["Key"]: one["ETag"].strip('"') for page in pages for one in page.get("Contents", [])}
        expected = {path: hashlib.md5(file.read_bytes()).hexdigest() for path, file in site.files().items()}
        extra = [key for key in there if key not in expected and not key.startswith((".releases/", "_astro/"))]
        return len(extra) + sum(there.get(path) != digest for path, digest in expected.items())


def _largest_memory(pid: int) -> float:
    """The most memory that a process has had so far, in MB; what wait4 says counts ours, before it began, as well."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found.group(1)) / 1024 if found else 0.0


@contextmanager
def staged() -> Iterator[Stage]:
    """A server of its own, gone afterwards."""
    url, stop = servers.start_seaweedfs()
    try:
        with tempfile.TemporaryDirectory(prefix="publish-bench-") as folder:
            yield Stage(url, Path(folder))
    finally:
        stop()


@dataclass
class Contestant:
    """A program, its bucket, and its runs by scenario."""

    peer: _publish_peers.Peer
    bucket: str
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def middle(self, scenario: str) -> float:
        """The median wall time."""
        return statistics.median(run.wall for run in self.runs[scenario])

    def measure(self, scenario: str, stage: Stage, site: Site, *, delay: float | None = None) -> None:
        """One run, checked afterwards."""
        command = self.peer.command(site.folder, self.bucket, stage.url)
        if delay is not None:  # hugo keeps the address in a file, so it is told there
            line = Line(int(stage.url.rpartition(":")[2]), delay)
            try:
                seen = stage.run(self.peer.command(site.folder, self.bucket, line.url))
            finally:
                requests = line.close()
        else:
            seen, requests = stage.run(command), {}
        wrong = stage.wrong(self.bucket, site)
        run = Run(wall=seen.wall, cpu=seen.cpu, memory=seen.memory, wrong=wrong, requests=requests)
        self.runs.setdefault(scenario, []).append(run)

    def line(self, scenario: str, base: float) -> str:
        """One line of a table."""
        runs = self.runs[scenario]
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(runs[-1].requests.items()))
        spread = f"({min(run.wall for run in runs):.2f}-{max(run.wall for run in runs):.2f})"
        middle = self.middle(scenario)
        return (
            f"  {self.peer.name:<26}{middle:>8.2f} s {spread:<15} 1/{base / middle:<7.1f}"
            f"{statistics.median(run.cpu for run in runs):>7.2f}{max(run.memory for run in runs):>8.0f}"
            f"{max(run.wrong for run in runs):>7}  {counts}"
        )


def contest(stage: Stage, site: Site, rounds: int, words: list[str]) -> list[Contestant]:
    """Everybody in turn, in each scenario, on the same build."""
    everybody = []
    ours, *peers = _publish_peers.found()
    peers = [peer for peer in peers if not words or any(word in peer.name for word in words)]
    for number, peer in enumerate([ours, *peers]):
        bucket = f"peer-{number}"
        stage.client.create_bucket(Bucket=bucket)
        everybody.append(Contestant(peer, bucket))
    for one in everybody:
        one.measure("first upload", stage, site)
    for _ in range(rounds):
        site.edit()
        for one in everybody:
            one.measure("redeploy", stage, site)
        site.touch()
        for one in everybody:
            one.measure("nothing changed", stage, site)
    for _ in range(max(1, rounds - 1)):
        site.edit()
        for one in everybody:
            one.measure("redeploy, +20 ms", stage, site, delay=DELAY)
        site.touch()
        for one in everybody:
            one.measure("nothing changed, +20 ms", stage, site, delay=DELAY)
    return everybody


def best_correct(everybody: list[Contestant], scenario: str) -> float:
    """The quickest peer that left nothing stale."""
    peers = [one for one in everybody[1:] if one.peer.correct]
    return min((one.middle(scenario) for one in peers), default=float("nan"))


def bring_back(stage: Stage, site: Site, ours: Contestant) -> tuple[Run, int]:
    """After a redeploy, back to the release before it; returns the run and how many files differ from that build."""
    release = subprocess.run(
        [sys.executable, "-m", "publisher", "list", f"s3://{ours.bucket}", "--endpoint", stage.url, "--json"],
        env=stage.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    before = json.loads(release.stdout)["releases"][0]["id"]
    old = {path: hashlib.md5(file.read_bytes()).hexdigest() for path, file in site.files().items()}
    site.edit()
    ours.measure("redeploy before", stage, site)
    command = [sys.executable, "-m", "publisher", "bring-back", f"s3://{ours.bucket}", before, "--endpoint", stage.url]
    seen = stage.run(command)
    pages = stage.client.get_paginator("list_objects_v2").paginate(Bucket=ours.bucket)
    there = {one["Key"]: one["ETag"].strip('"') for page in pages for one in page.get("Contents", [])}
    extra = [key for key in there if key not in old and not key.startswith((".releases/", "_astro/"))]
    return seen, len(extra) + sum(there.get(path) != digest for path, digest in old.items())


def main() -> None:
    """Measure, print the tables, then the figures beside their targets."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--pages", type=int, default=10_000)
    arguments.add_argument("--peers", default="", help="only peers whose name has one of these words, with commas")
    arguments.add_argument("--large", action="store_true", help="also a site of 100,000 files")
    chosen = arguments.parse_args()
    with staged() as stage:
        site = Site(stage.folder / "dist", chosen.pages)
        files = site.files()
        size = sum(file.stat().st_size for file in files.values()) / 1e6
        print(f"Publishing {len(files)} files, {size:.0f} MB, of which {DIFFER} differ between two builds")
        everybody = contest(stage, site, chosen.rounds, [word for word in chosen.peers.split(",") if word])
        back, wrong = bring_back(stage, site, everybody[0])
        figures = _figures(everybody, back, wrong)
        figures += small_site(stage)
        if chosen.large:
            figures += large_site(stage)
    for scenario in everybody[0].runs:
        compared = [one for one in everybody if scenario in one.runs]
        base = next((one.middle(scenario) for one in compared if one.peer.name == "aws s3 sync"), 0.0)
        print(f"{scenario}: median (range), of aws s3 sync, CPU s, MB, files left wrong, requests")
        print("\n".join(one.line(scenario, base) for one in compared))
    print(f"load average now: {' '.join(f'{one:.2f}' for one in os.getloadavg())}")
    print("\n".join(figure.line() for figure in figures))


def _figures(everybody: list[Contestant], back: Run, wrong: int) -> list[Figure]:
    ours = everybody[0]
    aws = next((one for one in everybody if one.peer.name == "aws s3 sync"), None)
    slow, same = ours.runs["redeploy, +20 ms"], ours.runs["nothing changed, +20 ms"]
    memory = max(run.memory for runs in ours.runs.values() for run in runs)
    figures = [
        Figure(name="requests of a redeploy", value=sum(slow[-1].requests.values()), unit="", most=2 * DIFFER + 8),
        Figure(name="requests when nothing changed", value=sum(same[-1].requests.values()), unit="", most=2),
        Figure(
            name="files left wrong", value=max(r.wrong for runs in ours.runs.values() for r in runs), unit="", most=0
        ),
        Figure(name="peak memory", value=memory, unit="MB", most=150),
        Figure(name="bring back, of the redeploy", value=back.wall / ours.middle("redeploy"), unit="x", most=1.0),
        Figure(name="bring back, files left wrong", value=wrong, unit="", most=0),
        Figure(name="bring back, seconds", value=back.wall, unit="s"),
    ]
    if aws:
        times = aws.middle("redeploy")
        figures.append(
            Figure(name="redeploy, faster than aws s3 sync", value=times / ours.middle("redeploy"), unit="x", least=35)
        )
        figures.append(
            Figure(name="bring back, faster than syncing the old build", value=times / back.wall, unit="x", least=50)
        )
    if any(one.peer.correct for one in everybody[1:]):
        for scenario, most in (("redeploy", 0.6), ("nothing changed", 0.5), ("first upload", 0.7)):
            share = ours.middle(scenario) / best_correct(everybody, scenario)
            figures.append(Figure(name=f"{scenario}, of the best correct peer", value=share, unit="x", most=most))
    return figures


def small_site(stage: Stage) -> list[Figure]:
    """384 files: here the start of the program decides."""
    site = Site(stage.folder / "small", 300, assets=40, pictures=38)
    stage.client.create_bucket(Bucket="small")
    one = Contestant(_publish_peers.found()[0], "small")
    one.measure("first upload", stage, site)
    for _ in range(5):
        site.edit()
        one.measure("redeploy", stage, site)
    return [Figure(name="small site, redeploy", value=one.middle("redeploy"), unit="s", most=0.6)]


def large_site(stage: Stage) -> list[Figure]:
    """100,000 files: cost grows with the files, memory stays."""
    site = Site(stage.folder / "large", 97_494)
    stage.client.create_bucket(Bucket="large")
    one = Contestant(_publish_peers.found()[0], "large")
    one.measure("first upload", stage, site)
    site.edit()
    one.measure("redeploy", stage, site)
    return [
        Figure(name=f"100,000 files, {name}", value=getattr(one.runs[name][0], what), unit=unit, most=most)
        for name, what, unit, most in (
            ("first upload", "wall", "s", None),
            ("first upload", "memory", "MB", 400),
            ("redeploy", "wall", "s", None),
            ("redeploy", "memory", "MB", 400),
        )
    ]


if __name__ == "__main__":
    main()
