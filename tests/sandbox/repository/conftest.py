"""The museum over HTTP, and its pipeline's jobs as real processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.__main__ import JOB_ENVIRONMENT
from sandbox.cms import CMSOptions, create_cms
from sandbox.cms.clock import now
from sandbox.cms.entries import Entry, EntryValues
from sandbox.cms.store import Store
from sandbox.gitlab.process_group import SHELL_COMMAND
from sandbox.site import WebServer

REPOSITORY = Path(__file__).parents[3] / "sandbox" / "repository"
TOKEN = "content-token"
JOBS = ("collect", "build", "check", "publish")


@dataclass(frozen=True)
class Ran:
    """What a job did; ``errors`` and ``progress`` are the lines that Buildhub reads."""

    code: int
    log: str

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self._lines("buildhub:error ")

    @property
    def progress(self) -> list[dict[str, Any]]:
        return self._lines("buildhub:progress ")

    def _lines(self, start: str) -> list[dict[str, Any]]:
        return [json.loads(line.removeprefix(start)) for line in self.log.splitlines() if line.startswith(start)]


@dataclass
class Pipeline:
    """A checkout of the repository with the variables of one pipeline."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    def job(self, name: str, **variables: str) -> Ran:
        """Run the script of one job to its end, as the runner does."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        base = {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"} | JOB_ENVIRONMENT
        commands = yaml.safe_load((self.folder / ".gitlab-ci.yml").read_text(encoding="utf-8"))[name]["script"]
        ended = subprocess.run(
            [*SHELL_COMMAND, "-c", "\n".join(commands)],
            cwd=self.folder,
            env=base | self.variables | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout)

    def until(self, last: str, **variables: str) -> Ran:
        """Run the jobs in order up to ``last``, whose result is returned; the ones before must succeed."""
        for name in JOBS[: JOBS.index(last)]:
            before = self.job(name, **variables)
            assert before.code == 0, before.log
        return self.job(last, **variables)


@dataclass(frozen=True)
class Museum:
    """The running CMS."""

    store: Store
    server: WebServer

    def entry(self, title: str) -> Entry:
        [found] = [entry for entry in self.store.entries() if entry.title == title]
        return found

    def change(self, called: str, **values: Any) -> int:
        """Save an entry with other values, past the form's own checks; returns its id."""
        entry = self.entry(called)
        kept = {each.name: getattr(entry, each.name) for each in fields(EntryValues)}
        changed = EntryValues(**(kept | values))
        self.store.save(entry.id, changed, editor="Mei Okafor", at=now(), revision=entry.revision)
        return entry.id


@pytest.fixture
def museum(tmp_path: Path) -> Iterator[Museum]:
    options = CMSOptions(data=tmp_path / "cms", content_token=TOKEN)
    server = WebServer(create_cms(options), host="127.0.0.1", port=0)
    server.start()
    yield Museum(Store(options.data / "cms.sqlite3"), server)
    server.stop()


@pytest.fixture
def pipeline(museum: Museum, tmp_path: Path) -> Pipeline:
    folder = tmp_path / "checkout"
    shutil.copytree(REPOSITORY, folder, ignore=shutil.ignore_patterns("__pycache__"))
    variables = {
        "BUILDHUB_BUILD": "build-7",
        "BUILDHUB_ENVIRONMENT": "live",
        "CONTENT_URL": f"{museum.server.url}api/entries",
        "CONTENT_TOKEN": TOKEN,
        "SITE_FOLDER": str(tmp_path / "site"),
        "SITE_URL_LIVE": "http://127.0.0.1:8003/",
        "SITE_URL_STAGING": "http://127.0.0.1:8003/staging/",
    }
    return Pipeline(folder, variables)
