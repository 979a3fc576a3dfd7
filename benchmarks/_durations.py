"""Durations of real builds, as a small file: recorded from the demo's own pipeline, and read back.

One line per step of a build: build, step, and when its job began and ended in seconds after the request; the line of
step `finished` says when the pipeline was over.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import _ready

from deploys.builds.stages import step_of
from deploys.gitlab.client import GitLab

FILE = Path(__file__).with_name("durations.csv")
FINISHED = "finished"
LOOK_EVERY = 0.25  # seconds


@dataclass(kw_only=True)
class Course:
    """How one build went: when each step began and ended, and when all was over; seconds after the request."""

    steps: dict[str, tuple[float, float]] = field(default_factory=dict)
    finished: float = 0.0


def read(file: Path = FILE) -> list[Course]:
    """The builds of a file in their order."""
    courses: dict[str, Course] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            course = courses.setdefault(row["build"], Course())
            if row["step"] == FINISHED:
                course.finished = float(row["ended"])
            else:
                course.steps[row["step"]] = (float(row["began"]), float(row["ended"]))
    return list(courses.values())


def record(builds: int, *, pace: float, file: Path = FILE) -> None:
    """Run so many builds of the demo, one after the other, and write down how long they took."""
    with _sandbox(pace) as gitlab, file.open("w", encoding="utf-8", newline="") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(["build", "step", "began", "ended"])
        for number in range(1, builds + 1):
            course = _run(gitlab, number)
            for step, (began, ended) in course.steps.items():
                lines.writerow([number, step, f"{began:.2f}", f"{ended:.2f}"])
            lines.writerow([number, FINISHED, "", f"{course.finished:.2f}"])
            out.flush()


def _run(gitlab: GitLab, number: int) -> Course:
    begun = time.time()
    variables = {"BUILDHUB_BUILD": f"recorded-{number}", "BUILDHUB_ENVIRONMENT": "live"}
    pipeline = gitlab.trigger_pipeline(ref="main", variables=variables)
    while gitlab.get_pipeline(pipeline.id).status not in {"success", "failed", "canceled"}:
        time.sleep(LOOK_EVERY)
    course = Course(finished=time.time() - begun)
    for job in gitlab.list_jobs(pipeline.id):
        if job.status != "success" or job.started_at is None or job.finished_at is None:
            raise RuntimeError(f"Build {number} did not go well: {job.name} is {job.status}.")
        course.steps[step_of(job.name, job.stage)] = (_after(begun, job.started_at), _after(begun, job.finished_at))
    return course


def _after(begun: float, moment: datetime) -> float:
    return max(0.0, moment.timestamp() - begun)


@contextmanager
def _sandbox(pace: float) -> Iterator[GitLab]:
    """The demo's world in a process of its own, with a client of its GitLab."""
    with tempfile.TemporaryDirectory(prefix="buildhub-durations-") as folder:
        command = [sys.executable, "-m", "sandbox", "--data", folder, "--pace", str(pace)]
        command += ["--dashboard-url", "http://127.0.0.1:9/"]
        environ = {name: value for name, value in os.environ.items() if name != "BUILDHUB_DEMO_SITE"}
        with subprocess.Popen(command, cwd=_ready.ROOT, env=environ, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                told: dict[str, Any] = json.loads(process.stdout.readline())["gitlab"]
                with GitLab(
                    url=told["url"],
                    project=told["project_id"],
                    trigger_token=told["trigger_token"],
                    api_token=told["api_token"],
                ) as gitlab:
                    yield gitlab
            finally:
                process.terminate()
