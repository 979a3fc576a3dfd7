"""Several runs at once on one target: one wins, the others wait or are refused in words."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from publisher import prune, publish, status, verify
from publisher.errors import Busy, LostClaim, PublisherError
from publisher.ledger import Ledger
from publisher.publishing import silent
from publisher.results import Published
from publisher.targets import opened
from tests.publisher.conftest import new_bucket
from tests.publisher.hosts import Host, Site, next_build
from tests.publisher.proxy import Fault, Proxy

type Hold = Callable[[Host, float], Ledger]


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Start a run that has the claim, with this lease, and does not move."""
    with contextlib.ExitStack() as open_targets:

        def start(host: Host, lease: float) -> Ledger:
            options = replace(host.options, lease=lease)
            ledger = Ledger(open_targets.enter_context(opened(host.target, options)), options, silent)
            ledger.load()
            ledger.take("publishing", None, "other")
            return ledger

        yield start


def test_a_target_that_is_held_refuses_in_words(host: Host, site: Site, hold: Hold) -> None:
    """After the time to wait, with the name of the release that is under way; nothing is written."""
    publish(site.write(), host.target, release="r1", options=host.options)
    before = host.served()
    holder = hold(host, 60)
    with pytest.raises(Busy, match="publishing other"):
        publish(next_build(site).write(), host.target, options=replace(host.options, wait=0))
    assert status(host.target, options=host.options).busy_with == "publishing other"
    assert host.served() == before
    holder.abandon()


def test_a_run_waits_for_the_one_before_it(host: Host, site: Site, hold: Hold) -> None:
    """And publishes when that one has let go."""
    publish(site.write(), host.target, release="r1", options=host.options)
    holder = hold(host, 60)
    later = threading.Timer(1, holder.abandon)
    later.start()
    result = publish(next_build(site).write(), host.target, release="r2", options=host.options)
    later.join()
    assert (result.release, result.base) == ("r2", "r1")


def test_a_silent_run_loses_its_claim_and_stops(host: Host, site: Site, hold: Hold) -> None:
    """Another one takes over after the lease; the first finds out before its next write."""
    publish(site.write(), host.target, release="r1", options=host.options)
    silent_one = hold(host, 1.5)
    silent_one._ended.set()  # its renewals stop, as those of a machine that was put to sleep
    publish(next_build(site).write(), host.target, release="r2", options=host.options)
    with pytest.raises(LostClaim):
        silent_one.note(release="wrong")
    assert status(host.target, options=host.options).release == "r2"


def test_a_live_run_keeps_its_claim(host: Host, site: Site, hold: Hold) -> None:
    """It renews it, however short the lease."""
    publish(site.write(), host.target, release="r1", options=host.options)
    holder = hold(host, 1.5)
    with pytest.raises(Busy):
        publish(next_build(site).write(), host.target, options=replace(host.options, wait=4))
    holder.check()
    holder.abandon()


def test_of_many_at_once_each_is_whole(host: Host, site: Site, tmp_path: Path) -> None:
    """Six builds published at the same moment: all succeed one after the other, and the site is one of them."""
    builds = {}
    for number in range(6):
        build = Site(tmp_path / f"dist-{number}", dict(site.files))
        build.files |= {f"page-{page}/index.html": b"build %d" % number for page in range(12)}
        builds[f"r{number}"] = build
    results: list[Published] = []
    failures: list[PublisherError] = []

    def one(name: str) -> None:
        try:
            options = replace(host.options, wait=60)
            results.append(publish(builds[name].write(), host.target, release=name, options=options))
        except PublisherError as error:
            failures.append(error)

    crew = [threading.Thread(target=one, args=(name,)) for name in builds]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert failures == []
    live = status(host.target, options=host.options).release
    assert host.served() == builds[live].files
    bases = sorted(result.base for result in results)
    assert len(set(bases)) == len(bases)  # a chain: no two built upon the same one
    assert verify(host.target, options=host.options).is_as_published


def test_giving_up_old_releases_waits_its_turn(host: Host, site: Site, hold: Hold) -> None:
    """It deletes, so it needs the claim as well."""
    publish(site.write(), host.target, options=host.options)
    holder = hold(host, 60)
    with pytest.raises(Busy):
        prune(host.target, options=replace(host.options, wait=0))
    holder.abandon()


def test_a_host_without_conditional_writes_is_told_apart(server: Callable[[str], str], site: Site) -> None:
    """It still works there, and every result says that runs must not overlap."""
    host = new_bucket(server("moto"))
    with contextlib.closing(Proxy(host.url)) as proxy:
        proxy.judge = lambda request: Fault.IGNORE_CONDITIONS
        options = host.through(proxy.url)
        first = publish(site.write(), host.target, options=options)
        second = publish(next_build(site).write(), host.target, options=options)
        assert "no conditional writes" in first.warnings[0]
        assert "no conditional writes" in second.warnings[0]
        assert status(host.target, options=options).conditional_writes is False
