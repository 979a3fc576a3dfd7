"""What networks and busy hosts do, done on purpose: the result is right, or the words are."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from publisher import bring_back, publish, status, verify
from publisher.errors import PublisherError, Refused, Unavailable
from tests.publisher.hosts import BucketHost, Site, next_build
from tests.publisher.proxy import Fault, Proxy, Request

PASSING = [Fault.SLOW_DOWN, Fault.LOST_ANSWER, Fault.NO_ANSWER, Fault.HALF_UPLOAD]


def every(number: int, fault: Fault) -> Callable[[Request], Fault | None]:
    """This fault for each request of so many."""
    count = itertools.count(1)
    return lambda request: fault if next(count) % number == 0 else None


@pytest.mark.parametrize("fault", PASSING)
def test_passing_faults_are_ridden_out(strict_bucket: BucketHost, proxy: Proxy, site: Site, fault: Fault) -> None:
    """Every fourth request fails once: publish and bring back end as if nothing had been."""
    proxy.judge = every(4, fault)
    options = replace(strict_bucket.through(proxy.url), lease=20)
    publish(site.write(), strict_bucket.target, release="r1", options=options)
    later = next_build(site)
    publish(later.write(), strict_bucket.target, release="r2", options=options)
    bring_back(strict_bucket.target, "r1", options=options)
    served = strict_bucket.served()
    assert {path: served[path] for path in site.files} == site.files
    assert verify(strict_bucket.target, options=strict_bucket.options).is_as_published


@pytest.mark.parametrize("number", range(1, 6))
def test_a_lost_answer_to_any_record_does_no_harm(
    strict_bucket: BucketHost, proxy: Proxy, site: Site, number: int
) -> None:
    """A conditional write that went through unseen is recognised as one's own."""
    publish(site.write(), strict_bucket.target, release="r1", options=strict_bucket.options)
    count = itertools.count(1)

    def lose(request: Request) -> Fault | None:
        record = "/.releases/" in request.path and request.method == "PUT" and not request.copies
        return Fault.LOST_ANSWER if record and next(count) == number else None

    proxy.judge = lose
    later = next_build(site)
    publish(later.write(), strict_bucket.target, release="r2", options=strict_bucket.through(proxy.url))
    assert status(strict_bucket.target, options=strict_bucket.options).release == "r2"
    assert verify(strict_bucket.target, options=strict_bucket.options).is_as_published


def test_one_key_that_may_not_be_written_stops_the_run_with_its_name(
    strict_bucket: BucketHost, proxy: Proxy, site: Site
) -> None:
    """Nothing is deleted, the next run need not wait, and it finishes what was begun."""
    publish(site.write(), strict_bucket.target, release="r1", options=strict_bucket.options)
    later = next_build(site)

    def deny(request: Request) -> Fault | None:
        return Fault.ACCESS_DENIED if request.path.endswith("news/index.html") else None

    proxy.judge = deny
    with pytest.raises(Refused, match=r"news/index\.html"):
        publish(later.write(), strict_bucket.target, release="r2", options=strict_bucket.through(proxy.url))
    assert "page-1/index.html" in strict_bucket.served()
    state = status(strict_bucket.target, options=strict_bucket.options)
    assert (state.release, state.busy_with, bool(state.unfinished)) == ("r1", "", True)
    result = publish(later.write(), strict_bucket.target, release="r2", options=strict_bucket.options)
    assert result.finished_earlier_run == "r2"
    assert verify(strict_bucket.target, options=strict_bucket.options).is_as_published


def test_a_host_that_stays_down_is_named(strict_bucket: BucketHost, proxy: Proxy, site: Site) -> None:
    """After the tries that were asked for, with what to do."""
    proxy.judge = lambda request: Fault.SLOW_DOWN
    options = replace(strict_bucket.through(proxy.url), tries=2)
    with pytest.raises(Unavailable, match="Publish again"):
        publish(site.write(), strict_bucket.target, options=options)


def test_a_deletion_that_is_refused_is_made_up_for(strict_bucket: BucketHost, proxy: Proxy, site: Site) -> None:
    """The release is live already; the next publish deletes what was left."""
    publish(site.write(), strict_bucket.target, release="r1", options=strict_bucket.options)
    later = next_build(site)
    proxy.judge = lambda request: Fault.ACCESS_DENIED if request.method == "POST" else None
    with pytest.raises(Refused):
        publish(later.write(), strict_bucket.target, release="r2", options=strict_bucket.through(proxy.url))
    assert status(strict_bucket.target, options=strict_bucket.options).release == "r2"
    publish(later.write(), strict_bucket.target, release="r2", options=strict_bucket.options)
    assert "page-1/index.html" not in strict_bucket.served()


def test_wrong_keys_are_said_to_be_wrong(
    strict_bucket: BucketHost, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server checks signatures; the words name the credentials."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(Refused, match="Check the credentials"):
        publish(site.write(), strict_bucket.target, options=strict_bucket.options)


def test_no_keys_at_all_are_asked_for(strict_bucket: BucketHost, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is sent."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(Refused, match="No AWS credentials"):
        publish(site.write(), strict_bucket.target, options=strict_bucket.options)


def test_the_order_keeps_every_page_whole(strict_bucket: BucketHost, proxy: Proxy, site: Site) -> None:
    """Assets, other files, pages, indexes, the front page, and only then deletions."""
    publish(site.write(), strict_bucket.target, options=strict_bucket.options)
    publish(next_build(site).write(), strict_bucket.target, options=strict_bucket.through(proxy.url))
    site_writes = [one for one in proxy.requests if one.method in ("PUT", "POST") and "/.releases/" not in one.path]
    names = ["delete" if one.method == "POST" else one.path.split("/", 2)[2] for one in site_writes]
    pages = [number for number, name in enumerate(names) if name.endswith(".html") and name != "index.html"]
    assert names.index("_astro/site.Cy4g0B3d.css") < names.index("images/boat.webp") < pages[0]
    assert pages[-1] < names.index("index.html") < names.index("delete") == len(names) - 1


def test_a_redeploy_asks_for_little(strict_bucket: BucketHost, proxy: Proxy, site: Site) -> None:
    """Two requests when nothing changed; two for each file that differs and eight beside them otherwise."""
    publish(site.write(), strict_bucket.target, options=strict_bucket.options)
    publish(site.write(), strict_bucket.target, options=strict_bucket.through(proxy.url))
    assert [one.method for one in proxy.requests] == ["GET", "GET"]
    proxy.forget()
    result = publish(next_build(site).write(), strict_bucket.target, options=strict_bucket.through(proxy.url))
    differ = len(result.added) + len(result.changed) + len(result.removed)
    assert len(proxy.requests) <= 2 * differ + 8


def test_any_failure_can_be_followed_by_the_same_call(strict_bucket: BucketHost, proxy: Proxy, site: Site) -> None:
    """The network goes away after so many requests, at each of the moments of a publish."""
    publish(site.write(), strict_bucket.target, release="r0", options=strict_bucket.options)
    builds = [site, next_build(site)]
    for moment in range(1, 40, 3):
        count = itertools.count(1)
        proxy.judge = lambda request, count=count, moment=moment: (  # type: ignore[misc]  # bound in this round
            Fault.NO_ANSWER if next(count) > moment else None
        )
        build = builds[moment % 2]
        build.files["turn.txt"] = str(moment).encode()
        options = replace(strict_bucket.through(proxy.url), tries=1)
        try:
            publish(build.write(), strict_bucket.target, release=f"r{moment}", options=options)
        except PublisherError:
            publish(build.write(), strict_bucket.target, release=f"r{moment}", options=strict_bucket.options)
        served = strict_bucket.served()
        assert {path: served[path] for path in build.files} == build.files
        assert verify(strict_bucket.target, options=strict_bucket.options).is_as_published


def test_a_first_publish_that_broke_is_finished_by_another_build(
    strict_bucket: BucketHost, proxy: Proxy, site: Site
) -> None:
    """Nothing was live yet; what the broken run had sent and the next build lacks is taken away again."""
    site.files["only-in-the-first.txt"] = b"1"
    proxy.judge = lambda request: Fault.ACCESS_DENIED if request.path.endswith("/page-3/index.html") else None
    with pytest.raises(Refused):
        publish(site.write(), strict_bucket.target, release="r1", options=strict_bucket.through(proxy.url))
    assert "only-in-the-first.txt" in strict_bucket.served()
    del site.files["only-in-the-first.txt"]
    publish(site.write(), strict_bucket.target, release="r2", options=strict_bucket.options)
    assert strict_bucket.served() == site.files
    assert verify(strict_bucket.target, options=strict_bucket.options).is_as_published
