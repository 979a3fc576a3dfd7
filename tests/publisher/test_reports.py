"""The report that a publish hands over in the target, and the files of a kept release."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from publisher import bring_back, plan, prune, publish, read_report, release_files, reports, status
from publisher.errors import HeldBack, NotKept, PublisherError, Refused, Unavailable
from publisher.model import pack, unpack
from publisher.results import Invalidation, OnProgress, Progress, Published, Report, as_json
from publisher.rules import HeaderRule, Rules
from tests.publisher.hosts import BucketHost, Host, Site, next_build
from tests.publisher.proxy import Fault, Proxy


def without_most_pages(site: Site) -> Site:
    """The site with so few pages that it is held back."""
    return Site(site.folder, {path: body for path, body in site.files.items() if not path.startswith("page-")})


def test_a_publish_hands_over_what_it_did(host: Host, site: Site) -> None:
    """Under the id that was asked for, with the same lists as its result."""
    publish(site.write(), host.target, release="r1", options=host.options)
    result = publish(next_build(site).write(), host.target, release="r2", options=host.options)
    report = read_report(host.target, "r2", options=host.options)
    assert report is not None
    assert report.published is not None
    assert (report.asked, report.held_back, report.removed) == ("r2", "", ())
    assert report.at > 0
    assert replace(report.published, seconds=result.seconds) == result
    assert json.loads(json.dumps(as_json(report.published)))["changed"] == list(result.changed)


def test_a_publish_that_changed_nothing_names_what_is_live(host: Host, site: Site) -> None:
    """Under the new id; the report of the live release still says what its own publish did."""
    publish(site.write(), host.target, release="r1", options=host.options)
    publish(site.write(), host.target, release="r2", options=host.options)
    publish(site.write(), host.target, release="r1", options=host.options)
    first = read_report(host.target, "r1", options=host.options)
    second = read_report(host.target, "r2", options=host.options)
    assert first is not None
    assert second is not None
    assert first.published is not None
    assert second.published is not None
    assert (second.asked, second.published.release, second.published.was_live) == ("r2", "r1", True)
    assert (first.published.was_live, len(first.published.added)) == (False, len(site.files))


def test_a_publish_that_is_held_back_says_which_pages_would_go(host: Host, site: Site) -> None:
    """And how many there are, so that a person can decide."""
    publish(site.write(), host.target, release="r1", options=host.options)
    with pytest.raises(HeldBack) as held:
        publish(without_most_pages(site).write(), host.target, release="r2", options=host.options)
    report = read_report(host.target, "r2", options=host.options)
    assert report == Report(
        asked="r2",
        at=report.at if report else 0,
        held_back=str(held.value),
        removed=held.value.removed,
        pages_there=14,
    )
    assert status(host.target, options=host.options).release == "r1"


def test_without_a_name_there_is_no_report(bucket: BucketHost, site: Site) -> None:
    """Nobody would look for it."""
    publish(site.write(), bucket.target, options=bucket.options)
    publish(site.write(), bucket.target, options=bucket.options)
    with pytest.raises(HeldBack):
        publish(without_most_pages(site).write(), bucket.target, options=bucket.options)
    assert not [key for key in bucket.names() if key.startswith(".releases/reports/")]


def test_what_was_not_asked_for_has_no_report(host: Host, site: Site) -> None:
    """Before the first publish, and under other ids; bringing back writes none."""
    assert read_report(host.target, "r1", options=host.options) is None
    publish(site.write(), host.target, release="r1", options=host.options)
    publish(next_build(site).write(), host.target, options=host.options)
    before = read_report(host.target, "r1", options=host.options)
    bring_back(host.target, "r1", options=host.options)
    assert read_report(host.target, "r1", options=host.options) == before
    assert read_report(host.target, "r2", options=host.options) is None


@pytest.mark.parametrize("name", ["../current", "", "a/b"])
def test_what_is_no_name_is_refused(host: Host, name: str) -> None:
    """A report is never looked for elsewhere."""
    with pytest.raises(Refused, match="no name"):
        read_report(host.target, name, options=host.options)


def test_reports_go_with_their_releases(host: Host, site: Site) -> None:
    """Those of ids that never became a release after their days."""
    publish(site.write(), host.target, release="r1", options=host.options)
    publish(site.write(), host.target, release="same", options=host.options)
    publish(next_build(site).write(), host.target, release="r2", options=host.options)

    def reported() -> list[str]:
        return [name for name in ("r1", "same", "r2") if read_report(host.target, name, options=host.options)]

    prune(host.target, keep=2, keep_days=30, options=host.options)
    assert reported() == ["r1", "same", "r2"]
    prune(host.target, keep=2, keep_days=0, options=host.options)
    assert reported() == ["r1", "r2"]
    prune(host.target, keep=1, keep_days=0, options=host.options)
    assert reported() == ["r2"]


def test_the_files_of_a_kept_release_can_be_read(host: Host, site: Site) -> None:
    """Each with its size and hash, live or not; of another release they are not kept."""
    publish(site.write(), host.target, release="r1", options=host.options)
    publish(next_build(site).write(), host.target, release="r2", options=host.options)
    files = release_files(host.target, "r1", options=host.options)
    assert {path: file.size for path, file in files.items()} == {path: len(body) for path, body in site.files.items()}
    with pytest.raises(NotKept, match="r2, r1"):
        release_files(host.target, "r3", options=host.options)


@pytest.fixture
def watched(bucket: BucketHost) -> Iterator[Proxy]:
    """A proxy in front of each S3 server."""
    proxy = Proxy(bucket.url)
    yield proxy
    proxy.close()


def test_a_report_costs_one_request(bucket: BucketHost, watched: Proxy, site: Site) -> None:
    """Within two for each file that differs and eight: also when each differs in content, which costs the most."""
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    site.files["index.html"] = b"changed"
    result = publish(site.write(), bucket.target, release="r2", options=bucket.through(watched.url))
    assert (result.added, result.changed, result.removed) == ((), ("index.html",), ())
    assert len(watched.requests) <= 2 * 1 + 8
    watched.forget()
    publish(site.write(), bucket.target, release="r3", options=bucket.through(watched.url))
    assert [one.method for one in watched.requests] == ["GET", "GET", "PUT"]


def test_a_run_that_broke_at_its_report_is_finished_by_the_next(bucket: BucketHost, watched: Proxy, site: Site) -> None:
    """It is live by then, and the same call hands it over."""
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    later = next_build(site)
    watched.judge = lambda request: Fault.SLOW_DOWN if "/reports/" in request.path else None
    broken = replace(bucket.through(watched.url), tries=1)
    with pytest.raises(Unavailable):
        publish(later.write(), bucket.target, release="r2", options=broken)
    assert status(bucket.target, options=bucket.options).release == "r2"
    publish(later.write(), bucket.target, release="r2", options=bucket.options)
    report = read_report(bucket.target, "r2", options=bucket.options)
    assert report is not None
    assert report.published is not None
    assert report.published.release == "r2"


def test_a_report_that_cannot_be_written_does_not_hide_why(bucket: BucketHost, watched: Proxy, site: Site) -> None:
    """Held back is held back."""
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    watched.judge = lambda request: Fault.ACCESS_DENIED if "/reports/" in request.path else None
    with pytest.raises(HeldBack):
        publish(without_most_pages(site).write(), bucket.target, release="r2", options=bucket.through(watched.url))


def test_a_report_of_a_newer_publisher_is_read_as_far_as_it_is_known() -> None:
    """The pipeline may be ahead of the dashboard."""
    result = Published(
        release="r1", base="", was_live=False, files=1, pages=1, size=1, invalidation=Invalidation(ids=("I1",))
    )
    told = unpack(reports.encode(Report(asked="r1", at=1.0, published=result)), "report")
    told["published"]["later"] = told["later"] = 1
    assert reports.decode(pack(told)).published == result


@pytest.mark.parametrize("body", [b"", b"{}", pack({"format": 1}), pack({"format": 2})])
def test_what_is_no_report_is_refused_in_words(body: bytes) -> None:
    """With what to do."""
    with pytest.raises(Refused, match=r"Publish again|newer version"):
        reports.decode(body)


def what_it_did(result: Published) -> tuple[object, ...]:
    """What visitors got and lost, against what they saw before."""
    return result.base, result.added, result.changed, result.headers_changed, result.removed


def broken_at(number: int) -> OnProgress:
    """A run that ends at so many words about its progress."""
    count = itertools.count(1)

    def tell(progress: Progress) -> None:
        if next(count) == number:
            raise Unavailable("it broke")

    return tell


def test_a_report_counts_what_a_broken_run_did_too(host: Host, site: Site) -> None:
    """Wherever it broke: against the release that was live before."""
    rules = Rules(headers=(HeaderRule(match="page-4/*", cache_control="no-store"),))
    options = replace(host.options, rules=rules)
    later = next_build(site)
    publish(site.write(), host.target, release="r1", options=host.options)
    later.write()
    expected = what_it_did(publish(later.folder, host.target, release="r2", options=options))
    assert (expected[0], "page-3/index.html" in expected[2]) == ("r1", True)  # type: ignore[operator]
    for number in range(4, 60, 9):
        bring_back(host.target, "r1", options=host.options)
        asked = f"r2-{number}"
        with contextlib.suppress(Unavailable):
            publish(later.folder, host.target, release=asked, options=options, on_progress=broken_at(number))
        publish(later.folder, host.target, release=asked, options=options)
        report = read_report(host.target, asked, options=host.options)
        assert report is not None
        assert report.published is not None
        # A release of another name that has the style sheet already keeps it for open tabs.
        assert what_it_did(report.published)[2:] == expected[2:]
        assert report.published.base == "r1"


@pytest.mark.endurance
def test_a_report_counts_what_a_run_did_that_broke_when_it_was_live(
    bucket: BucketHost, watched: Proxy, site: Site
) -> None:
    """At each of its last requests, and when the second try breaks there as well."""
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    later = next_build(site)
    expected = plan(later.write(), bucket.target, options=bucket.options)
    broken = replace(bucket.through(watched.url), tries=1)
    publish(later.folder, bucket.target, release="r2", options=bucket.through(watched.url))
    last = len(watched.requests)
    for moment in range(last - 6, last + 1):
        publish(site.write(), bucket.target, release=f"r1-{moment}", options=bucket.options)
        later.files["turn.txt"] = str(moment).encode()
        later.write()
        for _ in range(2):
            count = itertools.count(1)
            watched.judge = lambda request, count=count, moment=moment: (  # type: ignore[misc]  # bound in this round
                Fault.NO_ANSWER if next(count) > moment else None
            )
            with contextlib.suppress(PublisherError):
                publish(later.folder, bucket.target, release=f"r2-{moment}", options=broken)
        publish(later.folder, bucket.target, release=f"r2-{moment}", options=bucket.options)
        report = read_report(bucket.target, f"r2-{moment}", options=bucket.options)
        assert report is not None
        assert report.published is not None
        assert report.published.base == f"r1-{moment}"
        assert report.published.changed == expected.changed
        assert report.published.removed == expected.removed
        assert "news/index.html" in report.published.added


def test_a_live_release_without_a_report_gets_one(bucket: BucketHost, watched: Proxy, site: Site) -> None:
    """Of an older publisher, or of a run under another name; whoever asks for it must find something."""
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    bucket.delete_by_hand(".releases/reports/r1.json.gz")
    publish(site.write(), bucket.target, release="r1", options=bucket.through(watched.url))
    assert [one.method for one in watched.requests] == ["GET", "GET", "GET", "PUT"]
    report = read_report(bucket.target, "r1", options=bucket.options)
    assert report is not None
    assert report.published is not None
    assert (report.published.release, report.published.was_live) == ("r1", True)
    watched.forget()
    publish(site.write(), bucket.target, release="r1", options=bucket.through(watched.url))
    assert [one.method for one in watched.requests] == ["GET", "GET", "GET"]
