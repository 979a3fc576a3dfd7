"""Somebody asks every page, and the assets that it names, at every moment of a publish and of a bring back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from publisher import bring_back, publish
from tests.publisher.conftest import new_bucket
from tests.publisher.hosts import BucketHost, FolderHost, Site, next_build, small_site
from tests.publisher.prober import Prober, of_bucket
from tests.publisher.proxy import Proxy

DELAY = 0.05


def a_site(folder: Path) -> tuple[Site, Site]:
    """Two builds that differ in the asset which every page names."""
    site = small_site(folder, pages=40)
    site.files = {
        path: body.replace(b"_astro/site", b"/_astro/site").replace(b'"//', b'"/') for path, body in site.files.items()
    }
    return site, next_build(site)


@pytest.mark.parametrize("kind", ["seaweedfs", "moto", "ministack"])
def test_no_page_of_a_bucket_is_broken_or_stale(kind: str, server: Callable[[str], str], tmp_path: Path) -> None:
    """Each request is held back, so that every moment between two of them is seen."""
    host = new_bucket(server(kind))
    before, after = a_site(tmp_path / "dist")
    publish(before.write(), host.target, release="before", options=host.options)
    pages = {path for path in before.files if path.endswith(".html")} & after.files.keys()
    proxy = Proxy(host.url, delay=DELAY)
    fetch, close = of_bucket(host.url, host.bucket)
    options = replace(host.through(proxy.url), anyway=True)
    with Prober(fetch, pages) as prober:
        publish(after.write(), host.target, release="after", options=options)
    assert prober.broken == {}
    assert_shows(host, after)
    with Prober(fetch, pages) as prober:
        bring_back(host.target, "before", options=options)
    close()
    proxy.close()
    assert prober.broken == {}
    assert prober.asked > len(pages)
    assert_shows(host, before)


def test_no_page_of_a_folder_is_broken_or_stale(tmp_path: Path) -> None:
    """Switched to and fro while it is read the way a web server reads it."""
    host = FolderHost(tmp_path / "target")
    before, after = a_site(tmp_path / "dist")
    publish(before.write(), host.target, release="before", options=host.options)
    pages = {path for path in before.files if path.endswith(".html")} & after.files.keys()

    def fetch(path: str) -> bytes | None:
        try:
            return (host.root / "current" / path).read_bytes()
        except FileNotFoundError:
            return None

    with Prober(fetch, pages) as prober:
        for turn in range(3):
            publish(after.write(), host.target, release=f"after{turn}", options=host.options)
            assert_shows(host, after)
            bring_back(host.target, "before", options=host.options)
    assert prober.broken == {}
    assert_shows(host, before)


def test_the_prober_sees_what_is_broken() -> None:
    """A page that is missing, and one whose asset is."""
    files = {"a/index.html": b'<link href="/_astro/gone.css">', "c/index.html": b"whole"}
    with Prober(files.get, ["a/index.html", "b/index.html", "c/index.html"]) as prober:
        pass
    assert prober.broken == {
        "a/index.html": "names _astro/gone.css, which is not there",
        "b/index.html": "is not there",
    }


def assert_shows(host: BucketHost | FolderHost, build: Site) -> None:
    """Every file of the build, and beside them hashed assets alone."""
    served = host.served()
    assert {path: served.get(path) for path in build.files} == build.files
    assert all(path.startswith("_astro/") for path in served.keys() - build.files.keys())
