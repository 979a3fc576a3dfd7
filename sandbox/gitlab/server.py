"""The stand-in GitLab as one object: start it, add projects, stop it."""

import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.gitlab.api.app import make_app
from sandbox.gitlab.creation import Order
from sandbox.gitlab.engine import Engine
from sandbox.gitlab.project import Project, Settings
from sandbox.gitlab.records import Job, Pipeline
from sandbox.gitlab.scripted import NEXT
from sandbox.gitlab.variables import layer
from sandbox.gitlab.world import World

DEFAULT_SLOTS = 4


class _Handler(WSGIRequestHandler):
    """Quiet, without Nagle's delay, and known to the server while it is open."""

    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.open_connections.add(self.connection)  # type: ignore[attr-defined]

    def finish(self) -> None:
        self.server.open_connections.discard(self.connection)  # type: ignore[attr-defined]
        super().finish()

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: the dashboard's own log tells what it asked."""


class GitLabSandbox:
    """A GitLab on a loopback port that runs the jobs of real `.gitlab-ci.yml` files.

    `data` keeps everything between runs; `jobs_at_once` is the number of runners; `runner_environment` is what each
    job finds set before any variable of GitLab (`environment` in a runner's config.toml). Use it as a context
    manager or call `start` and `stop`.
    """

    def __init__(
        self,
        data: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        jobs_at_once: int = DEFAULT_SLOTS,
        runner_environment: Mapping[str, str] | None = None,
    ) -> None:
        self.host, self.port = host, port
        self.world = World(data, runner_environment=runner_environment or {})
        self.engine = Engine(self.world, slots=jobs_at_once)
        self.app = make_app(self.world, self.engine)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._connections: set[socket.socket] = set()
        self._set_url(port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return self.world.url

    def _set_url(self, port: int) -> None:
        self.world.url = f"http://{self.host}:{port}"

    def start(self) -> None:
        """Listen and answer from background threads. Raises OSError when the port is taken."""
        server = make_server(self.host, self.port, self.app, threaded=True, request_handler=_Handler)
        server.open_connections = self._connections  # type: ignore[attr-defined]
        self._server = server
        self._set_url(server.server_port)
        self.world.timers.start()
        self.world.hooks.start()
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="gitlab-http", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Kill running jobs, close all connections, write everything down."""
        self.engine.stop()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None
        for connection in list(self._connections):
            _close(connection)
        self.world.timers.stop()
        self.world.hooks.stop()
        with self.world.lock:
            self.world.storage.close()

    def add_project(
        self,
        name: str,
        repository: Path,
        *,
        trigger_token: str,
        api_token: str,
        default_ref: str = "main",
        refs: Mapping[str, Path] | None = None,
        variables: Mapping[str, object] | None = None,
        hook_url: str | None = None,
        hook_token: str | None = None,
        hook_signing_token: str | None = None,
        path_with_namespace: str | None = None,
        trigger_owner_role: str = "maintainer",
        **settings: Any,
    ) -> Project:
        """The project of this name; its id, pipelines and jobs are those of earlier runs.

        `repository` is the default ref's folder unless `refs` names one. Other keyword arguments are fields of
        `Settings`. Called again in one run it replaces folders, variables and settings. Raises TypeError for an
        unknown setting.
        """
        path = path_with_namespace or f"demo/{name}"
        folders = {default_ref: repository, **(refs or {})}
        with self.world.lock:
            number = self.world.storage.project_id(name)
            known = self.world.projects.get(number)
            project = known or Project(self.world, number, name, path, default_ref, {})
            project.set_refs(folders)
            project.set_variables(variables or {})
            project.settings = Settings(**settings)
            self.world.projects[number] = project
            if known is None:
                project.add_trigger_token(trigger_token, role=trigger_owner_role)
                project.add_access_token(api_token)
                if hook_url:
                    project.add_hook(hook_url, token=hook_token, signing_token=hook_signing_token)
                self.engine.recover(project)
        return project

    def create_pipeline(
        self,
        project: Project,
        ref: str | None = None,
        *,
        source: str = "push",
        variables: Mapping[str, object] | None = None,
    ) -> Pipeline:
        """A pipeline that nobody asked for over HTTP: a push, a schedule, the web. Raises CreationRefused."""
        order = Order(
            project=project,
            ref=ref or project.default_ref,
            source=source,
            user=project.trigger_tokens[0].owner,
            role="maintainer",
            variables=tuple(layer(variables or {}).values()),
            keeps_failed=True,
        )
        return self.engine.create(order)

    def pipeline(self, pipeline_id: int) -> Pipeline:
        """The pipeline of this id. Raises KeyError."""
        return self.world.pipelines[pipeline_id]

    def set_status(self, pipeline_id: int, status: str) -> Pipeline:
        """Force a pipeline, and jobs to match, into a status or any other word. Raises KeyError."""
        pipeline = self.pipeline(pipeline_id)
        self.engine.set_status(pipeline, status)
        return pipeline

    def advance(self, pipeline_id: int) -> Pipeline:
        """Move a pipeline one step: created, pending, running, success. Raises KeyError."""
        pipeline = self.pipeline(pipeline_id)
        return self.set_status(pipeline_id, NEXT.get(pipeline.status, pipeline.status))

    def trace(self, job: Job) -> str:
        """The job's log so far."""
        path = self.world.trace_path(job)
        return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""


def _close(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
