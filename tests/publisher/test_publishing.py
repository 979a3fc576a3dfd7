"""Publishing on every kind of host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher import Options, plan, publish, verify
from publisher.errors import HeldBack, Refused
from publisher.rules import HeaderRule, Rules
from tests.publisher.hosts import BucketHost, Host, Site, next_build


def test_a_first_publish_serves_the_build(host: Host, site: Site) -> None:
    """Every file is there byte for byte, and nothing else."""
    result = publish(site.write(), host.target, release="r1", options=host.options)
    assert host.served() == site.files
    assert (result.release, result.base, result.files) == ("r1", "", len(site.files))
    assert verify(host.target, options=host.options).is_as_published


def test_a_second_publish_sends_only_what_differs(host: Host, site: Site) -> None:
    """By content: the times of all files are new, and the changed pages have the same size."""
    publish(site.write(), host.target, options=host.options)
    old = dict(site.files)
    later = next_build(site)
    result = publish(later.write(), host.target, options=host.options)
    kept = {"_astro/site.Bx3f9A2c.css": old["_astro/site.Bx3f9A2c.css"]}
    assert host.served() == later.files | kept
    assert result.added == ("_astro/site.Cy4g0B3d.css", "news/index.html")
    assert result.removed == ("page-1/index.html",)
    assert set(result.changed) == {path for path in later.files if path in old and old[path] != later.files[path]}
    assert result.sent_bytes == sum(len(later.files[path]) for path in (*result.added, *result.changed))


def test_the_same_build_again_changes_nothing(host: Host, site: Site) -> None:
    """The live release is named, whatever name was asked for."""
    publish(site.write(), host.target, release="r1", options=host.options)
    result = publish(site.write(), host.target, release="r2", options=host.options)
    assert (result.was_live, result.release) == (True, "r1")


def test_a_plan_says_what_would_happen_and_does_nothing(host: Host, site: Site) -> None:
    """The plan's lists are those of the publish that follows."""
    publish(site.write(), host.target, release="r1", options=host.options)
    before = host.served()
    later = next_build(site).write()
    planned = plan(later, host.target, options=host.options)
    assert host.served() == before
    done = publish(later, host.target, options=host.options)
    assert (planned.added, planned.changed, planned.removed) == (done.added, done.changed, done.removed)
    assert planned.base == "r1"


def test_old_assets_stay_for_their_days_and_then_go(host: Host, site: Site) -> None:
    """Open tabs still ask for them; afterwards a publish takes them away."""
    publish(site.write(), host.target, options=host.options)
    later = next_build(site)
    publish(later.write(), host.target, options=host.options)
    assert "_astro/site.Bx3f9A2c.css" in host.served()
    later.files["extra.txt"] = b"1"
    options = replace(host.options, rules=Rules(keep_hashed_days=0))
    result = publish(later.write(), host.target, options=options)
    assert result.removed == ("_astro/site.Bx3f9A2c.css",)
    assert host.served() == later.files


def test_an_asset_that_comes_back_is_not_sent_again(host: Host, site: Site) -> None:
    """While it stays for open tabs it is there already."""
    first = dict(site.files)
    publish(site.write(), host.target, options=host.options)
    publish(next_build(site).write(), host.target, options=host.options)
    site.files = first
    result = publish(site.write(), host.target, options=host.options)
    assert "_astro/site.Bx3f9A2c.css" not in (*result.added, *result.changed)
    assert verify(host.target, options=host.options).is_as_published


def test_a_publish_that_would_remove_many_pages_is_held_back(host: Host, site: Site) -> None:
    """Nothing is written, the pages are named, and a person's word lets it through."""
    publish(site.write(), host.target, options=host.options)
    before = host.served()
    for number in range(4):
        del site.files[f"page-{number}/index.html"]
    with pytest.raises(HeldBack) as held:
        publish(site.write(), host.target, options=host.options)
    assert held.value.removed == tuple(f"page-{number}/index.html" for number in range(4))
    assert host.served() == before
    publish(site.write(), host.target, options=replace(host.options, anyway=True))
    assert host.served() == site.files


def test_losing_the_front_page_is_held_back(host: Host, site: Site) -> None:
    """However few pages go."""
    publish(site.write(), host.target, options=host.options)
    del site.files["index.html"]
    with pytest.raises(HeldBack, match="front page"):
        publish(site.write(), host.target, options=host.options)
    assert "index.html" in host.served()


def test_an_empty_build_is_refused(host: Host, tmp_path: Path) -> None:
    """A build that failed to write anything must not empty the site."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(Refused, match="no file"):
        publish(tmp_path / "empty", host.target, options=host.options)


def test_a_release_name_stands_for_one_content(host: Host, site: Site) -> None:
    """The same name for another build is refused before anything is written."""
    publish(site.write(), host.target, release="r1", options=host.options)
    before = host.served()
    with pytest.raises(Refused, match="other content"):
        publish(next_build(site).write(), host.target, release="r1", options=host.options)
    assert host.served() == before


def test_a_marker_names_the_live_release(host: Host, site: Site) -> None:
    """It is published last, and a build that changes nothing else leaves it."""
    options = replace(host.options, marker="buildhub.json")
    publish(site.write(), host.target, release="r1", options=options)
    assert host.served()["buildhub.json"] == b'{"release": "r1"}\n'
    assert publish(site.write(), host.target, release="r2", options=options).release == "r1"


def test_what_was_changed_by_hand_is_found_and_mended(host: Host, site: Site) -> None:
    """verify names it, an ordinary publish trusts its manifest, publish with verify puts it right."""
    publish(site.write(), host.target, release="r1", options=host.options)
    host.write_by_hand("page-2/index.html", b"edited")
    host.write_by_hand("stray.txt", b"mine")
    host.delete_by_hand("page-3/index.html")
    found = verify(host.target, options=host.options)
    assert (found.changed, found.missing, found.unknown) == (
        ("page-2/index.html",),
        ("page-3/index.html",),
        ("stray.txt",),
    )
    publish(site.write(), host.target, options=replace(host.options, verify=True))
    served = host.served()
    assert {path: served[path] for path in site.files} == site.files
    assert verify(host.target, options=host.options).is_as_published


def test_headers_follow_the_rules(bucket: BucketHost, site: Site) -> None:
    """Assets for a year, everything else is asked for again, text has its charset."""
    publish(site.write(), bucket.target, options=bucket.options)
    asset, page = bucket.read("_astro/site.Bx3f9A2c.css"), bucket.read("page-1/index.html")
    assert asset["CacheControl"] == "public, max-age=31536000, immutable"
    assert asset["ContentType"] == "text/css; charset=utf-8"
    assert page["CacheControl"] == "public, max-age=0, must-revalidate"
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert page["Metadata"]["cache-tag"] == "html"
    assert bucket.read("images/boat.webp")["ContentType"] == "image/webp"


def test_a_new_rule_changes_headers_without_sending_content(bucket: BucketHost, site: Site) -> None:
    """A copy of the object onto itself."""
    publish(site.write(), bucket.target, options=bucket.options)
    rules = Rules(headers=(HeaderRule(match="*.webp", cache_control="public, max-age=60"),))
    result = publish(site.write(), bucket.target, options=replace(bucket.options, rules=rules))
    assert (result.headers_changed, result.sent_bytes) == (("images/boat.webp",), 0)
    assert bucket.read("images/boat.webp")["CacheControl"] == "public, max-age=60"
    assert bucket.served() == site.files


def test_previews_and_foreign_folders_are_never_touched(bucket: BucketHost, site: Site) -> None:
    """Not by a publish, not by one that lists everything and removes what it does not know."""
    foreign = {"previews/17/index.html": b"preview", "media/film.mp4": b"film"}
    for path, body in foreign.items():
        bucket.write_by_hand(path, body)
    rules = Rules(foreign=("previews/", "media/"))
    options = replace(bucket.options, rules=rules)
    publish(site.write(), bucket.target, options=options)
    publish(next_build(site).write(), bucket.target, options=replace(options, verify=True, remove_unknown=True))
    served = bucket.served()
    assert {path: served[path] for path in foreign} == foreign


def test_a_build_with_files_in_a_foreign_folder_is_refused(bucket: BucketHost, site: Site) -> None:
    """They could not be published without touching what is others'."""
    site.files["previews/mine.html"] = b"1"
    with pytest.raises(Refused, match="never touches"):
        publish(site.write(), bucket.target, options=bucket.options)


def test_a_prefix_is_a_site_of_its_own(bucket: BucketHost, site: Site) -> None:
    """A preview beside the live site: neither sees the other."""
    publish(site.write(), bucket.target, options=bucket.options)
    live = bucket.served()
    preview = next_build(site)
    publish(preview.write(), f"{bucket.target}/previews/17", options=bucket.options)
    served = bucket.served()
    assert {path: body for path, body in served.items() if not path.startswith("previews/")} == live
    below = {path.removeprefix("previews/17/") for path in served if path.startswith("previews/17/")}
    assert preview.files.keys() == {path for path in below if not path.startswith(".releases/")}


def test_a_bucket_that_another_tool_filled_is_taken_over(bucket: BucketHost, site: Site) -> None:
    """Equal content is not sent again, headers are put right, and files of no build are left alone."""
    for path, body in site.files.items():
        bucket.write_by_hand(path, body)
    bucket.write_by_hand("old/page.html", b"old")
    site.files["page-1/index.html"] = b"changed"
    result = publish(site.write(), bucket.target, options=bucket.options)
    assert result.changed == ("page-1/index.html",)
    assert result.sent_bytes == len(b"changed")
    assert result.unknown == ("old/page.html",)
    assert bucket.read("page-2/index.html")["CacheControl"] == "public, max-age=0, must-revalidate"
    assert bucket.served() == site.files | {"old/page.html": b"old"}


def test_files_of_no_release_go_when_that_is_asked_for(bucket: BucketHost, site: Site) -> None:
    """As `aws s3 sync --delete` would do."""
    bucket.write_by_hand("old/notes.txt", b"old")
    publish(site.write(), bucket.target, options=replace(bucket.options, remove_unknown=True))
    assert bucket.served() == site.files


def test_a_large_file_goes_in_parts(bucket: BucketHost, site: Site) -> None:
    """Its headers and its bytes arrive as those of any other, and a copy of it is kept."""
    first = b"0123456789abcdef" * (65 * 1024 * 64)
    site.files["film.mp4"] = first
    publish(site.write(), bucket.target, release="r1", options=bucket.options)
    assert bucket.read("film.mp4")["ETag"].endswith('-9"')
    assert bucket.read("film.mp4")["ContentType"] == "video/mp4"
    assert bucket.read("film.mp4")["Body"].read() == first
    assert publish(site.write(), bucket.target, options=bucket.options).was_live


def test_a_target_must_be_one(site: Site) -> None:
    """Other addresses are refused in words."""
    for address in ("ftp://host/site", "s3://", ""):
        with pytest.raises(Refused, match="no target"):
            publish(site.write(), address, options=Options())


def test_a_missing_bucket_is_named(bucket: BucketHost, site: Site) -> None:
    """Rather than a code."""
    with pytest.raises(Refused, match=r"no bucket|does not exist"):
        publish(site.write(), "s3://not-there-at-all", options=bucket.options)
