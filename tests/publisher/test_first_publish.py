"""A first publish over a place that another tool filled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher import bring_back, publish, verify
from publisher.errors import HeldBack, Refused
from publisher.terminal import lines_of
from tests.publisher.hosts import BucketHost, FolderHost, Site


@pytest.fixture
def filled(tmp_path: Path, site: Site) -> FolderHost:
    """A folder whose link leads to a tree of another tool: the site, two files more, and another front page."""
    tree = tmp_path / "other-tool" / "7"
    files = {**site.files, "index.html": b"older", "old.html": b"old", "_astro/old.Ab1c2D3e.js": b"old()"}
    Site(tree, files).write()
    host = FolderHost(tmp_path / "target")
    host.root.mkdir()
    (host.root / "current").symlink_to(tree)
    return host


def test_in_a_folder_what_stays_as_it_is_does_not_count(filled: FolderHost, site: Site) -> None:
    """A folder has no headers that could be new; what is in no release is not served any more, and is said to go."""
    result = publish(site.write(), filled.target, release="r1", options=filled.options)
    assert (result.added, result.changed, result.headers_changed) == ((), ("index.html",), ())
    assert (result.removed, result.unknown) == (("old.html",), ())
    assert result.kept == ("_astro/old.Ab1c2D3e.js",)
    assert "left alone" not in "\n".join(lines_of(result))
    assert filled.served() == site.files | {"_astro/old.Ab1c2D3e.js": b"old()"}
    assert verify(filled.target, options=filled.options).is_as_published


def test_in_a_folder_pages_of_the_other_tool_do_not_vanish_unasked(filled: FolderHost, site: Site) -> None:
    """They count as pages that are there."""
    for number in range(30):
        filled.write_by_hand(f"more-{number}.html", b"more")
    before = filled.served()
    with pytest.raises(HeldBack) as held:
        publish(site.write(), filled.target, release="r1", options=filled.options)
    assert len(held.value.removed) == 31
    assert filled.served() == before
    publish(site.write(), filled.target, release="r1", options=replace(filled.options, anyway=True))
    assert "more-1.html" not in filled.served()


def test_in_a_folder_what_was_put_beside_a_release_is_said_to_go(tmp_path: Path, site: Site) -> None:
    """When somebody looks; a picture with a hash in its name stays for open tabs and is kept like any other."""
    host = FolderHost(tmp_path / "target")
    publish(site.write(), host.target, release="r1", options=host.options)
    host.write_by_hand("by-hand.txt", b"1")
    host.write_by_hand("_astro/by-hand.Ab1c2D3e.js", b"2")
    site.files["index.html"] = b"new"
    result = publish(site.write(), host.target, release="r2", options=replace(host.options, verify=True))
    assert (result.removed, result.unknown, result.kept) == (("by-hand.txt",), (), ("_astro/by-hand.Ab1c2D3e.js",))
    assert host.served() == site.files | {"_astro/by-hand.Ab1c2D3e.js": b"2"}
    bring_back(host.target, "r1", options=host.options)
    assert host.served()["_astro/by-hand.Ab1c2D3e.js"] == b"2"


def test_in_a_folder_what_is_not_kept_any_more_is_kept_again(tmp_path: Path, site: Site) -> None:
    """From what is served, when it is still the content that it should be."""
    host = FolderHost(tmp_path / "target")
    publish(site.write(), host.target, release="r1", options=host.options)
    for blob in (host.root / ".releases" / "blobs").iterdir():
        blob.unlink()
    site.files["index.html"] = b"new"
    host.write_by_hand("page-3/index.html", b"by hand")
    with pytest.raises(Refused, match=r"page-3/index\.html is missing .* --verify"):
        publish(site.write(), host.target, release="r2", options=host.options)
    publish(site.write(), host.target, release="r2", options=replace(host.options, verify=True))
    assert host.served() == site.files


def test_in_a_bucket_files_of_no_release_stay(bucket: BucketHost, site: Site) -> None:
    """They are reported, and are still there."""
    bucket.write_by_hand("old.html", b"old")
    result = publish(site.write(), bucket.target, release="r1", options=bucket.options)
    assert (result.removed, result.unknown) == ((), ("old.html",))
    assert "1 files on the target are of no release; they were left alone." in lines_of(result)
    assert bucket.served() == site.files | {"old.html": b"old"}
