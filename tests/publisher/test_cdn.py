"""What CloudFront is asked to drop: its own rules first, then against a server that speaks its API."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from publisher import bring_back, publish, status, verify
from publisher.cdn import addresses, check_paths, choose_paths, fits, served_below
from publisher.errors import Refused
from tests.publisher.hosts import Cdn, Site, next_build
from tests.publisher.proxy import Fault, Proxy


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("index.html", ("/", "/index.html")),
        ("a/b/index.html", ("/a/b/", "/a/b/index.html")),
        ("about.html", ("/about.html", "/about")),
        ("images/boat.webp", ("/images/boat.webp",)),
    ],
)
def test_a_page_is_dropped_under_every_address_it_has(path: str, expected: tuple[str, ...]) -> None:
    """With and without the file's name."""
    assert addresses(path) == expected


def test_few_changes_are_named_exactly() -> None:
    """Other pages stay in the cache; what an address cannot hold is written as the web writes it."""
    paths = choose_paths(["a b/caf\u00e9.html"], has_tags=True, prefix="", limit=30)
    assert paths == ("/a%20b/caf%C3%A9", "/a%20b/caf%C3%A9.html")


def test_many_changes_drop_everything_below_the_site() -> None:
    """One path with a wildcard counts as one."""
    stale = [f"page-{number}/index.html" for number in range(20)]
    assert choose_paths(stale, has_tags=False, prefix="", limit=30) == ("/*",)
    assert choose_paths(stale, has_tags=False, prefix="docs/", limit=30) == ("/docs/*",)


def test_with_cache_tags_many_pages_are_one_path() -> None:
    """Assets stay in the cache; other files are named while they are few."""
    pages = [f"page-{number}/index.html" for number in range(20)]
    files = [f"images/{number}.webp" for number in range(40)]
    assert choose_paths([*pages, "robots.txt"], has_tags=True, prefix="", limit=30) == ("#html", "/robots.txt")
    assert choose_paths([*pages, *files], has_tags=True, prefix="", limit=30) == ("#html", "#file")
    assert choose_paths(files, has_tags=True, prefix="", limit=30) == ("#file",)


@pytest.mark.parametrize("paths", [["no-slash"], ["/a b"], ["/caf\u00e9"], [], ["/x"] * 3001, ["/" + "x" * 4001]])
def test_what_cloudfront_would_refuse_is_never_sent(paths: list[str]) -> None:
    """Stand-ins take all of these."""
    with pytest.raises(ValueError, match="path"):
        check_paths(paths)


def test_no_more_is_in_progress_than_cloudfront_takes() -> None:
    """15 paths with a wildcard, 3,000 others."""
    assert fits(["/*"], ["/*"] * 14)
    assert not fits(["/*"], ["/*"] * 15)
    assert fits(["/a"], ["/*"] * 15)
    assert not fits(["/a"], ["/b"] * 3000)


def test_the_address_of_a_prefix_depends_on_the_origin() -> None:
    """A distribution may serve the bucket, or a folder of it as its root."""
    config: dict[str, Any] = {"Origins": {"Items": [{"DomainName": "site.s3.amazonaws.com", "OriginPath": ""}]}}
    assert served_below(config, "s3://site/www") == "www/"
    config["Origins"]["Items"][0]["OriginPath"] = "/www"
    assert served_below(config, "s3://site/www") == ""
    assert served_below(config, "s3://site/www/docs") == "docs/"


def test_a_first_publish_asks_for_nothing(cdn: Cdn, site: Site) -> None:
    """New files are in no cache."""
    result = publish(site.write(), cdn.host.target, options=cdn.options)
    assert (result.invalidation.ids, cdn.asked()) == ((), [])


def test_changed_and_removed_files_are_dropped_and_counted(cdn: Cdn, site: Site) -> None:
    """Never new or hashed ones; the result knows that it was done, and the month's sum."""
    publish(site.write(), cdn.host.target, release="r1", options=cdn.options)
    site.files |= {"index.html": b"new front", "added.html": b"1", "_astro/x.Aaaa1111.js": b"1"}
    del site.files["page-1/index.html"]
    result = publish(site.write(), cdn.host.target, release="r2", options=cdn.options)
    paths = ["/", "/index.html", "/page-1/", "/page-1/index.html"]
    assert (list(result.invalidation.paths), result.invalidation.completed) == (paths, True)
    assert cdn.asked() == [paths]
    bring_back(cdn.host.target, "r1", options=cdn.options)
    # The page that comes back is new; the one that goes is dropped.
    assert cdn.asked()[1] == ["/", "/added", "/added.html", "/index.html"]
    assert sum(status(cdn.host.target, options=cdn.options).invalidated_paths.values()) == 8


def test_an_invalidation_that_failed_is_owed_until_it_is_done(cdn: Cdn, site: Site) -> None:
    """CloudFront refuses after the files are up: the next publish finds nothing to send, and asks all the same."""
    publish(site.write(), cdn.host.target, options=cdn.options)
    site.files["index.html"] = b"new front"
    proxy = Proxy(cdn.host.url)
    proxy.judge = lambda request: Fault.ACCESS_DENIED if request.path.endswith("/invalidation") else None
    with pytest.raises(Refused, match="CloudFront"):
        publish(site.write(), cdn.host.target, options=replace(cdn.options, cloudfront_endpoint=proxy.url))
    proxy.close()
    assert (cdn.host.served()["index.html"], cdn.asked()) == (b"new front", [])
    publish(site.write(), cdn.host.target, options=cdn.options)
    assert cdn.asked() == [["/", "/index.html"]]


def test_a_journal_that_somebody_deleted_costs_one_look_at_everything(cdn: Cdn, site: Site) -> None:
    """What it owed is not known any more, so everything is dropped and compared."""
    publish(site.write(), cdn.host.target, options=cdn.options)
    later = next_build(site)
    proxy = Proxy(cdn.host.url)
    proxy.judge = lambda request: Fault.ACCESS_DENIED if request.path.endswith("news/index.html") else None
    with pytest.raises(Refused):
        publish(later.write(), cdn.host.target, options=replace(cdn.options, endpoint=proxy.url))
    proxy.close()
    cdn.host.delete_by_hand(status(cdn.host.target, options=cdn.options).unfinished)
    publish(later.write(), cdn.host.target, options=replace(cdn.options, remove_unknown=True))
    served = cdn.host.served()
    assert {path: served[path] for path in later.files} == later.files
    assert cdn.asked() == [["/*"]]
    assert verify(cdn.host.target, options=cdn.options).is_as_published


def test_a_lost_answer_asks_for_no_second_invalidation(cdn: Cdn, site: Site) -> None:
    """The reference is the same, so CloudFront returns the first."""
    publish(site.write(), cdn.host.target, options=cdn.options)
    site.files["index.html"] = b"new front"
    proxy = Proxy(cdn.host.url)
    lost: list[str] = []

    def lose_one(request: Any) -> Fault | None:
        if request.method == "POST" and request.path.endswith("/invalidation") and not lost:
            lost.append(request.path)
            return Fault.LOST_ANSWER
        return None

    proxy.judge = lose_one
    publish(site.write(), cdn.host.target, options=replace(cdn.options, cloudfront_endpoint=proxy.url))
    proxy.close()
    assert lost
    assert cdn.asked() == [["/", "/index.html"]]


def test_a_wrong_distribution_is_refused_before_anything_is_sent(cdn: Cdn, site: Site) -> None:
    """The site stays as it was."""
    publish(site.write(), cdn.host.target, release="r1", options=cdn.options)
    before = cdn.host.served()
    with pytest.raises(Refused, match="no CloudFront distribution ENOTTHERE"):
        publish(next_build(site).write(), cdn.host.target, options=replace(cdn.options, distribution="ENOTTHERE"))
    assert cdn.host.served() == before
    assert not status(cdn.host.target, options=cdn.options).unfinished


def test_pages_may_stay_at_the_edge_when_the_cdn_is_told(cdn: Cdn, site: Site) -> None:
    """For an hour, so that even a lost invalidation heals."""
    publish(site.write(), cdn.host.target, options=cdn.options)
    page = cdn.host.read("page-1/index.html")
    assert page["CacheControl"] == "public, max-age=0, s-maxage=3600, must-revalidate"
    assert json.dumps(page["Metadata"]).count("html") == 1
