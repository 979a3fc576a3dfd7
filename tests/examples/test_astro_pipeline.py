"""From an edit in the sample CMS to what visitors read: the shipped CI file, Astro, the publisher, bucket or folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from deploys.content.steps import read_source
from deploys.lifecycle import State
from deploys.models import Build, EntryProof, Proof, Release
from deploys.releases import prove, steps
from sandbox import node
from sandbox.cms import CMSOptions, create_cms
from sandbox.cms.clock import now
from sandbox.cms.entries import EntryValues
from sandbox.cms.store import Store
from sandbox.gitlab import GitLabSandbox
from sandbox.gitlab.records import Job, Pipeline
from sandbox.seed import FEED
from sandbox.site import WebServer
from tests import scenes
from tests.flows.worker import wait_until
from tests.flows.world import World
from tests.publisher import servers
from tests.publisher.hosts import BucketHost, FolderHost, Host

ROOT = Path(__file__).parents[2]
NODE = node.folder()
NOT_IN_THE_REPOSITORY = shutil.ignore_patterns("node_modules", "dist", ".cache", ".astro")
LONGEST_BUILD = 90
ADDRESS = "http://museum.example/"
TOKENS = {"feed": "feed-secret", "builds": "builds-secret"}

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.endurance,
    pytest.mark.skipif(NODE is None, reason=f"THE ASTRO SITE WAS NOT BUILT: {node.MISSING}"),
]


class Museum:
    """The sample CMS, a site of the dashboard that reads it, and the site's project in the stand-in GitLab."""

    def __init__(self, gitlab: GitLabSandbox, cms: WebServer, store: Store, host: Host, folder: Path, **facts: Any):
        self.store, self.host, self.gitlab = store, host, gitlab
        shutil.copytree(node.SITE, folder, ignore=NOT_IN_THE_REPOSITORY)
        told: list[tuple[str, int]] = facts["told"]
        place = {"target": host.target, "endpoint": host.options.endpoint, "url": ADDRESS}
        self.world = World(
            gitlab,
            folder,
            told,
            ci=(node.SITE / ".gitlab-ci.yml").read_text(encoding="utf-8"),
            environment=place | {"marker_url": f"{ADDRESS}buildhub.json"},
            runs_jobs=True,
        )
        site = self.world.environment.site
        site.content_token = TOKENS["builds"]
        site.save()
        self.source = scenes.make_source(
            site=site,
            config=FEED | {"url": f"{cms.url}api/entries?drafts=1"},
            secrets=json.dumps({"token": TOKENS["feed"]}),
            allowed_private_hosts=[cms.url.split("/")[2]],
            proof_meta="buildhub:entry",
        )
        read_source(self.source.pk)
        variables = {
            "CONTENT_API_URL": facts["dashboard"] + reverse("content-feed", args=[site.slug]),
            "CONTENT_API_TOKEN": TOKENS["builds"],
            "CMS_URL": cms.url,
            "SITE_NAME": "Harbour Museum",
            "SITE_URL": ADDRESS,
        }
        self.world.project.set_variables(variables | facts["variables"])

    def rename(self, title: str, to: str) -> str:
        """An editor changes a title in the CMS; returns the entry's key."""
        [entry] = [one for one in self.store.entries() if one.title == title]
        kept = {each.name: getattr(entry, each.name) for each in fields(EntryValues)}
        values = EntryValues(**(kept | {"title": to}))
        self.store.save(entry.id, values, editor="Mei Okafor", at=now(), revision=entry.revision)
        return str(entry.id)

    def publish(self) -> tuple[Build, Job]:
        """Somebody presses; the pipeline runs to its end; the worker looks at GitLab and at the site."""
        build = self.world.press()
        self.world.run_told()
        build.refresh_from_db()
        job = self.ended(self.gitlab.pipeline(build.pipeline_id or 0))
        self.world.look()
        build.refresh_from_db()
        assert build.state == State.SUCCEEDED
        release = Release.objects.select_related("environment", "build__site", "build__base").get(build=build)
        visitors = self.visitors
        steps.confirm(release, visitors)
        self.world.told.clear()  # the worker would look at the pages of entries through the network
        release.refresh_from_db()
        release.environment.refresh_from_db()
        prove.prove(release, visitors)
        assert not [proof.finding for proof in EntryProof.objects.filter(is_shown=False)]
        return build, job

    def ended(self, pipeline: Pipeline) -> Job:
        """The one job of a pipeline, when it went well."""
        wait_until(
            lambda: pipeline.status in ("success", "failed", "canceled"),
            seconds=LONGEST_BUILD,
            what="the pipeline's end",
        )
        [job] = pipeline.latest_jobs
        assert pipeline.status == "success", self.gitlab.trace(job)
        return job

    def nightly(self, **variables: str) -> str:
        """The schedule falls due: the log of a build that pulls everything anew, without a person or a request."""
        started = self.gitlab.create_pipeline(self.world.project, source="schedule", variables=variables)
        return self.gitlab.trace(self.ended(started))

    def pages(self) -> dict[str, bytes]:
        """What visitors get, without the marker."""
        return {path: body for path, body in self.host.served().items() if path != "buildhub.json"}

    @property
    def visitors(self) -> httpx.MockTransport:
        """The public site as it is now: the host behind a web server with a directory index."""
        served = self.host.served()

        def answer(request: httpx.Request) -> httpx.Response:
            path = request.url.path.lstrip("/")
            path = f"{path}index.html" if path == "" or path.endswith("/") else path
            body = served.get(path)
            kind = {"Content-Type": "text/html" if path.endswith(".html") else "application/octet-stream"}
            return httpx.Response(404) if body is None else httpx.Response(200, content=body, headers=kind)

        return httpx.MockTransport(answer)


@pytest.fixture
def gitlab(tmp_path: Path) -> Iterator[GitLabSandbox]:
    """A GitLab whose runner has Node, the site's modules as the image has them, and the publisher."""
    assert NODE is not None
    runner = node.environment(NODE) | {"PYTHONPATH": str(ROOT)}
    with GitLabSandbox(tmp_path / "gitlab", runner_environment=runner) as running:
        yield running


@pytest.fixture
def make_museum(
    gitlab: GitLabSandbox, tmp_path: Path, live_server: Any, told: list[tuple[str, int]]
) -> Iterator[Callable[..., Museum]]:
    """A museum that publishes to this host, with these variables beside the usual ones."""
    cms = WebServer(
        create_cms(CMSOptions(data=tmp_path / "cms", content_token=TOKENS["feed"])), host="127.0.0.1", port=0
    )
    cms.start()
    store = Store(tmp_path / "cms" / "cms.sqlite3")

    def make(host: Host, **variables: str) -> Museum:
        facts = {"told": told, "dashboard": live_server.url, "variables": variables}
        return Museum(gitlab, cms, store, host, tmp_path / "repository", **facts)

    yield make
    cms.stop()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketHost]:
    """A bucket on an S3 server, and the worker's credentials for it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", servers.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", servers.SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    url, stop = servers.start_moto()
    yield BucketHost(url, "museum")
    stop()


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
