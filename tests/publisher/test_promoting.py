"""Promoting: the live target shows what staging keeps, by copies on the host alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from publisher import bound_to, bring_back, list_releases, promote, prune, publish, release_files, status, verify
from publisher.command_line import main
from publisher.errors import HeldBack, NotKept, PublisherError, Refused
from publisher.model import Bound
from publisher.options import Options
from publisher.results import Published
from publisher.rules import FRESH, HeaderRule, Rules, headers_at
from tests.publisher.conftest import new_bucket
from tests.publisher.hosts import BucketHost, FolderHost, Site, next_build
from tests.publisher.proxy import Fault, Proxy

MARKER = "buildhub.json"
STAGING = "https://staging.example.org"
type Either = FolderHost | BucketHost


@dataclass
class Places:
    """Where the site is looked at first, and where visitors see it."""

    staging: Either
    live: Either

    def stage(self, site: Site, release: str) -> Published:
        """Publish to staging, with a marker."""
        options = replace(self.staging.options, marker=MARKER, address=STAGING)
        return publish(site.write(), self.staging.target, release=release, options=options)

    def promote(self, release: str, as_release: str = "", options: Options | None = None) -> Published:
        """Show it to visitors."""
        options = options or self.live.options
        return promote(self.staging.target, self.live.target, release, as_release=as_release, options=options)


@pytest.fixture(params=["folder", "moto", "seaweedfs", "ministack"])
def places(request: pytest.FixtureRequest, server: Callable[[str], str], tmp_path: Path) -> Places:
    """Two of each kind of host in turn."""
    if request.param == "folder":
        return Places(FolderHost(tmp_path / "staging"), FolderHost(tmp_path / "live"))
    url = server(request.param)
    return Places(new_bucket(url), new_bucket(url))


@pytest.fixture(params=["moto", "seaweedfs", "ministack"])
def buckets(request: pytest.FixtureRequest, server: Callable[[str], str]) -> Places:
    """Two buckets on each server in turn."""
    url = server(request.param)
    return Places(new_bucket(url), new_bucket(url))


@pytest.fixture
def proxy(buckets: Places) -> Iterator[Proxy]:
    """A proxy in front of that server."""
    proxy = Proxy(buckets.live.options.endpoint)
    yield proxy
    proxy.close()


def shown(host: Either) -> dict[str, bytes]:
    """What is served but hashed assets that stay for open tabs, and the marker."""
    return {path: body for path, body in host.served().items() if not path.startswith("_astro/") and path != MARKER}


def expected(site: Site) -> dict[str, bytes]:
    """The same of a build."""
    return {path: body for path, body in site.files.items() if not path.startswith("_astro/")}


def test_a_release_of_staging_goes_live_byte_for_byte(places: Places, site: Site) -> None:
    """Under its own name, or under another one that the marker then names."""
    places.stage(site, "s1")
    result = places.promote("s1", as_release="live-1")
    assert (result.release, result.base, len(result.added)) == ("live-1", "", len(site.files) + 1)
    assert places.live.served() == site.files | {MARKER: b'{"release": "live-1"}\n'}
    assert places.staging.served()[MARKER] == b'{"release": "s1"}\n'
    assert verify(places.live.target, options=places.live.options).is_as_published
    later = next_build(site)
    places.stage(later, "s2")
    assert places.promote("s2").base == "live-1"
    assert shown(places.live) == expected(later)
    assert places.live.served()[MARKER] == b'{"release": "s2"}\n'
    assert verify(places.live.target, options=places.live.options).is_as_published


def test_an_earlier_release_of_staging_can_go_live(places: Places, site: Site) -> None:
    """What staging does not serve any more is copied from what it keeps."""
    first = dict(site.files)
    places.stage(site, "s1")
    places.stage(next_build(site), "s2")
    places.promote("s1")
    assert shown(places.live) == expected(Site(site.folder, first))
    files = release_files(places.live.target, "s1", options=places.live.options)
    assert {path: file.size for path, file in files.items() if path != MARKER} == {
        path: len(body) for path, body in first.items()
    }


def test_a_promoted_release_is_one_like_any_other(places: Places, site: Site) -> None:
    """It is kept, can be brought back, and is what the next publish compares with."""
    first = dict(site.files)
    places.stage(site, "s1")
    places.promote("s1")
    places.stage(next_build(site), "s2")
    places.promote("s2")
    bring_back(places.live.target, "s1", options=places.live.options)
    assert shown(places.live) == expected(Site(site.folder, first))
    listed = list_releases(places.live.target, options=places.live.options)
    assert [(one.id, one.live) for one in listed.releases] == [("s1", True), ("s2", False)]
    result = publish(next_build(site).write(), places.live.target, release="p3", options=places.live.options)
    assert "page-2/index.html" in result.changed


def test_what_is_live_already_need_not_be_promoted(places: Places, site: Site) -> None:
    """The live release is named, whatever name was asked for."""
    places.stage(site, "s1")
    places.promote("s1", as_release="live-1")
    result = places.promote("s1", as_release="live-2")
    assert (result.was_live, result.release) == (True, "live-1")


def test_promoting_has_the_same_guard(places: Places, site: Site) -> None:
    """Many pages that would vanish are held back until a person says so."""
    publish(site.write(), places.live.target, release="r1", options=places.live.options)
    few = Site(site.folder, {path: body for path, body in site.files.items() if not path.startswith("page-")})
    places.stage(few, "s1")
    before = places.live.served()
    with pytest.raises(HeldBack):
        places.promote("s1")
    assert places.live.served() == before
    places.promote("s1", options=replace(places.live.options, anyway=True))
    assert shown(places.live) == expected(few)


def test_only_a_kept_release_can_be_promoted(places: Places, site: Site) -> None:
    """The kept ones are named."""
    places.stage(site, "s1")
    places.stage(next_build(site), "s2")
    prune(places.staging.target, keep=1, keep_days=0, options=places.staging.options)
    with pytest.raises(NotKept, match=r"s1 is not kept .* s2"):
        places.promote("s1")
    assert status(places.live.target, options=places.live.options).release == ""


def test_a_name_stands_for_one_content(places: Places, site: Site) -> None:
    """Also where it comes from another place."""
    publish(site.write(), places.live.target, release="r1", options=places.live.options)
    places.stage(next_build(site), "s1")
    with pytest.raises(Refused, match="other content"):
        places.promote("s1", as_release="r1")
    with pytest.raises(Refused, match="no name"):
        places.promote("s1", as_release="../r1")


def test_a_release_that_names_its_own_address_stays_where_it_is(places: Places, site: Site) -> None:
    """Visitors of the other place would be sent back; a person may say that it does not matter."""
    site.files["page-2/index.html"] = b'<link rel="canonical" href="https://staging.example.org/page-2/">'
    result = places.stage(site, "s1")
    assert result.bound_to == Bound(address="staging.example.org", files=1, first=("page-2/index.html",))
    with pytest.raises(Refused, match=r"staging\.example\.org in 1 files \(page-2/index\.html\).*build it again"):
        places.promote("s1")
    assert status(places.live.target, options=places.live.options).release == ""
    promoted = places.promote("s1", options=replace(places.live.options, anyway=True))
    assert promoted.bound_to == result.bound_to
    assert bound_to(places.live.target, options=places.live.options) == result.bound_to


def test_a_release_that_hides_from_search_engines_stays_where_it_is(places: Places, site: Site) -> None:
    """One page may do so, most of them may not."""
    site.files["404.html"] = b'<META NAME="ROBOTS" CONTENT="NOINDEX">'
    places.stage(site, "s1")
    places.promote("s1")
    for path in site.files:
        if path.endswith(".html"):
            site.files[path] += b'<meta name="robots" content="noindex, nofollow">'
    places.stage(site, "s2")
    with pytest.raises(Refused, match="leave out 15 of its 15 pages"):
        places.promote("s2")


def test_a_release_that_nobody_searched_stays_where_it_is(places: Places, site: Site) -> None:
    """The next publish with an address looks, though nothing else is new; after that it costs nothing more."""
    publish(site.write(), places.staging.target, release="s1", options=places.staging.options)
    with pytest.raises(Refused, match="--address"):
        places.promote("s1")
    options = replace(places.staging.options, address=STAGING)
    result = publish(site.write(), places.staging.target, release="s2", options=options)
    assert (result.was_live, result.added, result.changed) == (False, (), ())
    assert publish(site.write(), places.staging.target, release="s3", options=options).was_live
    assert places.promote("s2").release == "s2"


def test_places_that_do_not_match_are_refused(places: Places, site: Site, tmp_path: Path) -> None:
    """Another kind, another host, the same place, or no place at all."""
    places.stage(site, "s1")
    other = str(tmp_path / "other") if isinstance(places.live, BucketHost) else "s3://somewhere"
    with pytest.raises(Refused, match=r"folder and .* a bucket|bucket and .* a folder"):
        promote(places.staging.target, other, "s1", options=places.live.options)
    with pytest.raises(Refused, match="same place"):
        promote(places.staging.target, places.staging.target, "s1", options=places.live.options)
    with pytest.raises(Refused, match="no target"):
        promote("ftp://host", places.live.target, "s1", options=places.live.options)


def test_two_hosts_are_refused(buckets: Places, site: Site) -> None:
    """No host copies from another."""
    buckets.stage(site, "s1")
    elsewhere = replace(buckets.staging.options, endpoint="http://127.0.0.1:9")
    with pytest.raises(Refused, match="two hosts"):
        promote(
            buckets.staging.target,
            buckets.live.target,
            "s1",
            options=buckets.live.options,
            source_options=elsewhere,
        )


def test_a_prefix_of_one_bucket_can_be_the_source(buckets: Places, site: Site) -> None:
    """A preview goes live beside itself."""
    preview = f"{buckets.live.target}/previews/17"
    publish(site.write(), preview, release="s1", options=replace(buckets.live.options, address=STAGING))
    promote(preview, buckets.live.target, "s1", options=buckets.live.options)
    served = buckets.live.served()
    assert {path: body for path, body in served.items() if not path.startswith("previews/")} == site.files


def test_no_content_is_sent_and_nothing_is_written_to_the_source(buckets: Places, proxy: Proxy, site: Site) -> None:
    """Copies in the usual order; what the live place has already is not taken from staging."""
    publish(site.write(), buckets.live.target, release="r1", options=buckets.live.options)
    later = next_build(site)
    later.files["again.xml"] = site.files["sitemap-0.xml"]
    buckets.stage(later, "s1")
    before = buckets.staging.served()
    through = replace(buckets.live.options, endpoint=proxy.url)
    result = buckets.promote("s1", options=through)
    assert result.sent_bytes == len(b'{"release": "s1"}\n')
    writes = [one for one in proxy.requests if one.method == "PUT" and "/.releases/" not in one.path]
    names = [one.path.split("/", 2)[2] for one in writes]
    assert [name for name, one in zip(names, writes, strict=True) if not one.copies] == [MARKER]
    pages = [number for number, name in enumerate(names) if name.endswith(".html")]
    assert names.index("_astro/site.Cy4g0B3d.css") < names.index("again.xml") < pages[0]
    assert names[-2:] in (["index.html", MARKER], [MARKER, "index.html"])
    sources = {name: one.headers["x-amz-copy-source"] for name, one in zip(names, writes, strict=True) if one.copies}
    live, staging = buckets.live.target[5:], buckets.staging.target[5:]
    assert sources["again.xml"] == f"/{live}/sitemap-0.xml"
    assert sources["news/index.html"] == f"/{staging}/news/index.html"
    assert {one.path.split("/")[1] for one in proxy.requests if one.method in ("PUT", "POST", "DELETE")} == {live}
    assert buckets.staging.served() == before


def test_content_that_is_not_whole_in_the_source_is_found_out_before_anything_is_written(
    buckets: Places, site: Site
) -> None:
    """Somebody wrote over it by hand."""
    buckets.stage(site, "s1")
    buckets.staging.write_by_hand("page-3/index.html", b"edited by hand")
    with pytest.raises(NotKept, match=r"page-3/index\.html"):
        buckets.promote("s1")
    assert buckets.live.served() == {}
    publish(site.write(), buckets.live.target, release="r1", options=buckets.live.options)
    buckets.promote("s1")


@pytest.mark.endurance
def test_a_promotion_may_break_at_any_moment(buckets: Places, proxy: Proxy, site: Site) -> None:
    """The same call again finishes it."""
    publish(site.write(), buckets.live.target, release="r0", options=buckets.live.options)
    for moment in range(1, 50, 4):
        later = next_build(Site(site.folder, dict(site.files)))
        later.files["turn.txt"] = str(moment).encode()
        buckets.stage(later, f"s{moment}")
        count = itertools.count(1)
        proxy.judge = lambda request, count=count, moment=moment: (  # type: ignore[misc]  # bound in this round
            Fault.NO_ANSWER if next(count) > moment else None
        )
        options = replace(buckets.live.options, endpoint=proxy.url, tries=1)
        try:
            buckets.promote(f"s{moment}", options=options)
        except PublisherError:
            buckets.promote(f"s{moment}")
        assert shown(buckets.live) == expected(later)
        state = status(buckets.live.target, options=buckets.live.options)
        assert (state.release, state.unfinished) == (f"s{moment}", "")
        assert verify(buckets.live.target, options=buckets.live.options).is_as_published


def test_folders_share_their_content(tmp_path: Path, site: Site) -> None:
    """On one disk a content is there once, however many places show it."""
    staging, live = FolderHost(tmp_path / "staging"), FolderHost(tmp_path / "live")
    places = Places(staging, live)
    places.stage(site, "s1")
    places.promote("s1")
    one, other = (host.root / "current" / "images/boat.webp" for host in (staging, live))
    assert one.stat().st_ino == other.stat().st_ino


def test_headers_say_whether_a_cdn_is_in_front_of_this_place() -> None:
    """The standard ones do; those of the site's own rules stay."""
    rules = Rules(edge_seconds=60, headers=(HeaderRule(match="*.pdf", cache_control="no-store"),))
    plain, held = (rules.headers_of("a.html", behind_cdn=cdn) for cdn in (False, True))
    assert (plain.cache_control, held.cache_control) == (FRESH, "public, max-age=0, s-maxage=60, must-revalidate")
    assert headers_at(True, plain, rules) == held
    assert headers_at(False, held, Rules()) == plain
    assert headers_at(True, held, Rules()) == held
    own = rules.headers_of("a.pdf", behind_cdn=False)
    assert headers_at(True, own, rules) == own


def test_the_command_promotes(tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """With another name, and a code when the release is not kept."""
    staging, live = str(tmp_path / "staging"), str(tmp_path / "live")
    main(["publish", str(site.write()), staging, "--release", "s1", "--address", STAGING])
    capsys.readouterr()
    assert main(["promote", staging, live, "s1", "--as", "r1"]) == 0
    assert "Release r1 is live: 17 files" in capsys.readouterr().out
    assert main(["promote", staging, live, "s2"]) == 5
