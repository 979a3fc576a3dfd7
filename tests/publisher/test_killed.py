"""kill -9 at random moments, then the same command again: the site equals the release, and nothing else is touched."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher import publish, status, verify
from tests.publisher.conftest import new_bucket
from tests.publisher.hosts import BucketHost, FolderHost, Site, next_build, small_site
from tests.publisher.proxy import Proxy

MOMENTS = 7
ROOT = Path(__file__).resolve().parents[2]


def command(host: BucketHost | FolderHost, endpoint: str, *words: str) -> list[str]:
    """The command line, with a short lease so that a retry need not wait long."""
    there = ["--endpoint", endpoint] if endpoint else []
    options = ["--lease", "1.5", "--wait", "30", "--threads", "4", *there]
    return [sys.executable, "-m", "publisher", words[0], *words[1:], *options]


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """To its end."""
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=60)


def kill_after(arguments: list[str], seconds: float) -> None:
    """Start it and end it without a warning."""
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.kill()


def usual_time(arguments: list[str]) -> float:
    """How long the whole command takes here and now."""
    started = time.monotonic()
    done = run(arguments)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - started


@pytest.mark.process
@pytest.mark.parametrize("kind", ["folder", "seaweedfs", "moto"])
def test_a_killed_publish_is_finished_by_the_next(kind: str, server: Callable[[str], str], tmp_path: Path) -> None:
    """Publishes and bring backs by turns, each killed somewhere and then repeated."""
    seed = int(os.environ.get("PUBLISHER_KILL_SEED", str(random.randrange(10**6))))
    chance = random.Random(seed)
    host = FolderHost(tmp_path / "target") if kind == "folder" else new_bucket(server(kind))
    proxy = Proxy(host.url, delay=0.02) if isinstance(host, BucketHost) else None
    try:
        _kill_and_repeat(host, proxy.url if proxy else "", small_site(tmp_path / "dist", pages=40), chance)
    except AssertionError as error:
        raise AssertionError(f"with PUBLISHER_KILL_SEED={seed}") from error
    finally:
        if proxy:
            proxy.close()


def _kill_and_repeat(host: BucketHost | FolderHost, endpoint: str, site: Site, chance: random.Random) -> None:
    foreign = {"previews/1/index.html": b"preview"} if isinstance(host, BucketHost) else {}
    for path, body in foreign.items():
        host.write_by_hand(path, body)
    builds = {"r0": site, "r1": next_build(site)}
    publish(builds["r0"].write(), host.target, release="r0", options=host.options)
    usual = usual_time(command(host, endpoint, "publish", str(builds["r1"].write()), host.target, "--release", "r1"))
    for moment in range(MOMENTS):
        if moment % 2:
            release = chance.choice(sorted(builds))
            arguments = command(host, endpoint, "bring-back", host.target, release, "--anyway")
        else:
            release = f"k{moment}"
            latest = next_build(Site(site.folder, dict(site.files)))
            latest.files["turn.txt"] = release.encode()
            builds[release] = latest
            arguments = command(host, endpoint, "publish", str(latest.write()), host.target, "--release", release)
        kill_after(arguments, chance.uniform(0.15, usual))
        done = run(arguments)
        assert done.returncode == 0, done.stderr
        served = host.served()
        expected = builds[release].files
        left = {path for path in served if path not in expected and not path.startswith("_astro/")}
        assert {path: served.get(path) for path in expected} == expected
        assert left == set(foreign)
        assert all(served[path] == body for path, body in foreign.items())
        state = status(host.target, options=host.options)
        assert (state.release, state.unfinished, state.busy_with) == (release, "", "")
        assert verify(host.target, options=host.options).is_as_published


@pytest.mark.process
def test_another_build_after_a_killed_one_is_complete(server: Callable[[str], str], tmp_path: Path) -> None:
    """What the killed run left half done is found and overwritten, whatever comes next."""
    host = new_bucket(server("seaweedfs"))
    proxy = Proxy(host.url, delay=0.03)
    site = small_site(tmp_path / "dist", pages=40)
    publish(site.write(), host.target, release="r1", options=host.options)
    killed = Site(tmp_path / "killed", {**next_build(site).files, "only-there.txt": b"1"})
    arguments = command(host, proxy.url, "publish", str(killed.write()), host.target, "--release", "r2")
    for seconds in (0.3, 0.5, 0.7):
        kill_after(arguments, seconds)
    proxy.close()
    site.files["page-3/index.html"] = b"the third"
    result = publish(site.write(), host.target, release="r3", options=host.options)
    served = host.served()
    assert {path: body for path, body in served.items() if not path.startswith("_astro/")} == {
        path: body for path, body in site.files.items() if not path.startswith("_astro/")
    }
    assert result.finished_earlier_run in ("r2", "")
    assert verify(host.target, options=host.options).is_as_published
