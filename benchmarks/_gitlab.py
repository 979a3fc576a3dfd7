"""The stand-in GitLab with a record of who asked what and when, and places that build there."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import _ready

from deploys.models import Environment
from sandbox.gitlab import GitLabSandbox, Project
from tests import scenes

TRIGGER_TOKEN, API_TOKEN, HOOK_TOKEN = "trigger-secret", "api-secret", "hook-secret"
TRIGGER = "trigger/pipeline"
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


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request as it reached the stand-in; `at` is time.perf_counter of this process."""

    at: float
    method: str
    path: str

    @property
    def kind(self) -> str:
        """What is asked, without ids: `pipelines`, `jobs`, `trigger/pipeline` …"""
        words = [word for word in self.path.split("/")[5:] if not word.isdigit()]
        return "/".join(words[-1:] if words[:1] == ["pipelines"] else words)


class StandIn(GitLabSandbox):
    """Remembers every call below /api/."""

    def __init__(self, data: Path, **options: Any) -> None:
        super().__init__(data, **options)
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        inner: Callable[[dict[str, Any], Any], Iterable[bytes]] = self.app.wsgi_app

        def noting(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            at = time.perf_counter()
            if environ["PATH_INFO"].startswith("/api/"):
                call = Call(at=at, method=environ["REQUEST_METHOD"], path=environ["PATH_INFO"])
                with self._lock:
                    self._calls.append(call)
            return inner(environ, start_response)

        self.app.wsgi_app = noting  # type: ignore[method-assign]

    def take_calls(self) -> list[Call]:
        """The calls since the last time that this was asked."""
        with self._lock:
            calls, self._calls = self._calls, []
        return calls

    def count_calls(self) -> Counter[str]:
        """The same, counted by kind."""
        return Counter(call.kind for call in self.take_calls())

    def settle(self, project: Project, status: str = "success") -> int:
        """Give every pipeline that is not over this status. Returns how many there were."""
        waiting = [one for one in project.pipelines() if one.status in {"created", "pending", "running"}]
        for pipeline in waiting:
            self.set_status(pipeline.id, status)
        return len(waiting)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A site whose environments share one project of the stand-in; no job runs unless the benchmark says so."""

    project: Project
    environments: list[Environment]


def make_place(gitlab: StandIn, name: str, *, environments: int, hooks_to: str = "") -> Place:
    """Make a site with so many environments. `hooks_to` is the dashboard's address if GitLab sends hooks."""
    folder = _ready.DATA / name
    folder.mkdir()
    (folder / ".gitlab-ci.yml").write_text(CI, encoding="utf-8")
    project = gitlab.add_project(name, folder, trigger_token=TRIGGER_TOKEN, api_token=API_TOKEN, runs_jobs=False)
    row = scenes.make_project(
        url=gitlab.url,
        project_id=str(project.id),
        trigger_token=TRIGGER_TOKEN,
        api_token=API_TOKEN,
        hook_token=HOOK_TOKEN,
    )
    if hooks_to:
        project.add_hook(f"{hooks_to}/hooks/gitlab/{row.hook_key}/", token=HOOK_TOKEN)
    site = scenes.make_site()
    made = [
        scenes.make_environment(site=site, name=f"Place {number}", slug=f"e{number}", gitlab_project=row, marker_url="")
        for number in range(environments)
    ]
    return Place(project=project, environments=made)
