"""kill -9 at random moments, then the same command again: the site equals the release, and nothing else is touched."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from publisher import publish, read_report, status, verify
from publisher.cdn import addresses
from publisher.rules import Rules
from tests.publisher import servers
from tests.publisher.conftest import new_bucket
from tests.publisher.hosts import BucketHost, Cdn, FolderHost, Site, next_build, small_site
from tests.publisher.proxy import Proxy

# A number that CI has time for; more are for whoever changes the order of things.
MOMENTS = int(os.environ.get("PUBLISHER_KILL_MOMENTS", "6"))
# Hashed ones stay for a while, so they may be there already.
ASSETS = {"_astro/site.Bx3f9A2c.css", "_astro/site.Cy4g0B3d.css"}
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
def test_a_killed_publish_is_finished_by_the_next(
    kind: str, server: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publishes and bring backs by turns, each killed somewhere and then repeated."""
    seed = int(os.environ.get("PUBLISHER_KILL_SEED", str(random.randrange(10**6))))
    host = FolderHost(tmp_path / "target") if kind == "folder" else new_bucket(server(kind))
    proxy = Proxy(host.url, delay=0.02) if isinstance(host, BucketHost) else None
    cdn = None
    if isinstance(host, BucketHost) and servers.ministack_program() is not None:
        cdn = Cdn(host, server("ministack"))
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFRONT", cdn.url)
    scene = Scene(host, proxy.url if proxy else "", cdn, small_site(tmp_path / "dist", pages=40), random.Random(seed))
    try:
        scene.begin()
        for moment in range(MOMENTS):
            scene.kill_and_repeat(moment)
    except AssertionError as error:
        raise AssertionError(f"with PUBLISHER_KILL_SEED={seed}") from error
    finally:
        if proxy:
            proxy.close()


@dataclass
class Scene:
    """A host with a site, and what is known of both."""

    host: BucketHost | FolderHost
    endpoint: str
    cdn: Cdn | None
    site: Site
    chance: random.Random
    builds: dict[str, dict[str, bytes]] = field(default_factory=dict)
    live: str = "r1"
    usual: float = 0.0

    def begin(self) -> None:
        """Two releases, and files of others beside them."""
        if isinstance(self.host, BucketHost):
            self.host.write_by_hand("previews/1/index.html", b"preview")
        later = next_build(self.site)
        self.builds = {"r0": self.site.files, "r1": later.files}
        publish(self.site.write(), self.host.target, release="r0", options=self.host.options)
        self.usual = usual_time(self.command("publish", str(later.write()), self.host.target, "--release", "r1"))
        if isinstance(self.host, FolderHost):
            (self.host.root / "notes-of-others").write_bytes(b"notes")

    def command(self, *words: str) -> list[str]:
        """With the distribution, where there is one."""
        in_front = ["--distribution", self.cdn.distribution] if self.cdn else []
        return command(self.host, self.endpoint, *words, *in_front)

    def kill_and_repeat(self, moment: int) -> None:
        """One command, killed somewhere, then the same again, and everything is as it should be."""
        if moment % 2:
            release = self.chance.choice(sorted(self.builds))
            arguments = self.command("bring-back", self.host.target, release, "--anyway")
        else:
            release = f"k{moment}"
            latest = next_build(Site(self.site.folder, dict(self.site.files)))
            latest.files["turn.txt"] = release.encode()
            self.builds[release] = latest.files
            arguments = self.command("publish", str(latest.write()), self.host.target, "--release", release)
        asked_before = len(self.cdn.asked()) if self.cdn else 0
        kill_after(arguments, self.chance.uniform(0.05, self.usual))
        done = run(arguments)
        assert done.returncode == 0, done.stderr
        self.check_files(release)
        if not moment % 2:
            self.check_report(release)
        if self.cdn:
            self.check_caches(release, {path for paths in self.cdn.asked()[asked_before:] for path in paths})
        self.live = release

    def check_files(self, release: str) -> None:
        """The release byte for byte, hashed assets that may stay, what belongs to others, and nothing else."""
        served = self.host.served()
        expected = self.builds[release]
        assert {path: served.get(path) for path in expected} == expected
        left = {path: body for path, body in served.items() if path not in expected and not path.startswith("_astro/")}
        if isinstance(self.host, BucketHost):
            assert left == {"previews/1/index.html": b"preview"}
        else:
            assert left == {}
            assert (self.host.root / "notes-of-others").read_bytes() == b"notes"
        state = status(self.host.target, options=self.host.options)
        assert (state.release, state.unfinished, state.busy_with) == (release, "", "")
        assert verify(self.host.target, options=self.host.options).is_as_published

    def check_report(self, release: str) -> None:
        """It counts the release against the one before, whatever part the killed run had done."""
        before, after = self.builds[self.live], self.builds[release]
        report = read_report(self.host.target, release, options=self.host.options)
        assert report is not None
        told = report.published
        assert told is not None
        assert told.base == self.live
        assert set(told.changed) == {path for path in before.keys() & after.keys() if before[path] != after[path]}
        assert {path for path in told.added if "_astro/" not in path} == after.keys() - before.keys() - ASSETS
        assert {path for path in told.removed if "_astro/" not in path} == before.keys() - after.keys() - ASSETS

    def check_caches(self, release: str, asked: set[str]) -> None:
        """Whatever was replaced or deleted since the release before was dropped by the CDN, by whichever run."""
        before, after = self.builds[self.live], self.builds[release]
        stale = {path for path in before if after.get(path) != before[path] and not Rules().is_hashed(path)}
        owed = {quote(address) for path in stale for address in addresses(path)}
        assert "/*" in asked or owed <= asked


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
