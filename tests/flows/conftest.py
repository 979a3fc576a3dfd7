"""Fixtures of the flows: the stand-in GitLab over HTTP, and worlds in it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.gitlab import GitLabSandbox
from tests.content.feeds import Feed, page
from tests.flows.planning import Stage
from tests.flows.world import World

_number = itertools.count(1)


@pytest.fixture(scope="session")
def gitlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitLabSandbox]:
    """One stand-in GitLab for all flows; each world has a project of its own."""
    with GitLabSandbox(tmp_path_factory.mktemp("gitlab")) as sandbox:
        yield sandbox


@pytest.fixture
def make_world(gitlab: GitLabSandbox, tmp_path: Path, told: list[tuple[str, int]], db: None) -> Callable[..., World]:
    """Make a world with options of the stand-in's project; `ci` is the CI file, `environment` columns."""
    return lambda **options: World(gitlab, tmp_path / f"site-{next(_number)}", told, **options)


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A world whose pipelines stay where they are until the test says otherwise."""
    return make_world()


@pytest.fixture
def stage(make_world: Callable[..., World]) -> Iterator[Stage]:
    """A site with a CMS, whose one page is live, and the ticks of what is planned."""
    with Feed() as feed:
        feed.entries = [page("hours")]
        found = Stage(make_world(), feed)
        found.live()
        yield found


@pytest.fixture(autouse=True)
def quiet_defaults(settings: Any) -> None:
    """Waits are those of production unless a test shortens them."""
    settings.START_LEASE = 120
