"""Bringing back, listing and giving up releases, on every kind of host."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher import bring_back, list_releases, prune, publish, status, verify
from publisher.errors import HeldBack, NotKept
from tests.publisher.hosts import BucketHost, Host, Site, next_build
from tests.publisher.proxy import Proxy


def publish_two(host: Host, site: Site) -> tuple[Site, Site]:
    """The small site as r1, the next build as r2."""
    publish(site.write(), host.target, release="r1", options=host.options)
    later = next_build(site)
    publish(later.write(), host.target, release="r2", options=host.options)
    return site, later


def without_old_assets(served: dict[str, bytes], site: Site) -> dict[str, bytes]:
    """What is served but hashed assets of other releases, which stay for open tabs."""
    return {path: body for path, body in served.items() if path in site.files or not path.startswith("_astro/")}


def test_an_earlier_release_comes_back_whole(host: Host, site: Site) -> None:
    """Byte for byte, with the pages that were removed since and without those that were added."""
    first, _ = publish_two(host, site)
    result = bring_back(host.target, "r1", options=host.options)
    assert without_old_assets(host.served(), first) == first.files
    assert (result.release, result.base, result.sent_bytes) == ("r1", "r2", 0)
    assert verify(host.target, options=host.options).is_as_published
    assert status(host.target, options=host.options).release == "r1"


def test_going_back_and_forth_ends_at_the_same_bytes(host: Host, site: Site) -> None:
    """Any kept release from any other, as often as one likes."""
    first, later = publish_two(host, site)
    for release, expected in (("r1", first), ("r2", later), ("r1", first), ("r2", later)):
        bring_back(host.target, release, options=host.options)
        assert without_old_assets(host.served(), expected) == expected.files


def test_a_publish_after_bringing_back_is_complete(host: Host, site: Site) -> None:
    """It compares with what is live, not with what was published last."""
    _, later = publish_two(host, site)
    bring_back(host.target, "r1", options=host.options)
    later.files["page-5/index.html"] = b"five"
    publish(later.write(), host.target, release="r3", options=host.options)
    assert without_old_assets(host.served(), later) == later.files


def test_the_live_release_need_not_be_brought_back(host: Host, site: Site) -> None:
    """It is said, and nothing is done."""
    publish_two(host, site)
    assert bring_back(host.target, "r2", options=host.options).was_live


def test_a_release_that_is_not_kept_is_refused_with_the_kept_ones(host: Host, site: Site) -> None:
    """Newest first, so that the right name is at hand."""
    publish_two(host, site)
    with pytest.raises(NotKept, match="r2, r1"):
        bring_back(host.target, "r0", options=host.options)


def test_bringing_back_has_the_same_guard(host: Host, site: Site) -> None:
    """A release with far fewer pages is held back until a person says so."""
    few = Site(site.folder, {path: body for path, body in site.files.items() if not path.startswith("page-")})
    publish(few.write(), host.target, release="r1", options=host.options)
    publish(site.write(), host.target, release="r2", options=host.options)
    with pytest.raises(HeldBack):
        bring_back(host.target, "r1", options=host.options)
    assert host.served() == site.files
    bring_back(host.target, "r1", options=replace(host.options, anyway=True))
    assert host.served() == few.files


def test_releases_are_listed_newest_first(host: Host, site: Site) -> None:
    """With which one is live, and what keeping them costs."""
    publish_two(host, site)
    bring_back(host.target, "r1", options=host.options)
    listed = list_releases(host.target, options=host.options)
    assert [(one.id, one.live) for one in listed.releases] == [("r1", True), ("r2", False)]
    assert listed.storage > 0


def test_old_releases_are_given_up_but_never_the_live_one(host: Host, site: Site) -> None:
    """What is kept can still be brought back afterwards, what is given up cannot."""
    first, later = publish_two(host, site)
    later.files["page-5/index.html"] = b"five"
    publish(later.write(), host.target, release="r3", options=host.options)
    bring_back(host.target, "r1", options=host.options)
    result = prune(host.target, keep=2, keep_days=0, options=host.options)
    assert (result.releases, result.kept) == (("r2",), ("r1", "r3"))
    assert without_old_assets(host.served(), first) == first.files
    bring_back(host.target, "r3", options=host.options)
    assert without_old_assets(host.served(), later) == later.files
    with pytest.raises(NotKept):
        bring_back(host.target, "r2", options=host.options)


def test_giving_up_everything_old_leaves_no_spare_content(bucket: BucketHost, site: Site) -> None:
    """With only the live release kept, nothing but its records stays."""
    _, later = publish_two(bucket, site)
    prune(bucket.target, keep=1, keep_days=0, options=bucket.options)
    records = [key for key in bucket.names() if key.startswith(".releases/")]
    live = {".releases/current.json", ".releases/conditional"}
    assert len([key for key in records if key.startswith(".releases/manifests/")]) == 1
    assert not [key for key in records if key.startswith((".releases/blobs/", ".releases/journals/"))]
    assert live <= set(records)
    assert without_old_assets(bucket.served(), later) == later.files


def test_bringing_back_sends_no_content(strict_bucket: BucketHost, proxy: Proxy, site: Site) -> None:
    """Copies on the host only, assets before pages before the front page, deletions last."""
    publish_two(strict_bucket, site)
    proxy.forget()
    bring_back(strict_bucket.target, "r1", options=strict_bucket.through(proxy.url))
    assert proxy.seen("PUT", copies=False) == []
    names = [path.partition("/site-")[2].partition("/")[2] for path in proxy.seen("PUT", copies=True)]
    pages = [name for name in names if name.endswith(".html")]
    assert pages[-1] == "index.html"
    assert names.index("images/boat.webp") < names.index(pages[0])


def test_content_that_was_overwritten_by_hand_makes_its_release_unfit(bucket: BucketHost, site: Site) -> None:
    """The publisher says so at the publish that would have kept it, and refuses to bring back half a release."""
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    bucket.write_by_hand("page-3/index.html", b"edited by hand")
    later = next_build(site)
    result = publish(later.write(), bucket.target, release="r2", options=bucket.options)
    assert [warning for warning in result.warnings if "page-3/index.html" in warning]
    before = bucket.served()
    with pytest.raises(NotKept, match=r"page-3/index\.html"):
        bring_back(bucket.target, "r1", options=bucket.options)
    assert bucket.served() == before
