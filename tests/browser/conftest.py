"""Fixtures of the browser tests: a Chromium, the two worlds, and people who visit them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserType
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser import databases
from tests.browser.chromium import NoChromium, launch_arguments
from tests.browser.visitors import Visit, Visitor, options_for
from tests.browser.worlds import LiveWorld, StillWorld, World, make_tables

# Playwright keeps an event loop in the main thread, beside which Django would refuse every query of other tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture(scope="session")
def base_url() -> None:
    """Nothing: each visitor has the address of a world. Replaces a plugin's fixture that this pytest warns about."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], browser_type: BrowserType) -> dict[str, Any]:
    """Start a Chromium that is here, cut off from the world."""
    try:
        return launch_arguments(browser_type_launch_args, browser_type)
    except NoChromium as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture(scope="session")
def blank_database() -> Iterator[str]:
    """The name of a database with empty tables, to be copied."""
    make_tables(databases.make("buildhub_blank"))
    yield "buildhub_blank"
    databases.drop("buildhub_blank")


@pytest.fixture(scope="session")
def live(blank_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveWorld]:
    """A world where everything runs."""
    database = databases.make("buildhub_live", like=blank_database)
    with LiveWorld(tmp_path_factory.mktemp("live"), database=database, broker=databases.broker(1)) as world:
        yield world
    databases.drop("buildhub_live")


@pytest.fixture(scope="session")
def still(blank_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StillWorld]:
    """A world that stands still."""
    database = databases.make("buildhub_still", like=blank_database)
    with StillWorld(tmp_path_factory.mktemp("still"), database=database, broker=databases.broker(2)) as world:
        yield world
    databases.drop("buildhub_still")


@pytest.fixture
def museum(live: LiveWorld) -> Iterator[dict[str, Any]]:
    """A site of this test's own in the live world, and GitLab well behaved before and after."""
    yield live.stage("workplace", like="demo")
    live.clear_faults()


@pytest.fixture
def visit(new_context: CreateContextCallback) -> Iterator[Visit]:
    """Send somebody to a world. In the end none of their pages may have complained about anything."""
    visitors: list[Visitor] = []

    def send(world: World, *, session: str = "", **options: Any) -> Visitor:
        visitor = Visitor(world.url, new_context(**options_for(**options)), session=session)
        visitors.append(visitor)
        return visitor

    yield send
    assert [told for visitor in visitors for told in visitor.unexpected()] == []


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """Where pictures go: the folder that BUILDHUB_SHOTS names, if it does."""
    named = os.environ.get("BUILDHUB_SHOTS")
    if not named:
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
