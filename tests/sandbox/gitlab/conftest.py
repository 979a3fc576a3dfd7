"""A stand-in GitLab for each test, with short ways to say what a test wants of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.gitlab import GitLabSandbox, Project

DONE = ("success", "failed", "canceled", "skipped")
PATIENCE_SECONDS = 30.0


def until[T](read: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Read until it is good; fail after a long while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not good(found := read()):
        assert time.monotonic() < deadline, f"still {found!r}"
        time.sleep(0.02)
    return found


class Place:
    """One project on one stand-in, and an HTTP client with its API token."""

    def __init__(self, sandbox: GitLabSandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.project: Project
        self.ids: list[int] = []
        self.http = httpx.Client(timeout=30)

    def write(self, ci: str, folder: str = "main") -> Path:
        """A repository whose `.gitlab-ci.yml` is this text."""
        repository = self.folder / folder
        repository.mkdir(parents=True, exist_ok=True)
        (repository / ".gitlab-ci.yml").write_text(ci, encoding="utf-8")
        return repository

    def add(self, ci: str, name: str = "site", **options: Any) -> Place:
        """A project whose `.gitlab-ci.yml` is this text."""
        tokens: dict[str, Any] = {"trigger_token": "glptt-right", "api_token": "glpat-right"}
        self.project = self.sandbox.add_project(name, self.write(ci), **tokens, **options)
        return self

    @property
    def api(self) -> str:
        return f"{self.sandbox.url}/api/v4/projects/{self.project.id}"

    def ask(self, method: str, path: str, token: str | None = "glpat-right", **options: Any) -> httpx.Response:
        """A call below the project."""
        headers = {"PRIVATE-TOKEN": token} if token else {}
        return self.http.request(method, f"{self.api}{path}", headers=headers, **options)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def trigger(self, **fields: str | None) -> httpx.Response:
        """The trigger call as a form; fields replace the right token and ref, None leaves one out."""
        form: dict[str, str | None] = {"token": "glptt-right", "ref": "main", **fields}
        sent = {key: value for key, value in form.items() if value is not None}
        return self.ask("POST", "/trigger/pipeline", token=None, data=sent)

    def start(self, **variables: str) -> int:
        """Trigger with variables; returns the pipeline's id."""
        answer = self.trigger(**{f"variables[{key}]": value for key, value in variables.items()})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def wait(self, pipeline_id: int, *statuses: str) -> dict[str, Any]:
        """The pipeline when it has one of these statuses; without any, when it is over."""
        return until(lambda: self.get(f"/pipelines/{pipeline_id}"), lambda one: one["status"] in (statuses or DONE))

    def jobs(self, pipeline_id: int, **params: Any) -> dict[str, dict[str, Any]]:
        return {job["name"]: job for job in self.get(f"/pipelines/{pipeline_id}/jobs", **params)}

    def statuses(self, pipeline_id: int) -> dict[str, str]:
        return {name: job["status"] for name, job in self.jobs(pipeline_id).items()}

    def wait_job(self, pipeline_id: int, name: str, *statuses: str) -> dict[str, Any]:
        return until(lambda: self.jobs(pipeline_id)[name], lambda job: job["status"] in statuses)

    def trace(self, job_id: int) -> str:
        return self.ask("GET", f"/jobs/{job_id}/trace").text


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[GitLabSandbox]:
    with GitLabSandbox(tmp_path / "data") as running:
        yield running


@pytest.fixture
def place(sandbox: GitLabSandbox, tmp_path: Path) -> Iterator[Place]:
    made = Place(sandbox, tmp_path / "repositories")
    yield made
    made.http.close()


class Receiver:
    """A local web server that keeps what webhooks bring; `status` is what it answers."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.append(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?site=1"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def bodies(self, kind: str) -> list[dict[str, Any]]:
        parsed = [json.loads(body) for _, body in list(self.received)]
        return [body for body in parsed if body["object_kind"] == kind]

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.stop()
