"""What `up` runs: each program with its command, environment and sign of readiness."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from buildhub.up import health, postgres, valkey
from buildhub.up.children import Program
from buildhub.up.commands import web_command, worker_with_beat_command
from buildhub.up.identity import database_identity
from buildhub.up.paths import ROOT, secret, socket_dir
from buildhub.up.ports import SandboxPorts

# As in `.env.example`: any of them means that a real GitLab is to be used.
GITLAB_NAMES = (
    "GITLAB_URL",
    "GITLAB_PROJECT_ID",
    "GITLAB_TRIGGER_TOKEN",
    "GITLAB_TRIGGER_REF",
    "GITLAB_API_TOKEN",
)
# Celery warns root about pickled messages, which are not accepted here.
ROOT_IS_FINE = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where this `up` keeps its data and listens. `allowed_name` is a Host that the settings let in.

    `mailbox_host`: where the demo's mailbox takes messages; without one they go where the settings say.
    """

    data: Path
    host: str
    port: int
    allowed_name: str
    mailbox_host: str = ""

    @property
    def url(self) -> str:
        """The dashboard's address, ending in a slash."""
        host = health.reachable(self.host)
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    @property
    def sandbox_json(self) -> Path:
        """What the sandbox says about itself when it is ready."""
        return self.data / "sandbox" / "sandbox.json"

    @property
    def people_json(self) -> Path:
        """The demo's people with their passwords."""
        return self.data / "demo-people.json"

    @property
    def mail_folder(self) -> Path:
        """Where the demo's mails are written."""
        return self.data / "sandbox" / "cms" / "mailbox" / "mail"

    def log(self, name: str) -> Path:
        """The log file of a child."""
        return self.data / "logs" / f"{name}.log"


def uses_real_gitlab(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment names a GitLab, so that the sandbox stays away."""
    return any(environ.get(name) for name in GITLAB_NAMES)


def child_environ(place: Place) -> dict[str, str]:
    """This process's environment with what the children need on top.

    PYTHONDONTWRITEBYTECODE goes: with it every start compiles Django again.
    """
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ |= {"BUILDHUB_DATA": str(place.data), "PYTHONUNBUFFERED": "1"}
    environ.setdefault("PUBLIC_URL", place.url.rstrip("/"))
    if place.mailbox_host:
        environ.setdefault("EMAIL_URL", f"file://{quote(str(place.mail_folder))}")
        environ.setdefault("BUILDHUB_NOTIFY_PRIVATE_HOSTS", place.mailbox_host)
    return environ


def cluster(data: Path) -> postgres.Cluster:
    """The embedded database's place in the data folder."""
    return postgres.Cluster(files=data / "postgres", sockets=socket_dir(data), log=data / "logs" / "postgres.log")


def postgres_program(place: Place) -> Program:
    """The embedded database; its files must be prepared."""
    files = cluster(place.data)
    return Program(
        name="postgres",
        command=postgres.command(files),
        log=files.log,
        environ=child_environ(place) | postgres.environ(),
        cwd=place.data,
        is_ready=lambda pid: postgres.is_ready(files, pid),
        stop_signal=postgres.STOP_SIGNAL,
        stop_seconds=postgres.STOP_SECONDS,
        enter=database_identity(postgres.binaries() / "postgres").enter,
        foundation=True,
        talks=False,
    )


def valkey_program(place: Place) -> Program:
    """The embedded broker."""
    files, sockets = place.data / "valkey", socket_dir(place.data)
    files.mkdir(exist_ok=True)
    return Program(
        name="valkey",
        command=valkey.command(files=files, sockets=sockets),
        log=place.log("valkey"),
        environ=child_environ(place),
        cwd=place.data,
        is_ready=lambda _pid: valkey.is_ready(sockets),
        foundation=True,
        talks=False,
    )


def sandbox_program(place: Place, ports: SandboxPorts) -> Program:
    """The demo's stand-in GitLab, sample CMS and published site: one process, three ports on 127.0.0.1."""
    hook = f"{place.url}hooks/gitlab/{secret(place.data, 'sandbox-hook-key')}/"
    tokens = {
        f"SANDBOX_{name}_TOKEN": secret(place.data, f"sandbox-{name.lower()}-token")
        for name in ("TRIGGER", "API", "CONTENT", "HOOK", "CONTENT_HOOK")
    }
    command = [sys.executable, "-m", "sandbox", "--data", str(place.data / "sandbox")]
    command += [
        "--gitlab-port",
        str(ports.gitlab),
        "--cms-port",
        str(ports.cms),
        "--site-port",
        str(ports.site),
    ]
    content_hook = f"{place.url}hooks/content/{secret(place.data, 'sandbox-content-hook-key')}/"
    command += ["--hook-url", hook, "--content-hook-url", content_hook, "--dashboard-url", place.url]
    return Program(
        name="sandbox",
        command=command,
        log=place.log("sandbox"),
        environ=child_environ(place) | tokens,
        cwd=ROOT,
        is_ready=lambda _pid: place.sandbox_json.exists(),
        before_start=lambda: place.sandbox_json.unlink(missing_ok=True),
        talks=False,
    )


def worker_program(place: Place) -> Program:
    """The Celery worker that also ticks; a task that needs more than ten seconds to end is repeated later."""
    return Program(
        name="worker",
        command=worker_with_beat_command(python=sys.executable, schedule=place.data / "celerybeat-schedule"),
        log=place.log("worker"),
        environ={"PYTHONWARNINGS": ROOT_IS_FINE} | child_environ(place),
        cwd=ROOT,
        stop_seconds=10.0,
    )


def web_program(place: Place) -> Program:
    """The dashboard."""
    return Program(
        name="web",
        command=web_command(python=sys.executable, host=place.host, port=place.port),
        log=place.log("web"),
        environ=child_environ(place),
        cwd=ROOT,
        is_ready=lambda _pid: health.is_well(place.host, place.port, place.allowed_name),
        stop_signal=signal.SIGTERM,
    )
