"""Starts `manage.py up` as a process of its own and looks at what is left of it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildhub.up.paths import ROOT
from buildhub.up.programs import GITLAB_NAMES

# What a developer's own .env or shell may hold; empty values count as not set and keep .env from filling them in.
OTHERS = ("DATABASE_URL", "REDIS_URL", "SITE_NAME", "PORT", "PUBLIC_URL")
NOT_SET = dict.fromkeys({*GITLAB_NAMES, *OTHERS} - {"GITLAB_URL"}, "")


@dataclass(kw_only=True)
class Up:
    """One run on a data folder; its output is in `output`."""

    data: Path
    process: "subprocess.Popen[bytes]"
    output: Path

    @property
    def ready(self) -> dict[str, Any]:
        """What ready.json says; empty while there is none."""
        path = self.data / "ready.json"
        content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return content

    @property
    def pids(self) -> dict[str, int]:
        """The children's process ids by name."""
        path = self.data / "pids.json"
        return {name: one["pid"] for name, one in json.loads(path.read_text()).items()} if path.exists() else {}

    def wait_until_ready(self) -> None:
        """Return when ready.json is there; fail with the output when the process ends or takes a minute."""
        deadline = time.monotonic() + 60
        while not self.ready:
            over = self.process.poll() is not None or time.monotonic() > deadline
            assert not over, f"exit code {self.process.poll()}: {self.output.read_text()}"
            time.sleep(0.05)

    def all_run(self, names: set[str]) -> bool:
        """Whether just these children run, within half a minute: one that lost its database starts again."""
        deadline = time.monotonic() + 30
        while set(self.pids) != names and time.monotonic() < deadline:
            time.sleep(0.1)
        return set(self.pids) == names

    def is_well(self) -> bool:
        """Whether the dashboard answers at the address that was announced."""
        try:
            with urllib.request.urlopen(f"{self.ready['url']}healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def start_up(data: Path, *words: str, **variables: str) -> Up:
    """Start it on that folder with these words and variables, and return at once."""
    data.mkdir(parents=True, exist_ok=True)
    output = data / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", *words],
            cwd=ROOT,
            env=environ_for(data, **variables),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    return Up(data=data, process=process, output=output)


def run_up(data: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run one that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "manage.py", "up", *words],
        cwd=ROOT,
        env=environ_for(data, **variables),
        capture_output=True,
        text=True,
        timeout=60,
    )


def environ_for(data: Path, **variables: str) -> dict[str, str]:
    """This process's environment without what would change the run."""
    inherited = {name: value for name, value in os.environ.items() if name != "GITLAB_URL"}
    return inherited | NOT_SET | {"BUILDHUB_DATA": str(data)} | variables


def free_port() -> str:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def processes_of(data: Path) -> list[str]:
    """The command lines of all living processes that were started for that data folder (Linux only)."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if f"BUILDHUB_DATA={data}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found
