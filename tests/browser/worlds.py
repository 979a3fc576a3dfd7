"""The two worlds that browsers visit: one where everything runs, and one that stands still at any state."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from buildhub.up.paths import ROOT
from buildhub.up.ports import SandboxPorts
from buildhub.up.programs import sandbox_program, web_program, worker_program
from tests.browser.processes import Processes, free_place

PACE = "0.2"  # seconds that each stage of the demo's pipeline takes longer
ANY_FREE_PORTS = SandboxPorts(gitlab=0, cms=0, site=0)


class World:
    """A dashboard in a process of its own, on a database and a broker of its own."""

    def __init__(self, folder: Path, *, database: str, broker: str) -> None:
        self.place = free_place(folder)
        self.url = self.place.url.rstrip("/")
        self.environ = {
            "BUILDHUB_DATA": str(folder),
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "DJANGO_SETTINGS_MODULE": "buildhub.settings",
            "PUBLIC_URL": self.url,
            "EMAIL_URL": f"file://{self.place.mail_folder}",
            "BUILDHUB_NOTIFY_PRIVATE_HOSTS": "127.0.0.1",
        }
        self.processes = Processes(self.environ)
        self._stagehand: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
            self.processes.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the web server and the stagehand."""
        self.processes.start(web_program(self.place))
        self._stagehand = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.stagehand"],
            cwd=ROOT,
            env=os.environ | self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def stop(self) -> None:
        """Stop everything that was started."""
        if self._stagehand:
            self._stagehand.communicate(timeout=10)
        self.processes.stop()

    def stage(self, order: str, **arguments: Any) -> Any:
        """Have the stagehand carry out an order (see its module). Raises RuntimeError when it broke."""
        assert self._stagehand and self._stagehand.stdin and self._stagehand.stdout
        self._stagehand.stdin.write(f"{json.dumps([order, arguments])}\n")
        self._stagehand.stdin.flush()
        answer = self._stagehand.stdout.readline()
        if not answer:
            raise RuntimeError(f"The stagehand could not do {order}{arguments}; its words are on stderr.")
        return json.loads(answer)


class LiveWorld(World):
    """Everything that `manage.py up` starts: stand-in GitLab, CMS, published site, web, worker with beat."""

    def start(self) -> None:
        """Start the outside world and the dashboard, put the demo into the database, then start the worker."""
        self.processes.start(sandbox_program(self.place, ANY_FREE_PORTS), "--pace", PACE)
        super().start()
        self.processes.wait_until_ready()
        self.outside = json.loads(self.place.sandbox_json.read_text(encoding="utf-8"))
        self.stage("seed", sandbox=self.outside, people_file=str(self.place.people_json))
        self.processes.start(worker_program(self.place))

    @property
    def cms(self) -> str:
        """The CMS's address without a slash at the end."""
        return str(self.outside["cms_url"]).rstrip("/")

    @property
    def site(self) -> str:
        """The published site's address without a slash at the end."""
        return str(self.outside["site_url"]).rstrip("/")

    def person(self, role: str) -> dict[str, str]:
        """Name, user name and password of one of the demo's people."""
        people = json.loads(self.place.people_json.read_text(encoding="utf-8"))["people"]
        return next(person for person in people if person["role"] == role)

    def order_fault(self, kind: str, **fields: Any) -> None:
        """Have the stand-in GitLab misbehave at the next opportunity."""
        self._control("POST", json={"kind": kind, **fields})

    def clear_faults(self) -> None:
        """Have it behave again."""
        self._control("DELETE")

    def _control(self, method: str, **options: Any) -> None:
        project = self.outside["gitlab"]["project_id"]
        address = f"{self.outside['gitlab']['url']}/sandbox/projects/{project}/faults"
        httpx.request(method, address, **options).raise_for_status()


class StillWorld(World):
    """Only the web server, so that builds stay exactly where the stagehand puts them."""


def make_tables(database: str) -> None:
    """Bring an empty database to the state that the code expects."""
    environ = os.environ | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "buildhub.settings"}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environ, check=True)
