"""A GitLab of one function: what a client under test asks, and what it is answered."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from deploys.gitlab import GitLab

TRIGGER_TOKEN = "glptt-trigger-secret"
API_TOKEN = "glpat-api-secret"
PIPELINE = {"id": 5, "status": "created", "ref": "main", "web_url": "http://g/-/pipelines/5"}
JOB = {"id": 8, "status": "pending", "name": "build"}
NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)

type Answering = Callable[[httpx.Request], httpx.Response]


class Recorder:
    """Answers requests with a function and keeps them."""

    def __init__(self, answering: Answering) -> None:
        self.requests: list[httpx.Request] = []
        self._answering = answering

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answering(request)

    @property
    def only(self) -> httpx.Request:
        (request,) = self.requests
        return request


def always(status: int, data: object = None, **headers: str) -> Recorder:
    """Answer every request alike."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Recorder(lambda request: httpx.Response(status, content=content, headers=named))


def gitlab(
    recorder: Answering,
    *,
    project: int | str = 7,
    url: str = "https://gitlab.example",
    trigger_token: str = TRIGGER_TOKEN,
    api_token: str = API_TOKEN,
) -> GitLab:
    return GitLab(
        url=url,
        project=project,
        trigger_token=trigger_token,
        api_token=api_token,
        transport=httpx.MockTransport(recorder),
    )
