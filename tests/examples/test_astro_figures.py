"""What README says of the Astro site, but for seconds: files and paths of an edit, requests of a pull."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deploys.models import Release
from sandbox import node
from tests.examples import archive
from tests.examples.museum import Museum
from tests.publisher import servers
from tests.publisher.hosts import BucketHost, Cdn, FolderHost

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.endurance,
    pytest.mark.skipif(node.folder() is None, reason=f"THE ASTRO SITE WAS NOT BUILT: {node.MISSING}"),
]

EDITED = 90  # in the middle of its section and of its subjects


def retitle(museum: Museum) -> str:
    """An editor changes a title; returns the page's path."""
    return archive.edit(museum.store, archive.title(EDITED), title="What the quay said").lstrip("/")


def differing(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """Paths whose bytes are not the same in both."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def test_200_entries(make_museum: Callable[..., Museum], bucket: BucketHost, tmp_path: Path) -> None:
    """One title sends the files whose bytes differ and drops 15 paths at most; two cold builds differ in nothing."""
    keys = {"AWS_ACCESS_KEY_ID": servers.KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET, "AWS_REGION": "us-east-1"}
    cdn = Cdn(bucket, bucket.url)
    place = {"SITE_BUCKET": bucket.bucket, "SITE_DISTRIBUTION_ID": cdn.distribution, "AWS_ENDPOINT_URL": bucket.url}
    museum = make_museum(bucket, **place, **keys)
    archive.fill(museum.store, 200)
    museum.publish()
    first = museum.pages()
    edited = retitle(museum)
    build, _ = museum.publish()
    second = museum.pages()

    report = Release.objects.get(build=build).report
    differ = differing(first, second)
    assert sorted(set(report["added"] + report["changed"]) - {"buildhub.json"}) == differ
    assert f"{edited}index.html" in differ and 5 <= len(differ) <= 8
    assert len(cdn.asked()[-1]) <= 15

    shutil.rmtree(tmp_path / "gitlab" / "caches")
    assert "Cache file does not exist" in museum.nightly()
    assert differing(second, museum.pages()) == []


def test_2000_entries(make_museum: Callable[..., Museum], tmp_path: Path) -> None:
    """After a first pull in pages, one edit comes in one request, and nothing else with it."""
    host = FolderHost(tmp_path / "site")
    host.root.mkdir()
    museum = make_museum(host, SITE_FOLDER=host.target)
    archive.fill(museum.store, 2000)
    _, job = museum.publish()
    assert re.search(r"everything: 4 requests, 2000 entries", museum.gitlab.trace(job))
    edited = retitle(museum)
    _, job = museum.publish()
    assert "what differs: 1 requests, 1 entries, 2000 held" in museum.gitlab.trace(job)
    assert b"<h1>What the quay said</h1>" in museum.pages()[f"{edited}index.html"]
