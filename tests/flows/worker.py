"""A real worker process with beat, on the test database and the session's Valkey."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
QUICK = {
    "BUILDHUB_START_LEASE": "4",
    "BUILDHUB_LOOK_UP_PATIENCE": "4",
    "DJANGO_SETTINGS_MODULE": "buildhub.settings",
    "LOG_LEVEL": "WARNING",
}


class Worker:
    """Starts, kills and stops the worker; its log is in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "worker.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start worker and beat as one process tree."""
        command = [sys.executable, "-m", "celery", "-A", "buildhub", "worker", "-B", "-c", "2", "-l", "WARNING"]
        command += ["--without-gossip", "--without-mingle", "-s", str(self.folder / "schedule")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | QUICK | {"DATABASE_URL": test_database_url()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL for the whole tree: no chance to say goodbye."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> None:
        """An orderly end; killed if that takes too long."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()


def test_database_url() -> str:
    """The address of the database that pytest-django made for this session."""
    facts = connection.settings_dict
    return f"postgres://{facts['USER']}@/{facts['HOST']}/{settings.DATABASES['default']['NAME']}"


def wait_until(condition: Callable[[], bool], *, seconds: float = 30, what: str = "it") -> None:
    """Look again and again until the condition holds. Fails the test after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {seconds} seconds")
        time.sleep(0.1)
