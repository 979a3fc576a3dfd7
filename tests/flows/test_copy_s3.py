"""The same through a bucket: the report, the proof and the way back, with the worker's own credentials."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import publisher
from deploys.builds import copies
from deploys.builds.steps import copy
from deploys.lifecycle import State
from deploys.models import Build, Environment, HostState, Proof, Release
from deploys.releases import actions, host_check, steps
from tests import scenes
from tests.publisher import servers
from tests.publisher.hosts import BucketHost

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """An S3 server in a process of its own."""
    url, stop = servers.start_moto()
    yield url
    stop()


@pytest.fixture
def bucket(address: str, monkeypatch: pytest.MonkeyPatch) -> BucketHost:
    """A bucket, and the worker's credentials in its environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", servers.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", servers.SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return BucketHost(address, f"dashboard-{uuid.uuid4().hex}")


@pytest.fixture
def environment(bucket: BucketHost) -> Environment:
    """An environment that publishes below a prefix of the bucket."""
    return scenes.make_environment(target=f"{bucket.target}/www", endpoint=bucket.url, url="http://www.example/")


def site_of(bucket: BucketHost) -> httpx.MockTransport:
    """The CDN: what the bucket serves below the prefix, with the directory index."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.lstrip("/")
        key = f"www/{path}index.html" if path == "" or path.endswith("/") else f"www/{path}"
        body = bucket.served().get(key)
        return httpx.Response(404) if body is None else httpx.Response(200, content=body)

    return httpx.MockTransport(answer)


def publish(environment: Environment, folder: Path, text: str) -> Build:
    """A pipeline that publishes, and the worker that looks at it."""
    build = scenes.make_build(environment=environment, state=State.SUCCEEDED)
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_text(f"<h1>{text}</h1>")
    (folder / "hours.html").write_text(f"<h1>hours {text}</h1>")
    options = publisher.Options(endpoint=environment.endpoint, marker="buildhub.json")
    publisher.publish(folder, environment.target, release=str(build.key), options=options)
    actions.record(build)
    return build


def look(build: Build, bucket: BucketHost) -> Release:
    """Look at the public site once."""
    release = Release.objects.select_related("environment", "build__site").get(build=build)
    steps.confirm(release, site_of(bucket))
    release.refresh_from_db()
    return release


def test_report_proof_and_the_way_back(environment: Environment, bucket: BucketHost, tmp_path: Path) -> None:
    """Two publishes through the bucket, and the first one again by copies alone."""
    first = publish(environment, tmp_path / "dist", "one")
    assert look(first, bucket).pages_changed == 2
    second = publish(environment, tmp_path / "dist", "two")
    release = look(second, bucket)
    assert (release.proof, release.pages, release.report["changed"]) == (
        Proof.MARKER,
        2,
        ["buildhub.json", "hours.html", "index.html"],
    )
    build = copies.bring_back(build=Build.objects.get(pk=first.pk), actor=None)
    copy.run(build.pk)
    back = look(build, bucket)
    assert (back.proof, back.host_id, back.sent_bytes) == (Proof.MARKER, str(first.key), 0)
    assert bucket.served()["www/hours.html"] == b"<h1>hours one</h1>"


def test_a_regular_look_at_a_bucket(environment: Environment, bucket: BucketHost, tmp_path: Path) -> None:
    """A file changed by hand is found by its mark, and the storage of the releases is known."""
    look(publish(environment, tmp_path / "dist", "one"), bucket)
    bucket.write_by_hand("www/hours.html", b"by hand")
    related = HostState.objects.select_related("environment__site", "environment__live_release__build")
    state = related.get(environment=environment)
    host_check.check(state, site_of(bucket))
    assert (state.trouble, state.differing) == ("changed_by_hand", ["hours.html"])
    assert state.storage


def test_a_bucket_that_refuses_the_worker(environment: Environment, bucket: BucketHost) -> None:
    """Not there: the finding says so in words, and the build waits for its proof."""
    Environment.objects.filter(pk=environment.pk).update(target="s3://nobody-has-this/www")
    environment.refresh_from_db()
    build = scenes.make_build(environment=environment, state=State.SUCCEEDED)
    actions.record(build)
    release = look(build, bucket)
    assert release.proof == Proof.PENDING
    assert release.finding.startswith("The web host: ")
