"""What somebody overwrites on the host between a look and a copy never passes for content of a release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from publisher import bring_back, promote, publish, release_files, s3_target, status, verify
from publisher.errors import NotKept, Refused
from publisher.options import Options
from publisher.rules import HeaderRule, Rules
from tests.publisher.conftest import new_bucket
from tests.publisher.hosts import BucketHost, Site, next_build
from tests.publisher.proxy import Proxy, Request

PAGE = "page-3/index.html"
BY_HAND = b"edited by hand"


@pytest.fixture
def live(bucket: BucketHost) -> BucketHost:
    """A second bucket on the same server."""
    return new_bucket(bucket.url)


@pytest.fixture
def between(bucket: BucketHost) -> Iterator[Proxy]:
    """A proxy in front of both."""
    proxy = Proxy(bucket.url)
    yield proxy
    proxy.close()


def searched(host: BucketHost) -> Options:
    """Staging, where the files are searched for its own address."""
    return replace(host.options, address="https://staging.example.org")


def overwriting(host: BucketHost, key: str, ending: str) -> Callable[[Request], None]:
    """Just before the copy to a path with this ending somebody writes to the key."""

    def edit(request: Request) -> None:
        if request.copies and request.path.endswith(ending):
            host.write_by_hand(key, BY_HAND)

    return edit


def kept_at(host: BucketHost, release: str) -> str:
    """The key that the page's content in this release is kept under."""
    return f".releases/blobs/{release_files(host.target, release, options=host.options)[PAGE].sha256}"


def shown(host: BucketHost) -> dict[str, bytes]:
    """What is served but hashed assets, which may stay for open tabs."""
    return {path: body for path, body in host.served().items() if not path.startswith("_astro/")}


def expected(site: Site) -> dict[str, bytes]:
    """The same of a build."""
    return {path: body for path, body in site.files.items() if not path.startswith("_astro/")}


@pytest.mark.parametrize("in_parts", [False, True])
def test_content_that_is_overwritten_meanwhile_does_not_pass_for_the_release(
    bucket: BucketHost, live: BucketHost, between: Proxy, site: Site, in_parts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every host knows the condition on a copy, so the answer is checked; whoever repeats it gets it right."""
    if in_parts:
        monkeypatch.setattr(s3_target, "LARGE_COPY", 0)
    publish(site.write(), bucket.target, release="r1", options=searched(bucket))
    between.judge = overwriting(bucket, PAGE, f"/{PAGE}")
    with pytest.raises(Refused, match=r"page-3/index\.html in release r1 is not kept"):
        promote(bucket.target, live.target, "r1", options=live.through(between.url))
    assert status(live.target, options=live.options).release == ""
    publish(site.write(), bucket.target, release="r1", options=replace(searched(bucket), verify=True))
    promote(bucket.target, live.target, "r1", options=live.options)
    assert live.served() == site.files


def test_a_page_that_is_overwritten_while_its_headers_change_is_sent_again(
    bucket: BucketHost, between: Proxy, site: Site
) -> None:
    """A copy onto itself would give the hash of the right bytes to the wrong ones."""
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    rules = Rules(headers=(HeaderRule(match="page-3/*", cache_control="no-store"),))
    between.judge = overwriting(bucket, PAGE, f"/{PAGE}")
    publish(site.write(), bucket.target, release="r2", options=replace(bucket.through(between.url), rules=rules))
    assert bucket.served() == site.files
    assert bucket.read(PAGE)["CacheControl"] == "no-store"


def test_what_is_kept_and_was_overwritten_is_found_before_anything_is_written(
    bucket: BucketHost, live: BucketHost, site: Site
) -> None:
    """By its size or its mark, in the listing that is made anyway: for bringing back, and for promoting."""
    publish(site.write(), bucket.target, release="r1", options=searched(bucket))
    later = next_build(site)
    publish(later.write(), bucket.target, release="r2", options=searched(bucket))
    key = kept_at(bucket, "r1")
    content = bucket.read(key)["Body"].read()
    for wrong in (BY_HAND, content[::-1]):
        bucket.write_by_hand(key, wrong)
        with pytest.raises(NotKept, match=r"page-3/index\.html"):
            bring_back(bucket.target, "r1", options=bucket.options)
        with pytest.raises(NotKept, match=r"page-3/index\.html"):
            promote(bucket.target, live.target, "r1", options=live.options)
    assert shown(bucket) == expected(later)
    assert live.names() == []


def test_what_is_kept_and_is_overwritten_meanwhile_does_not_pass_for_the_release(
    bucket: BucketHost, between: Proxy, site: Site
) -> None:
    """Between the listing and the copy; the next publish puts it right."""
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    later = next_build(site)
    publish(later.write(), bucket.target, release="r2", options=bucket.options)
    between.judge = overwriting(bucket, kept_at(bucket, "r1"), f"/{PAGE}")
    with pytest.raises(Refused, match=r"page-3/index\.html in release r1 is not kept"):
        bring_back(bucket.target, "r1", options=bucket.through(between.url))
    assert status(bucket.target, options=bucket.options).release == "r2"
    publish(later.write(), bucket.target, release="r2", options=bucket.options)
    assert shown(bucket) == expected(later)
    assert verify(bucket.target, options=bucket.options).is_as_published


def test_bringing_back_looks_at_nothing_that_a_listing_tells(bucket: BucketHost, between: Proxy, site: Site) -> None:
    """To compare the marks of what is kept costs no request."""
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    publish(next_build(site).write(), bucket.target, release="r2", options=bucket.options)
    bring_back(bucket.target, "r1", options=bucket.through(between.url))
    assert [one for one in between.requests if one.method == "HEAD"] == []
