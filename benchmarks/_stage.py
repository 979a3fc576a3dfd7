"""The product's own processes as they run in production, and the stand-in GitLab beside them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from _gitlab import StandIn
from _ready import DATA, ROOT

from buildhub.up import health
from buildhub.up.commands import web_command, worker_with_beat_command
from buildhub.up.spawning import last_lines, spawn

HOST = "127.0.0.1"
ROOT_IS_FINE = "ignore:You're running the worker with superuser privileges"


class Stage:
    """A context manager; on leaving it, every process that it started is stopped.

    `gitlab` answers from this process, so that the arrival of a request can be told to the microsecond; its jobs
    find `runner_environment` where they run.
    """

    def __init__(self, *, runner_environment: Mapping[str, str] | None = None) -> None:
        self.port = _free_port()
        self.gitlab = StandIn(DATA / "gitlab", runner_environment=runner_environment)
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.gitlab.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (self.web, self.worker):
            _stop(process)
        self.gitlab.stop()

    def start_web(self, *, processes: int = 2) -> None:
        """Start gunicorn with the command of `up` and compose and wait until it answers."""
        command = web_command(python=sys.executable, host=HOST, port=self.port, processes=processes)
        self.web = spawn(command, log=DATA / "web.log", environ=os.environ, cwd=ROOT)
        wait_until(lambda: health.is_well(HOST, self.port, "localhost"), what=f"a web server ({_tail('web.log')})")

    def start_worker(self) -> None:
        """Start the worker with beat with the command of `up`. It is ready a little later."""
        command = worker_with_beat_command(python=sys.executable, schedule=DATA / "schedule")
        environ = os.environ | {"PYTHONWARNINGS": ROOT_IS_FINE}
        self.worker = spawn(command, log=DATA / "worker.log", environ=environ, cwd=ROOT)

    def kill_worker(self) -> None:
        """SIGKILL for the worker, its pool and its beat: no chance to say goodbye."""
        assert self.worker is not None
        os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait(timeout=10)


def wait_until(condition: Callable[[], bool], *, what: str, seconds: float = 30, pause: float = 0.05) -> None:
    """Look again and again until it holds. Raises TimeoutError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} seconds")
        time.sleep(pause)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _tail(log: str) -> str:
    return last_lines(Path(DATA) / log)


def _stop(process: subprocess.Popen[bytes] | None) -> None:
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
