"""From an edit in the sample CMS to what visitors read: the shipped CI file, Astro, the publisher, bucket or folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from deploys.models import EntryProof, Proof, Release
from sandbox import node
from tests.examples.museum import Museum
from tests.publisher import servers
from tests.publisher.hosts import BucketHost, FolderHost

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(node.folder() is None, reason=f"THE ASTRO SITE WAS NOT BUILT: {node.MISSING}"),
]


def test_an_edit_becomes_a_page_in_the_bucket(
    make_museum: Callable[..., Museum], bucket: BucketHost, client: Client
) -> None:
    """Press, build, publish, proof; then only what the edit changed is pulled and sent, and nothing by night."""
    keys = {"AWS_ACCESS_KEY_ID": servers.KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET, "AWS_REGION": "us-east-1"}
    museum = make_museum(bucket, SITE_BUCKET=bucket.bucket, AWS_ENDPOINT_URL=bucket.url, **keys)
    _, job = museum.publish()
    assert job.name == "build_site_live"
    first = museum.pages()

    edited = museum.rename("Café menu", "What the café cooks")
    build, job = museum.publish()
    second = museum.pages()
    log = museum.gitlab.trace(job)
    assert "what differs: 1 requests, 1 entries" in log  # the cursor came back with the cache
    assert b"<h1>What the caf\xc3\xa9 cooks</h1>" in second["visit/cafe-menu/index.html"]

    release = Release.objects.get(build=build)
    differing = sorted(path for path in first.keys() | second.keys() if first.get(path) != second.get(path))
    sent = sorted(set(release.report["added"] + release.report["changed"]) - {"buildhub.json"})
    assert (sent, release.report["removed"]) == (differing, [])
    assert 5 <= len(sent) <= 8, sent

    client.force_login(museum.world.publisher)
    card = client.get(museum.world.environment.get_absolute_url()).content.decode()
    assert (release.proof, "Live" in card) == (Proof.MARKER, True)
    shown = EntryProof.objects.latest("checked_at")
    assert (shown.version.entry_key, shown.is_shown) == (edited, True)

    by_night = museum.nightly()
    assert "everything:" in by_night and "WARNING: Cache" not in by_night
    assert museum.pages() == second


@pytest.mark.endurance
def test_the_same_pipeline_publishes_to_a_folder(make_museum: Callable[..., Museum], tmp_path: Path) -> None:
    """One variable more; a second build changes no file; below a path links that editors wrote stay there."""
    host = FolderHost(tmp_path / "site")
    host.root.mkdir()
    museum = make_museum(host, SITE_FOLDER=host.target)
    museum.publish()
    first = museum.pages()
    assert b"Opening hours" in first["visit/opening-hours/index.html"]
    assert json.loads(host.served()["buildhub.json"])
    by_night = museum.nightly()
    assert "everything:" in by_night
    assert museum.pages() == first

    below_a_path = museum.nightly(SITE_BASE="/previews/17/")
    assert ", 0 broken" in below_a_path
    assert b'href="/previews/17/visit/access-for-everyone/"' in museum.pages()["visit/getting-here/index.html"]
