"""Another program's reading of the CI file: gitlab-ci-local, where it is installed, lists the same jobs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox import node
from tests.examples.test_ci_file import NO_PIPELINE, SITE, TABLE

NODE = node.newest()
PROGRAM = shutil.which("gitlab-ci-local") or shutil.which("gitlab-ci-local", path=str(node.OWN / ".bin"))
MISSING = (
    "THE CI FILE WAS NOT READ BY GITLAB-CI-LOCAL: it needs Node >= 22.12 and `npm install --prefix .venv/node "
    "gitlab-ci-local`, or it first in PATH."
)
# It takes the variables of `workflow:rules` and starts nothing by them, so rows that they turn away say nothing here.
ROWS = [row for row in TABLE if row[-1] != NO_PIPELINE]
PREDEFINED = "CI_PIPELINE_SOURCE,CI_COMMIT_BRANCH,CI_COMMIT_REF_NAME"

pytestmark = [
    pytest.mark.endurance,
    pytest.mark.skipif(PROGRAM is None or NODE is None, reason=MISSING),
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a remote, which the program asks for."""
    folder = tmp_path_factory.mktemp("repository")
    shutil.copy(SITE / ".gitlab-ci.yml", folder)
    who = ["-c", "user.name=Mei", "-c", "user.email=mei@museum.example"]
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        [*who, "commit", "--quiet", "--message=Site"],
        ["remote", "add", "origin", "https://gitlab.example.com/acme/site.git"],
        ["update-ref", "refs/remotes/origin/main", "HEAD"],
        ["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def run(repository: Path, variables: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program's list of jobs for an event, as JSON."""
    given = [f"--variable={name}={value}" for name, value in variables.items()]
    path = os.pathsep.join([str(NODE), os.environ["PATH"]])
    command = [str(PROGRAM), "--list-json", "--ignore-predefined-vars", PREDEFINED, *given, *arguments]
    home = {"PATH": path, "HOME": str(repository)}
    return subprocess.run(command, cwd=repository, env=home, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(("source", "ref", "given", "expected"), ROWS)
def test_it_lists_the_same_jobs(
    repository: Path, source: str, ref: str, given: dict[str, str], expected: list[str]
) -> None:
    """The file fits GitLab's schema, and each event starts what the truth table says."""
    known = {"CI_PIPELINE_SOURCE": source, "CI_COMMIT_BRANCH": ref, "CI_COMMIT_REF_NAME": ref}
    done = run(repository, known | given)
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout[done.stdout.index("[") :])
    suffixes = {"manual": " (manual)"}
    found = [f"{job['name']}{suffixes.get(job['when'], '')}" for job in listed if job["when"] != "never"]
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    "wrong", ["buildhub_preview=../www", "buildhub_preview=short", "buildhub_build=b 1", "buildhub_anyway=yes"]
)
def test_it_refuses_odd_inputs(repository: Path, wrong: str) -> None:
    """Only what Buildhub sends fits the patterns."""
    done = run(repository, {"CI_PIPELINE_SOURCE": "trigger", "CI_COMMIT_BRANCH": "previews"}, f"--input={wrong}")
    assert done.returncode != 0
    assert "does not match required regex" in done.stderr
