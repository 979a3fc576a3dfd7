"""What is not about time: is any page broken at any moment, and do other tools find anything left to do?"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import _publish_peers
from _figure import Figure
from _publish_contest import Contestant, bring_back_command, everybody, releases
from _publish_line import Line
from _publish_site import Site
from _publish_stage import Stage

from tests.publisher.prober import Prober, of_bucket

# So long that every page is asked several times between two requests of the quickest publisher.
HELD_BACK = 0.2
PAGES = 150


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What visitors met while a program worked. broken: pages; stale: files that are wrong at the end."""

    name: str
    pages: int
    asked: int
    broken: int
    stale: int
    example: str

    def line(self) -> str:
        """One line of a table."""
        return (
            f"  {self.name:<26}{self.broken:>4} of {self.pages} pages broken, {self.stale:>3} files left wrong; "
            f"asked {self.asked} times  {self.example}"
        ).rstrip()


def probed(stage: Stage, words: list[str]) -> tuple[list[Seen], list[Figure]]:
    """A redeploy by everybody, and a bring back, while all pages and the assets that they name are asked for."""
    site = Site(stage.folder / "probed", PAGES, assets=60, pictures=40)
    contestants = everybody(stage, "probed", words)
    before = site.digests()
    for one in contestants:
        one.measure("first upload", stage, site.folder, before)
    pages = site.staying
    site.edit()
    build = site.digests()
    seen = []
    for one in contestants:
        there = one.peer.command
        seen.append(_watched(stage, one, pages, build, lambda url, one=one, go=there: go(site.folder, one.bucket, url)))
    ours = contestants[0]
    agreed = agreement(stage, ours.bucket, site.folder)
    release = releases(stage, ours.bucket)[1]["id"]
    back = _watched(stage, ours, pages, before, lambda url: bring_back_command(ours.bucket, release, url))
    seen.append(Seen(**{**vars(back), "name": "publisher, bring back"}))
    figures = [
        Figure(name="pages broken at any moment", value=max(seen[0].broken, back.broken), unit="", most=0),
        Figure(name="files wrong after that", value=max(seen[0].stale, back.stale), unit="", most=0),
    ]
    if agreed is not None:
        figures.append(Figure(name="what other tools would still do", value=agreed, unit="", most=0))
    return seen, figures


def _watched(
    stage: Stage, one: Contestant, pages: list[str], build: dict[str, str], command: _publish_peers.At
) -> Seen:
    fetch, close = of_bucket(stage.url, one.bucket)
    line = Line(int(stage.url.rpartition(":")[2]), HELD_BACK)
    try:
        with Prober(fetch, pages) as prober:
            stage.run(command(line.url))
    finally:
        line.close()
        close()
    return Seen(
        name=one.peer.name,
        pages=len(pages),
        asked=prober.asked,
        broken=len(prober.broken),
        stale=stage.wrong(one.bucket, build),
        example=next((f"{page} {what}" for page, what in sorted(prober.broken.items())), ""),
    )


def agreement(stage: Stage, bucket: str, folder: Path) -> int | None:
    """How many files rclone check and aws s3 sync would touch; None when neither is here.

    Hashed assets that stay for open tabs are left out by name, as they are meant to be there.
    """
    staying = [key for key in stage.listed(bucket) if key.startswith("_astro/") and not (folder / key).exists()]
    found = None
    if rclone := _publish_peers.program("rclone"):
        command = [rclone, "check", str(folder), _publish_peers.rclone_bucket(bucket, stage.url)]
        command += ["--config", os.devnull, "--combined", "-", "--exclude", "/.releases/**"]
        for key in staying:
            command += ["--exclude", f"/{key}"]
        found = sum(not line.startswith("= ") for line in _lines(stage, command, (0, 1)))
    if aws := _publish_peers.program("aws"):
        command = [aws, "--endpoint-url", stage.url, "s3", "sync", str(folder), f"s3://{bucket}", "--dryrun"]
        command += ["--size-only", "--delete", "--exclude", ".releases/*"]
        for key in staying:
            command += ["--exclude", key]
        found = (found or 0) + len(_lines(stage, command, (0,)))
    return found


def _lines(stage: Stage, command: list[str], codes: tuple[int, ...]) -> list[str]:
    done = subprocess.run(command, env=stage.environment, capture_output=True, text=True)
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout.splitlines()
