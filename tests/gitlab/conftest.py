"""A stand-in GitLab for the tests of this folder that ask for one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.gitlab import GitLabSandbox
from tests.gitlab.places import REFS, Place, Placing


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitLabSandbox]:
    """Give one running stand-in."""
    with GitLabSandbox(tmp_path_factory.mktemp("gitlab")) as server:
        yield server


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give a folder for each branch."""
    made = {}
    for ref, content in REFS.items():
        made[ref] = tmp_path_factory.mktemp(ref)
        (made[ref] / ".gitlab-ci.yml").write_text(content, encoding="utf-8")
    made["empty"] = tmp_path_factory.mktemp("empty")
    return made


@pytest.fixture
def place(sandbox: GitLabSandbox, folders: dict[str, Path]) -> Iterator[Placing]:
    """Give a maker of projects; its keyword arguments are the project's settings."""
    made: list[Place] = []

    def make(**settings: Any) -> Place:
        made.append(Place(sandbox, folders, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()
