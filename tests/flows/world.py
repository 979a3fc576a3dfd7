"""A small world for flows: the stand-in GitLab over HTTP, an environment that points at it, and the worker's part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import time_machine
from django.utils import timezone

from deploys.builds import actions
from deploys.builds.steps import observe, settle, start, stop, sweep
from deploys.builds.steps.logs import fetch_logs
from deploys.content.steps import read_source
from deploys.gitlab.connect import connect
from deploys.models import Build, Environment, GitLabProject, Role, User
from deploys.notifications import steps as messages
from deploys.releases.tasks import prove_entries
from sandbox.gitlab import GitLabSandbox
from tests import scenes

CI = """
workflow:
  name: Buildhub $BUILDHUB_BUILD
stages: [collect, build, publish]
collect:
  stage: collect
  script: [echo collected]
build:
  stage: build
  script: [echo built]
publish:
  stage: publish
  script: [echo published]
"""

STEPS: dict[str, Callable[[int], None]] = {
    "builds.tasks.start_build": start.start,
    "builds.tasks.cancel_build": stop.cancel,
    "builds.tasks.settle_build": settle.settle,
    "builds.tasks.observe_project": observe.observe_project,
    "builds.tasks.fetch_logs": fetch_logs,
    "content.tasks.read_source": read_source,
    "releases.tasks.prove_entries": prove_entries,
    "notifications.tasks.tell": lambda _pk: messages.fan_out(timezone.now()),
}


class World:
    """One project of the stand-in, one environment, one publisher."""

    def __init__(self, gitlab: GitLabSandbox, folder: Path, told: list[tuple[str, int]], **options: Any) -> None:
        ci = options.pop("ci", CI)
        facts = options.pop("environment", {})
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitlab-ci.yml").write_text(ci, encoding="utf-8")
        self.gitlab = gitlab
        self.told = told
        self.project = gitlab.add_project(
            **{
                "name": folder.name,
                "repository": folder,
                "default_ref": "main",
                "refs": {"main": folder},
                "trigger_token": "trigger-secret",
                "api_token": "api-secret",
                "runs_jobs": False,
            }
            | options
        )
        self.project.add_access_token("owner-secret", role="owner")
        self.row: GitLabProject = scenes.make_project(
            url=gitlab.url,
            project_id=str(self.project.id),
            trigger_token=self.project.trigger_token,
            api_token=self.project.api_token,
        )
        self.environment: Environment = scenes.make_environment(
            **{"gitlab_project": self.row, "marker_url": ""} | facts
        )
        self.publisher: User = scenes.make_person(Role.PUBLISHER, site=self.environment.site)

    def press(self, **facts: Any) -> Build:
        """Somebody presses the button; nothing has run yet."""
        return actions.request(**{"environment": self.environment, "actor": self.publisher} | facts)

    def run_told(self) -> None:
        """Do what the worker was told, and what that tells it in turn."""
        while self.told:
            task, pk = self.told.pop(0)
            STEPS[task](pk)

    def look(self) -> None:
        """One tick: everything that is due is looked at."""
        Build.objects.update(next_look_at=None)
        GitLabProject.objects.update(paused_until=None)
        observe.observe_project(self.row.pk)
        self.run_told()

    def sweep(self) -> None:
        """One sweep, with leases and waits already over."""
        sweep.sweep()
        self.run_told()

    def built(self, **facts: Any) -> Build:
        """Press, and let the worker start it."""
        build = self.press(**facts)
        self.run_told()
        build.refresh_from_db()
        return build

    def pipelines(self) -> list[Any]:
        """What the stand-in has."""
        return list(self.project.pipelines())

    def gitlab_trigger_again(self, build: Build) -> None:
        """A second pipeline with the build's own id, as a doubled request would make it."""
        with connect(self.row) as gitlab:
            gitlab.trigger_pipeline(ref="main", variables={"BUILDHUB_BUILD": str(build.key)})

    def delete_pipeline(self, build: Build) -> None:
        """Somebody deletes the pipeline in GitLab."""
        address = f"{self.gitlab.url}/api/v4/projects/{self.project.id}/pipelines/{build.pipeline_id}"
        reply = httpx.delete(address, headers={"PRIVATE-TOKEN": "owner-secret"})
        assert reply.status_code == httpx.codes.NO_CONTENT, reply.text

    def count_calls(self, action: Callable[[], None]) -> dict[str, int]:
        """How often each endpoint is asked while the action runs, by the last word of its path."""
        calls: dict[str, int] = {}
        send = httpx.Client.send

        def counted(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:
            name = request.url.path.rsplit("/", 1)[-1]
            calls[name] = calls.get(name, 0) + 1
            return send(client, request, **options)

        with mock.patch.object(httpx.Client, "send", counted):
            action()
        return calls

    def say(self, build: Build, status: str) -> Build:
        """GitLab says this status from now on; Buildhub looks."""
        build.refresh_from_db()
        self.gitlab.set_status(build.pipeline_id, status)
        self.look()
        build.refresh_from_db()
        return build


@contextmanager
def later(seconds: float) -> Iterator[None]:
    """Inside, the clock is ahead by this much, here and in the stand-in."""
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=True):
        yield
