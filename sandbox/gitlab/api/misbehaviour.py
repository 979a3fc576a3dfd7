"""Ordered faults of the HTTP layer, and the rate limit with its headers.

Source: GitLab docs, "User and IP rate limits" (headers; a plain text 429).
"""

import json
import re
import time
from collections import Counter
from email.utils import formatdate

from flask import Flask, Response, request

from sandbox.gitlab.api.auth import find_project, given_token, holders
from sandbox.gitlab.faults import Fault, Faults
from sandbox.gitlab.times import now
from sandbox.gitlab.world import World

SHOWN_LIMIT = 2000
WINDOW_SECONDS = 60
_PROJECT_PATH = re.compile(r"/api/v4/projects/([^/]+)")


class RateLimit:
    """Counts requests per caller and minute."""

    def __init__(self) -> None:
        self._window = 0
        self._counts: Counter[str] = Counter()

    def observe(self, who: str) -> int:
        """How many requests this caller made in this minute, this one included."""
        window = int(now() // WINDOW_SECONDS)
        if window != self._window:
            self._window, self._counts = window, Counter()
        self._counts[who] += 1
        return self._counts[who]

    def headers(self, observed: int, limit: int) -> dict[str, str]:
        """What every answer carries."""
        return {
            "RateLimit-Limit": str(limit),
            "RateLimit-Name": "throttle_authenticated_api",
            "RateLimit-Observed": str(observed),
            "RateLimit-Remaining": str(max(limit - observed, 0)),
            "RateLimit-Reset": str((int(now() // WINDOW_SECONDS) + 1) * WINDOW_SECONDS),
        }


def install(app: Flask, world: World) -> None:
    """Put faults and rate limit around all API calls."""
    limiter = RateLimit()

    def before() -> Response | None:
        return _before(world, limiter) if request.path.startswith("/api/") else None

    def after(response: Response) -> Response:
        return _after(world, limiter, response) if request.path.startswith("/api/") else response

    app.before_request(before)
    app.after_request(after)


def _before(world: World, limiter: RateLimit) -> Response | None:
    """An answer in place of the real one, or None to go on."""
    orders = _faults_of_request(world)
    if _take(orders, "down"):
        return drop_connection()
    late = _take(orders, "delay_before")
    if late is not None:
        time.sleep(late.seconds)
    replacement = _take(orders, "answer")
    if replacement is not None:
        return _as_ordered(replacement)
    return _throttled(limiter, _limit(world))


def _after(world: World, limiter: RateLimit, response: Response) -> Response:
    if response.status_code < 400:
        orders = _faults_of_request(world)
        late = _take(orders, "delay_after")
        if late is not None:
            time.sleep(late.seconds)
        if _take(orders, "lose_answer"):
            return drop_connection()
    observed = request.environ.get("sandbox.observed", 1)
    for key, value in limiter.headers(observed, _limit(world) or SHOWN_LIMIT).items():
        response.headers.setdefault(key, value)
    return response


def _faults_of_request(world: World) -> list[Faults]:
    """The faults of the project in the path, else of the token's projects, else of all."""
    found = _PROJECT_PATH.match(request.path)
    project = find_project(world, found[1]) if found else None
    if project is not None:
        return [project.faults]
    if found:
        return []
    owners = [owner for owner, _ in holders(world, given_token())]
    return [owner.faults for owner in owners or list(world.projects.values())]


def _take(orders: list[Faults], kind: str) -> Fault | None:
    for faults in orders:
        fault = faults.take(kind, method=request.method, path=request.path)
        if fault is not None:
            return fault
    return None


def drop_connection() -> Response:
    """Close the connection so that the client gets no answer at all."""
    connection = request.environ.get("werkzeug.socket")
    if connection is None:
        raise ConnectionResetError("the connection was closed without an answer")
    request.get_data()
    connection.shutdown(2)
    return Response(status=500)


def _as_ordered(fault: Fault) -> Response:
    body, content_type = fault.fields.get("body", ""), fault.fields.get("content_type")
    is_text = isinstance(body, str)
    return Response(
        body if is_text else json.dumps(body),
        int(fault.fields["status"]),
        fault.fields.get("headers") or {},
        content_type=content_type or ("text/plain" if is_text else "application/json"),
    )


def _limit(world: World) -> int | None:
    """The smallest limit of the projects that the request is about."""
    found = _PROJECT_PATH.match(request.path)
    project = find_project(world, found[1]) if found else None
    return project.settings.api_limit_per_minute if project else None


def _throttled(limiter: RateLimit, limit: int | None) -> Response | None:
    observed = limiter.observe(given_token() or request.remote_addr or "")
    request.environ["sandbox.observed"] = observed
    if limit is None or observed <= limit:
        return None
    headers = limiter.headers(observed, limit)
    reset = int(headers["RateLimit-Reset"])
    headers["RateLimit-ResetTime"] = formatdate(reset, usegmt=True)
    headers["Retry-After"] = str(max(reset - int(now()), 1))
    return Response("Retry later\n", 429, headers, content_type="text/plain")
