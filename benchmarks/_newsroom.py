"""A newsroom with the whole chain behind it: CMS, dashboard with its worker, a GitLab that really runs the Astro site's
CI file, publisher, web host; people who press and people who look."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import _ready
import httpx
from _gitlab import API_TOKEN, HOOK_TOKEN, TRIGGER_TOKEN
from _people import Person, make_users, page_of
from _stage import HOST, Stage, wait_until
from django.urls import reverse

from deploys.content.steps import read_source
from deploys.models import Build, Environment, Release
from sandbox import node
from sandbox.cms import CMSOptions, create_cms
from sandbox.cms.store import Store
from sandbox.seed import FEED
from sandbox.site import WebServer
from tests import scenes
from tests.examples import archive

NOT_IN_THE_REPOSITORY = shutil.ignore_patterns("node_modules", "dist", ".cache", ".astro")
FEED_TOKEN, BUILDS_TOKEN = "feed-secret", "builds-secret"
LONGEST = 180


@dataclass(frozen=True, kw_only=True)
class Publish:
    """One press, in seconds since it: when GitLab's job ran and ended, visitors saw it, the card said Live; the log."""

    job_began: float
    job_ended: float
    seen: float
    live: float
    log: str
    report: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where it publishes to and where visitors look."""

    target: str
    address: str
    endpoint: str = ""


class Newsroom:
    """So many entries that visitors can see. Raises RuntimeError where there is no Node to build with."""

    def __init__(self, stage: Stage, place: Place, *, name: str, entries: int, variables: Mapping[str, str]) -> None:
        self.stage, self.place = stage, place
        folder = _ready.DATA / name
        cms = WebServer(
            create_cms(CMSOptions(data=folder / "cms", content_token=FEED_TOKEN, dashboard_url="", site_url="")),
            host=HOST,
            port=0,
        )
        cms.start()
        self.store = Store(folder / "cms" / "cms.sqlite3")
        archive.fill(self.store, entries)
        repository = folder / "repository"
        shutil.copytree(node.SITE, repository, ignore=NOT_IN_THE_REPOSITORY)
        self.project = stage.gitlab.add_project(
            name, repository, trigger_token=TRIGGER_TOKEN, api_token=API_TOKEN, runs_jobs=True
        )
        self.environment = self._environment(name)
        site = self.environment.site
        self._read(cms.url)
        dashboard = f"http://{HOST}:{stage.port}"
        self.project.set_variables(
            {
                "CONTENT_API_URL": dashboard + reverse("content-feed", args=[site.slug]),
                "CONTENT_API_TOKEN": BUILDS_TOKEN,
                "CMS_URL": cms.url,
                "SITE_NAME": "Harbour Museum",
                "SITE_URL": place.address,
                **variables,
            }
        )
        assert self.environment.gitlab_project is not None
        self.project.add_hook(f"{dashboard}/hooks/gitlab/{self.environment.gitlab_project.hook_key}/", token=HOOK_TOKEN)
        self.person = Person(make_users(1, site=site)[0], host=HOST, port=stage.port)

    def publish(self, path: str = "/", words: str = "") -> Publish:
        """Press, and look at this page until it has these words and the build counts as live."""
        page = self.person.get(page_of(self.environment))
        pressed_at, clock = time.time(), self.person.press(page).asked_at
        address = self.place.address.rstrip("/") + path
        with httpx.Client() as visitor:
            seen = self._moment(lambda: words in _text(visitor, address) or self._has_failed(), clock)
        live = self._moment(lambda: self._release() is not None or self._has_failed(), clock)
        build = Build.objects.filter(environment=self.environment).latest("pk")
        [job] = self.stage.gitlab.pipeline(build.pipeline_id or 0).latest_jobs
        log = self.stage.gitlab.trace(job)
        release = self._release()
        if release is None:
            raise RuntimeError(f"The build did not go live: {build.state} {build.error_facts}\n{log[-3000:]}")
        return Publish(
            job_began=(job.started_at or 0) - pressed_at,
            job_ended=(job.finished_at or 0) - pressed_at,
            seen=seen,
            live=live,
            log=log,
            report=release.report,
        )

    def nightly(self) -> None:
        """The schedule falls due with nothing of earlier builds at hand: everything is pulled and built anew."""
        shutil.rmtree(_ready.DATA / "gitlab" / "caches", ignore_errors=True)
        pipeline = self.stage.gitlab.create_pipeline(self.project, source="schedule")
        wait_until(lambda: pipeline.status in ("success", "failed"), what="the nightly build", seconds=LONGEST)
        [job] = pipeline.latest_jobs
        log = self.stage.gitlab.trace(job)
        if pipeline.status != "success" or "Cache file does not exist" not in log:
            raise RuntimeError(f"The nightly build was no cold one that went well:\n{log[-3000:]}")

    def _environment(self, name: str) -> Environment:
        row = scenes.make_project(
            url=self.stage.gitlab.url,
            project_id=str(self.project.id),
            trigger_token=TRIGGER_TOKEN,
            api_token=API_TOKEN,
            hook_token=HOOK_TOKEN,
        )
        place = self.place
        return scenes.make_environment(
            site=scenes.make_site(slug=name, content_token=BUILDS_TOKEN),
            gitlab_project=row,
            target=place.target,
            endpoint=place.endpoint,
            url=place.address,
            marker_url=f"{place.address}buildhub.json",
        )

    def _read(self, cms: str) -> None:
        source = scenes.make_source(
            site=self.environment.site,
            config=FEED | {"url": f"{cms}api/entries?drafts=1"},
            secrets=json.dumps({"token": FEED_TOKEN}),
            allowed_private_hosts=[cms.split("/")[2]],
            proof_meta="buildhub:entry",
        )
        read_source(source.pk)

    def _release(self) -> Release | None:
        """The newest build's release, when it is proved that visitors see it."""
        build = Build.objects.filter(environment=self.environment).latest("pk")
        live = Environment.objects.select_related("live_release").get(pk=self.environment.pk).live_release
        return live if live is not None and live.build_id == build.pk else None

    def _has_failed(self) -> bool:
        build = Build.objects.filter(environment=self.environment).latest("pk")
        return build.state in ("failed", "canceled", "lost")

    def _moment(self, condition: Any, clock: float) -> float:
        """Seconds of the performance counter from then until it held."""
        wait_until(condition, what="the publish", seconds=LONGEST, pause=0.05)
        return time.perf_counter() - clock


def _text(visitor: httpx.Client, address: str) -> str:
    try:
        answer = visitor.get(address)
    except httpx.HTTPError:
        return ""
    return answer.text if answer.status_code == httpx.codes.OK else ""


def runner_environment() -> dict[str, str]:
    """What a runner with the site's image would have. Raises RuntimeError where there is no Node."""
    found = node.folder()
    if found is None:
        raise RuntimeError(node.MISSING)
    return node.environment(found) | {"PYTHONPATH": str(Path(_ready.ROOT))}
