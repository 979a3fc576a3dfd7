"""The Flask application: all endpoints, errors in GitLab's shapes, project paths in URLs."""

import logging
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from sandbox.gitlab.api import control, jobs, misbehaviour, pipelines, projects, triggers, web
from sandbox.gitlab.api.answers import Refusal, answer
from sandbox.gitlab.engine import Engine
from sandbox.gitlab.world import World

log = logging.getLogger(__name__)
_PROJECT = re.compile(r"(?P<before>/api/v4/projects/|/sandbox/projects/)(?P<project>[^/?]+)(?P<after>[^?]*)")

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


def make_app(world: World, engine: Engine) -> Flask:
    """The application; it is also a plain WSGI callable."""
    app = Flask("sandbox.gitlab", static_folder=None)
    # A dropped connection must reach a WSGI client as the exception that it is.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    for blueprint in (
        triggers.routes(world, engine),
        pipelines.routes(world, engine),
        jobs.routes(world, engine),
        projects.routes(world),
    ):
        app.register_blueprint(blueprint, url_prefix="/api/v4")
    app.register_blueprint(control.routes(world, engine), url_prefix="/sandbox")
    app.register_blueprint(web.routes(world))
    misbehaviour.install(app, world)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _broken)
    app.wsgi_app = _with_encoded_paths(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def _refused(refusal: Refusal) -> Response:
    return answer(refusal.body, refusal.status)


def _http_error(error: HTTPException) -> Response:
    """No such route: GitLab says so with `error`, and with `message` for a trigger URL that is only read."""
    if error.code in (404, 405):
        key = "message" if request.path.endswith("/trigger/pipeline") else "error"
        return answer({key: "404 Not Found"}, 404)
    return answer({"error": error.description}, error.code or 400)


def _broken(error: Exception) -> Response:
    if isinstance(error, ConnectionResetError):
        raise error
    log.error("The sandbox GitLab broke down.", exc_info=error)
    return answer({"message": "500 Internal Server Error"}, 500)


def _with_encoded_paths(inner: WsgiApp) -> WsgiApp:
    """Keep `group%2Fproject` one piece of the path; WSGI decodes it otherwise."""

    def outer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        found = _PROJECT.match(environ.get("RAW_URI", ""))
        if found and "%2f" in found["project"].lower():
            environ["PATH_INFO"] = found["before"] + found["project"] + unquote(found["after"])
        return inner(environ, start_response)

    return outer
