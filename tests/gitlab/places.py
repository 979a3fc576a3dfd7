"""Projects on a stand-in GitLab, and the words of the tests about them."""

import json
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploys.gitlab import GitLab, GitLabRefused, GitLabUnavailable, Job, Pipeline
from sandbox.gitlab import GitLabSandbox

CI_FILE = """
workflow:
  name: "Publish $REQUEST_ID"
stages: [build, publish]
build:
  stage: build
  script:
    - echo "Grüße an $REQUEST_ID"
    - test "$REQUEST_ID" != broken
publish:
  stage: publish
  when: manual
  allow_failure: false
  script:
    - echo published
"""
LONG_FILE = """
sleeper:
  script:
    - sleep 600
"""
REFS = {
    "main": CI_FILE,
    "long": LONG_FILE,
    "no-jobs": "job:\n  script: [echo]\n  rules:\n    - if: $CI_PIPELINE_SOURCE == 'push'\n",
    "filtered": "workflow:\n  rules:\n    - if: $CI_PIPELINE_SOURCE == 'push'\njob:\n  script: [echo]\n",
    "invalid": "job:\n  scirpt: [echo]\n",
}
COMPLETED = {"success", "failed", "canceled", "skipped"}

_numbers = count(1)


class Place:
    """A project of its own for one test, and clients for it."""

    def __init__(self, sandbox: GitLabSandbox, folders: dict[str, Path], **settings: Any) -> None:
        number = next(_numbers)
        self.sandbox = sandbox
        self.project = sandbox.add_project(
            f"site-{number}",
            folders["main"],
            refs=folders,
            trigger_token=f"glptt-right-{number}",
            api_token=f"glpat-right-{number}",
            **settings,
        )
        self._clients: list[GitLab] = []

    def client(self, **changes: Any) -> GitLab:
        """Open a client; changes replace its usual arguments."""
        usual = {
            "url": self.sandbox.url,
            "project": self.project.id,
            "trigger_token": self.project.trigger_token,
            "api_token": self.project.api_token,
        }
        client = GitLab(**{**usual, **changes})
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()


type Placing = Callable[..., Place]


def until[T](read: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Read again and again until it is good; give up after a long while."""
    deadline = time.monotonic() + 30
    while not good(found := read()):
        assert time.monotonic() < deadline, f"still {found}"
        time.sleep(0.05)
    return found


def settled(gitlab: GitLab, pipeline: Pipeline, *statuses: str) -> Pipeline:
    return until(lambda: gitlab.get_pipeline(pipeline.id), lambda now: now.status in statuses)


def jobs_by_name(gitlab: GitLab, pipeline: Pipeline) -> dict[str, Job]:
    return {job.name: job for job in gitlab.list_jobs(pipeline.id)}


def tampering(change: Callable[[dict[str, Any]], object], **headers: str) -> httpx.BaseTransport:
    """Change the JSON of a request, or add headers, on the way to the server."""

    class Tampering(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            body = json.loads(request.content)
            change(body)
            kept = {"Host": request.headers["Host"]} | {k.replace("_", "-"): v for k, v in headers.items()}
            changed = httpx.Request("POST", request.url, headers=kept, json=body)
            changed.extensions = request.extensions
            return super().handle_request(changed)

    return Tampering()


def refusal(call: Callable[[], object]) -> GitLabRefused:
    with pytest.raises(GitLabRefused) as caught:
        call()
    return caught.value


def trouble(call: Callable[[], object]) -> GitLabUnavailable:
    with pytest.raises(GitLabUnavailable) as caught:
        call()
    return caught.value
