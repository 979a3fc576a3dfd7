"""The publish job: bring ``public/`` into a folder that a web server shows, in one atomic step.

Layout of the target: ``releases/<release>/`` are whole sites, ``current`` is a symbolic link to the one that
visitors see. A release is copied under a name of its own, gets its ``buildhub.json`` as the very last file,
and only then the link is replaced by rename, so visitors see the old site or the new one, never a mixture.
"""

from __future__ import annotations

import json
import re
import shutil
from datetime import datetime
from pathlib import Path

from .build import PUBLIC
from .content import now
from .report import BuildStopped, Problem, paced, progress, run, say
from .settings import Settings

KEPT_RELEASES = 5
UNFINISHED = ".unfinished-"


def main() -> None:
    settings = Settings.from_environment()
    try:
        release = publish(PUBLIC, settings.site_folder, build=settings.build, at=now(), pace=settings.pace)
    except OSError as error:
        detail = f"the folder of the {settings.environment} site refused: {error.strerror or error}"
        raise BuildStopped([Problem(kind="deploy_refused", detail=detail)]) from error
    say("publish", f"{settings.environment} shows release {release} (build {settings.build})")


def publish(site: Path, target: Path, *, build: str, at: datetime, pace: float = 0.0) -> str:
    """Make ``site`` the current release of ``target``; returns the release's name. Raises OSError."""
    releases = target / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    for leftover in releases.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    release = f"{at:%Y%m%dT%H%M%S%fZ}-{re.sub(r'[^A-Za-z0-9_-]+', '-', build)[:60]}"
    unfinished = releases / f"{UNFINISHED}{release}"
    copy(site, unfinished, pace)
    marker = {
        "build": build,
        "release": release,
        "published_at": at.isoformat(),
        "pages": sum(1 for _ in site.rglob("*.html")),
    }
    (unfinished / "buildhub.json").write_text(json.dumps(marker) + "\n", encoding="utf-8")
    unfinished.rename(releases / release)
    switch(target, release)
    prune(releases, keep=release)
    return release


def copy(site: Path, folder: Path, pace: float) -> None:
    """Copy the site file by file and say how far it is."""
    files = [file for file in sorted(site.rglob("*")) if file.is_file()]
    for number, file in enumerate(files, start=1):
        goal = folder / file.relative_to(site)
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, goal)
        progress("going_live", number, len(files))
        paced(pace, len(files))
    say("publish", f"{len(files)} files uploaded")


def switch(target: Path, release: str) -> None:
    """Point ``current`` at a release that is complete; one rename, so there is no moment in between."""
    fresh = target / ".current-next"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path("releases") / release)
    fresh.replace(target / "current")


def prune(releases: Path, *, keep: str) -> None:
    """Keep the newest releases and the one that is shown; names begin with their time and sort by it."""
    finished = sorted(folder for folder in releases.iterdir() if not folder.name.startswith("."))
    for folder in finished[:-KEPT_RELEASES]:
        if folder.name != keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    run("publish", main)
