"""Starts the programs of `manage.py up` one by one, waits until they answer, and stops them in order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from buildhub.up.children import Program
from buildhub.up.programs import Place
from buildhub.up.spawning import last_lines, spawn

PATIENCE_SECONDS = 60
STOP_SECONDS = 10


def free_place(data: Path) -> Place:
    """A data folder and a free port on this machine for one dashboard."""
    (data / "logs").mkdir(parents=True, exist_ok=True)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    return Place(data=data, host="127.0.0.1", port=port, allowed_name="127.0.0.1")


class Processes:
    """Programs that run until `stop`, and never longer than the tests."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = environ
        self._running: list[tuple[Program, subprocess.Popen[bytes]]] = []

    def start(self, program: Program, *arguments: str) -> None:
        """Start a program of `up` with further arguments."""
        if program.before_start:
            program.before_start()
        command = [*program.command, *arguments]
        environ = {**(program.environ or {}), **self.environ}
        process = spawn(command, log=program.log, environ=environ, cwd=program.cwd)
        self._running.append((program, process))

    def wait_until_ready(self) -> None:
        """Return when every program does its work. Raises RuntimeError with the log of one that ended or is late."""
        for program, process in self._running:
            is_ready = self._readiness(program, process)
            wait_until(is_ready, f"{program.name} did not get ready:\n{last_lines(program.log)}")

    def _readiness(self, program: Program, process: subprocess.Popen[bytes]) -> Callable[[], bool]:
        def is_ready() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"{program.name} ended at once:\n{last_lines(program.log)}")
            return program.is_ready(process.pid)

        return is_ready

    def stop(self) -> None:
        """Ask all to end, wait, and leave nothing of their process groups behind."""
        for program, process in self._running:
            process.send_signal(program.stop_signal)
        for _program, process in self._running:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            finally:
                _kill_group(process.pid)
        self._running.clear()


def wait_until(
    condition: Callable[[], bool], failure: str, *, seconds: float = PATIENCE_SECONDS, pause: float = 0.05
) -> None:
    """Look again and again until the condition holds. Raises RuntimeError with these words after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(failure)
        time.sleep(pause)


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
