"""The whole demonstration in its own process: GitLab, CMS and sites, driven over HTTP."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from publisher import status

ROOT = Path(__file__).parents[3]
TOKENS = {
    "SANDBOX_TRIGGER_TOKEN": "trigger-secret",
    "SANDBOX_API_TOKEN": "api-secret",
    "SANDBOX_CONTENT_TOKEN": "content-secret",
}
PATIENCE_SECONDS = 60
pytestmark = pytest.mark.process


@dataclass
class World:
    """The running process and what it said when it was ready."""

    process: subprocess.Popen[str]
    data: Path
    said: dict[str, Any]

    @property
    def project(self) -> str:
        return f"{self.said['gitlab']['url']}/api/v4/projects/{self.said['gitlab']['project_id']}"

    def trigger(self, **variables: str) -> int:
        """Start a pipeline as Buildhub does; returns its id."""
        form = {"token": "trigger-secret", "ref": "main"}
        form |= {f"variables[{name}]": value for name, value in variables.items()}
        answer = httpx.post(f"{self.project}/trigger/pipeline", data=form)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.project}{path}", headers={"PRIVATE-TOKEN": "api-secret"})

    def jobs(self, pipeline: int) -> dict[str, dict[str, Any]]:
        return {job["name"]: job for job in self.get(f"/pipelines/{pipeline}/jobs").json()}

    def ended(self, pipeline: int) -> dict[str, Any]:
        """The pipeline when it is over."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.get(f"/pipelines/{pipeline}").json()
            if found["status"] in ("success", "failed", "canceled"):
                return found
            time.sleep(0.1)
        raise AssertionError(f"pipeline {pipeline} did not end")

    def report(self, pipeline: int) -> dict[str, Any]:
        """What the publish job says it did: the file among its artifacts."""
        archive = self.get(f"/jobs/{self.jobs(pipeline)['publish']['id']}/artifacts").content
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            return dict(json.loads(packed.read("publish.json")))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


def start(data: Path, *options: str, tokens: Mapping[str, str] = TOKENS) -> World:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--data", str(data), "--dashboard-url", "http://127.0.0.1:8000/", *options],
        cwd=ROOT,
        env=os.environ | tokens,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return World(process, data, json.loads(process.stdout.readline()))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    running = start(tmp_path / "sandbox", "--pace", "0")
    yield running
    if running.process.poll() is None:
        running.stop()
    assert running.process.stdout is not None
    running.process.stdout.close()


def test_an_edit_becomes_visible_after_one_pipeline(world: World) -> None:
    """An editor saves, the trigger token starts the pipeline, and the live site shows text and proof."""
    cms, site = world.said["cms_url"], world.said["site_url"]
    before = httpx.get(site)
    form = {
        "section": "visit", "title": "Opening hours", "slug": "opening-hours", "summary": "Open until midnight.",
        "body": "Come late.", "status": "published", "revision": "1",
    }  # fmt: skip
    saved = httpx.post(f"{cms}entries/1/edit", data=form)
    pipeline = world.ended(world.trigger(BUILDHUB_BUILD="b-1", BUILDHUB_ENVIRONMENT="live"))
    page = httpx.get(f"{site}visit/opening-hours/")

    assert (before.status_code, saved.status_code) == (404, 303)
    assert pipeline["status"] == "success"
    assert pipeline["name"] == "Buildhub b-1"
    assert "Come late." in page.text
    assert "Open until midnight." in httpx.get(site).text
    assert httpx.get(f"{site}buildhub.json").json() == {"release": "b-1"}
    assert httpx.get(f"{site}.releases/current.json").status_code == 404
    assert status(f"{world.said['site_folder']}/live").release == "b-1"
    assert world.report(pipeline["id"])["release"] == "b-1"
    assert httpx.get(world.said["staging_url"]).status_code == 404


def test_a_deleted_image_fails_the_build_job_and_the_log_says_why(world: World) -> None:
    """The trace of the build job holds the machine line; nothing was published."""
    httpx.post(f"{world.said['cms_url']}media/cafe.svg/delete")
    number = world.trigger(BUILDHUB_BUILD="b-2", BUILDHUB_ENVIRONMENT="live")
    pipeline = world.ended(number)
    jobs = world.jobs(number)
    trace = world.get(f"/jobs/{jobs['build']['id']}/trace").text
    [line, _] = [line for line in trace.splitlines() if line.startswith("buildhub:error ")]

    assert pipeline["status"] == "failed"
    assert {name: job["status"] for name, job in jobs.items()} == {
        "collect": "success", "build": "failed", "check": "skipped", "publish": "skipped",
    }  # fmt: skip
    assert json.loads(line.removeprefix("buildhub:error "))["class"] == "asset_missing"
    assert httpx.get(world.said["site_url"]).status_code == 404


def test_staging_is_published_beside_live(world: World) -> None:
    """The staging site works under its path, style sheet included."""
    world.ended(world.trigger(BUILDHUB_BUILD="b-3", BUILDHUB_ENVIRONMENT="staging"))
    page = httpx.get(world.said["staging_url"])
    [sheet] = [part for part in page.text.split('"') if part.endswith(".css")]

    assert page.status_code == 200
    assert sheet.startswith("/staging/assets/")
    assert status(f"{world.said['site_folder']}/staging").release == "b-3"
    assert httpx.get(world.said["site_url"] + sheet[1:]).headers["Content-Type"] == "text/css; charset=utf-8"
    assert httpx.get(world.said["site_url"]).status_code == 404


def test_what_it_says_is_also_kept_in_a_private_file(world: World) -> None:
    """sandbox.json holds the same line, readable by its owner only; CMS and site answer health checks."""
    file = world.data / "sandbox.json"

    assert json.loads(file.read_text()) == world.said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert world.said["gitlab"]["trigger_token"] == "trigger-secret"
    assert httpx.get(f"{world.said['cms_url']}healthz").text == "ok\n"
    assert httpx.get(f"{world.said['site_url']}healthz").text == "ok\n"
    assert httpx.get(world.said["content"]["url"], headers={"Authorization": "Bearer content-secret"}).is_success


def test_tokens_are_not_on_the_command_line(world: World) -> None:
    """A list of processes shows none of them."""
    command = Path(f"/proc/{world.process.pid}/cmdline")
    if not command.exists():
        pytest.skip("this system has no /proc")

    assert "secret" not in command.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_also_a_running_job(tmp_path: Path, number: signal.Signals) -> None:
    """Exit 0, and no process works in the data folder any more."""
    if not Path("/proc/self/cwd").exists():
        pytest.skip("this system has no /proc")
    world = start(tmp_path / "sandbox", "--pace", "60")
    pipeline = world.trigger(BUILDHUB_BUILD="b-4", BUILDHUB_ENVIRONMENT="live")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not working_in(world.data) and time.monotonic() < deadline:
        time.sleep(0.05)
    worked = working_in(world.data)
    with world.process:
        world.process.send_signal(number)
        try:
            code = world.process.wait(PATIENCE_SECONDS)
        finally:
            world.process.kill()

    assert pipeline == 1
    assert worked
    assert code == 0
    assert working_in(world.data) == []


def test_content_and_tokens_outlive_a_restart(tmp_path: Path) -> None:
    """The second run has the first one's edit, site and, when none are given, tokens."""
    data = tmp_path / "sandbox"
    first = start(data, "--pace", "0")
    httpx.post(f"{first.said['cms_url']}entries/1/delete")
    first.ended(first.trigger(BUILDHUB_BUILD="b-5", BUILDHUB_ENVIRONMENT="live"))
    first.stop()
    second = start(data, "--pace", "0", tokens={})
    headers = {"Authorization": "Bearer content-secret"}
    total = httpx.get(second.said["content"]["url"], headers=headers).json()["total"]
    proof = httpx.get(f"{second.said['site_url']}buildhub.json").json()
    second.stop()
    for world in (first, second):
        assert world.process.stdout is not None
        world.process.stdout.close()

    assert total == 31
    assert proof == {"release": "b-5"}
    assert second.said["gitlab"] | {"url": ""} == first.said["gitlab"] | {"url": ""}


def test_a_taken_port_is_said_in_one_sentence(world: World, tmp_path: Path) -> None:
    """Exit 1, the port is named, no traceback."""
    port = world.said["cms_url"].rstrip("/").rsplit(":", 1)[1]
    refused = subprocess.run(
        [sys.executable, "-m", "sandbox", "--data", str(tmp_path / "other"), "--cms-port", port],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert refused.returncode == 1
    assert refused.stderr == f"Port {port} on 127.0.0.1 is used by another program.\n"


def working_in(folder: Path) -> list[int]:
    """The processes whose working folder lies below ``folder``."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            target = link.readlink()
        except OSError:
            continue
        if target.is_relative_to(folder.resolve()):
            found.append(int(link.parent.name))
    return found
