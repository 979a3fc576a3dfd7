"""Into an empty bucket files are hashed while they are sent; what is promised is the same."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from publisher import journal, local, plan, pointer, publish, read_report, release_files, status, verify
from publisher.errors import Busy, PublisherError, Refused
from publisher.local import Build
from publisher.results import Progress, Published
from tests.publisher.conftest import new_bucket
from tests.publisher.hosts import BucketHost, Site, next_build, small_site
from tests.publisher.proxy import Proxy, Request

ROOT = Path(__file__).resolve().parents[2]
MOMENTS = int(os.environ.get("PUBLISHER_KILL_MOMENTS", "6"))
# As `quick_host`, for a process of its own.
COMMAND = """
import sys
from publisher.command_line import main
from publisher.local import Build
whole = Build.hash_all
Build.hash_all = lambda build, told, **more: None if more else whole(build, told)
sys.exit(main(sys.argv[1:]))
"""


def quick_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host has said that it is empty before the first file was hashed."""
    whole = Build.hash_all

    def at_once(build: Build, on_progress: Callable[[Progress], None], **more: Callable[[], bool]) -> None:
        if not more:
            whole(build, on_progress)

    monkeypatch.setattr(Build, "hash_all", at_once)


@pytest.fixture
def between(bucket: BucketHost, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """A proxy in front of each server, for runs that hash while they send."""
    quick_host(monkeypatch)
    return Proxy(bucket.url)


@pytest.mark.parametrize("in_blocks", [False, True])
def test_the_release_is_what_it_would_be_otherwise(
    bucket: BucketHost, site: Site, in_blocks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Result, manifest and site are those of a run that hashed everything first."""
    usual = new_bucket(bucket.url)
    options = replace(bucket.options, address="https://www.example.org", marker="release.json")
    site.files["about us/links.html"] = b'<meta name="robots" content="noindex"><a href="https://www.example.org/">'
    bucket.write_by_hand("previews/1/index.html", b"preview")
    first = publish(site.write(), usual.target, release="r1", options=options)
    quick_host(monkeypatch)
    if in_blocks:
        monkeypatch.setattr(local, "AT_ONCE", 64)
    second = publish(site.write(), bucket.target, release="r1", options=options)
    assert second.bound_to is not None
    assert (second.bound_to.files, second.bound_to.noindex) == (1, 1)
    assert replace(second, seconds=0) == replace(first, seconds=0)
    wanted = release_files(usual.target, "r1", options=options)
    assert release_files(bucket.target, "r1", options=options) == wanted
    assert bucket.served() == usual.served() | {"previews/1/index.html": b"preview"}
    assert verify(bucket.target, options=options).is_as_published
    assert publish(site.write(), bucket.target, release="r1", options=options).was_live


def test_claim_and_journal_come_before_the_first_file_and_the_front_page_comes_last(
    bucket: BucketHost, between: Proxy, site: Site
) -> None:
    """The journal names every file, also those that nobody has read yet."""
    named: list[tuple[str, ...]] = []

    def look(request: Request) -> None:
        if request.method == "PUT" and "/.releases/" not in request.path and not named:
            record = pointer.decode(bucket.read(pointer.POINTER)["Body"].read())
            assert record.claim is not None
            named.append(tuple(journal.decode(bucket.read(record.journal)["Body"].read()).touched))

    between.judge = look
    publish(site.write(), bucket.target, release="r1", options=bucket.through(between.url))
    assert named == [tuple(sorted(site.files))]
    sent = [path.split("/", 2)[2] for path in between.seen("PUT")]
    pages = [number for number, path in enumerate(sent) if path.endswith(".html") and path != "index.html"]
    assert sent[0] == "_astro/site.Bx3f9A2c.css"
    assert sent.index("images/boat.webp") < pages[0]
    assert pages[-1] < sent.index("sitemap-0.xml") < sent.index("index.html") == len(sent) - 1
    between.close()


def test_a_file_that_vanishes_meanwhile_leaves_nothing_live(bucket: BucketHost, between: Proxy, site: Site) -> None:
    """The front page was not sent, the claim is let go, and the next publish finishes the work."""
    folder = site.write()

    def vanish(request: Request) -> None:
        if request.path.endswith("boat.webp"):
            (folder / "page-5/index.html").unlink()

    between.judge = vanish
    with pytest.raises(Refused, match=r"page-5/index\.html cannot be read any more"):
        publish(folder, bucket.target, release="r1", options=bucket.through(between.url))
    state = status(bucket.target, options=bucket.options)
    assert (state.release, state.busy_with, bool(state.unfinished)) == ("", "", True)
    assert "images/boat.webp" in bucket.served()
    assert "index.html" not in bucket.served()
    del site.files["images/boat.webp"]
    result = publish(site.write(), bucket.target, release="r2", options=bucket.options)
    assert (result.finished_earlier_run, bucket.served()) == ("r1", site.files)
    assert verify(bucket.target, options=bucket.options).is_as_published
    between.close()


def test_what_can_be_seen_beforehand_is_refused_before_anything_is_written(
    bucket: BucketHost, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build without files, a link that leads nowhere, a file that may not be read; and a plan never writes."""
    quick_host(monkeypatch)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(Refused, match="no file"):
        publish(tmp_path / "nothing", bucket.target, options=bucket.options)
    folder = site.write()
    (folder / "page.html").symlink_to(folder / "gone.html")
    with pytest.raises(Refused, match="No such file"):
        publish(folder, bucket.target, options=bucket.options)
    assert len(plan(site.write(), bucket.target, options=bucket.options).added) == len(site.files)
    monkeypatch.setattr(local.os, "access", lambda path, mode: not path.endswith("boat.webp"))
    with pytest.raises(Refused, match=r"images/boat\.webp may not be read"):
        publish(site.write(), bucket.target, options=bucket.options)
    assert bucket.names() == []


@pytest.mark.parametrize("wait", [0, 20])
def test_of_two_at_once_one_wins_and_the_other_follows_or_says_so(
    bucket: BucketHost, between: Proxy, site: Site, tmp_path: Path, wait: float
) -> None:
    """Both have seen an empty bucket before either claims it."""
    builds = {"r1": site, "r2": next_build(Site(tmp_path / "other", dict(site.files)))}
    both = threading.Barrier(2, timeout=20)
    claims = iter(range(2))

    def meet(request: Request) -> None:
        if request.method == "PUT" and request.path.endswith(pointer.POINTER) and next(claims, None) is not None:
            both.wait()

    between.judge = meet
    results: list[Published] = []
    failures: list[PublisherError] = []

    def run(name: str) -> None:
        options = replace(bucket.through(between.url), wait=wait, anyway=True)
        try:
            results.append(publish(builds[name].write(), bucket.target, release=name, options=options))
        except PublisherError as error:
            failures.append(error)

    crew = [threading.Thread(target=run, args=(name,)) for name in builds]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    between.close()
    if wait:
        assert failures == []
        assert sorted(one.base for one in results) in (["", "r1"], ["", "r2"])
    elif failures:  # else the loser looked when the winner had ended, which a quick server allows
        assert [type(one) for one in failures] == [Busy]
    live = builds[status(bucket.target, options=bucket.options).release]
    assert {path: bucket.served().get(path) for path in live.files} == live.files
    assert verify(bucket.target, options=bucket.options).is_as_published


@pytest.mark.process
def test_killed_while_it_hashes_and_sends_it_is_finished_by_the_next(strict_bucket: BucketHost, tmp_path: Path) -> None:
    """At random moments, each in a bucket of its own; the next run may have another build."""
    seed = int(os.environ.get("PUBLISHER_KILL_SEED", str(random.randrange(10**6))))
    chance = random.Random(seed)
    proxy = Proxy(strict_bucket.url, delay=0.02)
    usual = 0.0
    unfinished = []
    for moment in range(MOMENTS + 1):
        host = new_bucket(strict_bucket.url)
        site = small_site(tmp_path / "dist", pages=40)
        started = time.monotonic()
        words = ["publish", str(site.write()), host.target, "--release", "r1", "--endpoint", proxy.url]
        with subprocess.Popen(
            [sys.executable, "-c", COMMAND, *words, "--lease", "1.5", "--threads", "4"], cwd=ROOT
        ) as process:
            if usual:
                time.sleep(chance.uniform(usual / 4, usual))
                process.kill()
        usual = usual or time.monotonic() - started
        state = status(host.target, options=host.options)
        before = state.release
        unfinished.append(bool(state.unfinished or state.busy_with))
        if moment % 2:
            del site.files["page-7/index.html"]
        options = replace(host.options, wait=30)
        publish(site.write(), host.target, release=f"r{1 + moment % 2}", options=options)
        assert host.served() == site.files, f"with PUBLISHER_KILL_SEED={seed}"
        assert verify(host.target, options=options).is_as_published
        report = read_report(host.target, f"r{1 + moment % 2}", options=options)
        assert report is not None
        assert report.published is not None
        assert report.published.base == (before if moment % 2 else "")
    proxy.close()
    assert any(unfinished), f"none was killed while it worked, with PUBLISHER_KILL_SEED={seed}"
