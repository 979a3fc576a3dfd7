"""A museum's site in the dashboard, its CMS, and its project in the stand-in GitLab, with the shipped CI file."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
from django.urls import reverse

from deploys.builds import previews
from deploys.builds.ci.filling import filled
from deploys.content.steps import read_source
from deploys.lifecycle import State
from deploys.models import Build, EntryProof, Preview, Release
from deploys.releases import prove, steps
from sandbox import node
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
from tests.preview_scenes import make_preview_place
from tests.publisher.hosts import Host

NOT_IN_THE_REPOSITORY = shutil.ignore_patterns("node_modules", "dist", ".cache", ".astro")
LONGEST_BUILD = 240
ADDRESS = "http://museum.example/"
BELOW_A_PATH = "http://museum.example/previews/{label}/"
BY_HOST_NAME = "http://{label}.preview.museum.example/"
TOKENS = {"feed": "feed-secret", "builds": "builds-secret", "drafts": "drafts-secret"}
CI = (node.SITE / ".gitlab-ci.yml").read_text(encoding="utf-8")


class Museum:
    """The sample CMS, a site of the dashboard that reads it, and the site's project in the stand-in GitLab."""

    def __init__(self, gitlab: GitLabSandbox, cms: WebServer, store: Store, host: Host, folder: Path, **facts: Any):
        self.store, self.host, self.gitlab, self.folder = store, host, gitlab, folder
        shutil.copytree(node.SITE, folder, ignore=NOT_IN_THE_REPOSITORY)
        told: list[tuple[str, int]] = facts["told"]
        place = {"target": host.target, "endpoint": host.options.endpoint, "url": ADDRESS}
        self.world = World(
            gitlab,
            folder,
            told,
            ci=CI,
            refs=dict.fromkeys(("main", "previews"), folder),
            environment=place | {"marker_url": f"{ADDRESS}buildhub.json"},
            runs_jobs=True,
        )
        site = self.world.environment.site
        site.content_token, site.drafts_token = TOKENS["builds"], TOKENS["drafts"]
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
            "DRAFTS_API_TOKEN": TOKENS["drafts"],
            "CMS_URL": cms.url,
            "SITE_NAME": "Harbour Museum",
            "SITE_URL": ADDRESS,
        }
        self.world.project.set_variables(variables | facts["variables"])

    def rename(self, title: str, to: str) -> str:
        """An editor changes a title in the CMS; returns the entry's key."""
        return self.change(title, title=to)

    def change(self, of: str, /, **values: Any) -> str:
        """An editor changes other fields of the entry of this title; returns its key."""
        [entry] = [one for one in self.store.entries() if one.title == of]
        kept = {each.name: getattr(entry, each.name) for each in fields(EntryValues)}
        self.store.save(
            entry.id, EntryValues(**(kept | values)), editor="Mei Okafor", at=now(), revision=entry.revision
        )
        return str(entry.id)

    def trash_hidden(self) -> None:
        """An editor throws away whatever visitors cannot see now: drafts, what is planned and what expired."""
        for entry in self.store.entries():
            if entry.state(now()) != "published":
                self.store.trash(entry.id, editor="Mei Okafor", at=now())

    def previews_at(self, preview_url: str) -> str:
        """Previews are made from now on, below the live site's target; the CI file is what `ci_file` prints."""
        live = self.world.environment
        facts = {"endpoint": live.endpoint, "gitlab_project": live.gitlab_project, "ref": "previews"}
        make_preview_place(live.site, preview_url=preview_url, target=f"{live.target}/previews", **facts)
        return self.rewrite_ci(filled(live.site, list(live.site.environments.all())).text)

    def rewrite_ci(self, text: str) -> str:
        """Somebody pushes another CI file to both branches."""
        (self.folder / ".gitlab-ci.yml").write_text(text, encoding="utf-8")
        return text

    def preview(self) -> tuple[Preview, dict[str, bytes], str]:
        """Somebody asks for a preview: its row when it can be opened, its files without the marker, and the log."""
        build = previews.request(environment=self.world.environment, actor=self.world.publisher)
        build, job = self._followed(build)
        preview = Preview.objects.select_related("build__environment", "build__release").get(build=build)
        folder = f"previews/{preview.label}/"
        found = {
            path.removeprefix(folder): body for path, body in self.host.served().items() if path.startswith(folder)
        }
        found = {path: body for path, body in found.items() if not path.startswith((".releases/", "buildhub.json"))}
        return preview, found, self.gitlab.trace(job)

    def publish(self) -> tuple[Build, Job]:
        """Somebody presses; the pipeline runs to its end; the worker looks at GitLab and at the site."""
        build, job = self._followed(self.world.press())
        prove.prove(
            Release.objects.select_related("environment", "build__site", "build__base").get(build=build), self.visitors
        )
        assert not [proof.finding for proof in EntryProof.objects.filter(is_shown=False)]
        return build, job

    def failed_preview(self) -> str:
        """Somebody asks for a preview, and its pipeline fails: the log."""
        build = previews.request(environment=self.world.environment, actor=self.world.publisher)
        self.world.run_told()
        build.refresh_from_db()
        pipeline = self.gitlab.pipeline(build.pipeline_id or 0)
        wait_until(lambda: pipeline.status == "failed", seconds=LONGEST_BUILD, what="the pipeline's end")
        [job] = pipeline.latest_jobs
        return self.gitlab.trace(job)

    def _followed(self, build: Build) -> tuple[Build, Job]:
        self.world.run_told()
        build.refresh_from_db()
        job = self.ended(self.gitlab.pipeline(build.pipeline_id or 0))
        self.world.look()
        build.refresh_from_db()
        assert build.state == State.SUCCEEDED
        steps.confirm(
            Release.objects.select_related("environment", "build__site", "build__base").get(build=build), self.visitors
        )
        self.world.told.clear()  # the worker would look at the pages of entries through the network
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
        served = self.host.served()
        return {path: served[path] for path in served if path != "buildhub.json" and not path.startswith("previews/")}

    @property
    def visitors(self) -> httpx.MockTransport:
        """The public site as it is now: the host behind a web server with a directory index."""
        served = self.host.served()

        def answer(request: httpx.Request) -> httpx.Response:
            label = re.fullmatch(r"([\w-]+)\.preview\.museum\.example", request.url.host)
            path = (f"previews/{label[1]}" if label else "") + request.url.path
            path = path.lstrip("/")
            path = f"{path}index.html" if path == "" or path.endswith("/") else path
            body = served.get(path)
            kind = {"Content-Type": "text/html" if path.endswith(".html") else "application/octet-stream"}
            return httpx.Response(404) if body is None else httpx.Response(200, content=body, headers=kind)

        return httpx.MockTransport(answer)
