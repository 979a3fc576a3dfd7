"""What all tests share: no connection leaves the machine, and no worker is told unless one runs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings
from pytest_socket import socket_allow_hosts

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a shell: children would inherit that Ctrl-C means nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Where a property does not say how often it is tried. HYPOTHESIS_PROFILE=default tries more.
settings.register_profile("quick", max_examples=40, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_runtest_setup() -> None:
    """Connections to this machine only."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Messages to the worker, collected instead of sent, unless the test runs real processes."""
    messages: list[tuple[str, int]] = []
    if "process" not in request.keywords and "browser" not in request.keywords:
        from deploys import wake

        monkeypatch.setattr(wake, "_submit", lambda task, pk, in_seconds=0: messages.append((task, pk)))
    return messages


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Where tests run in several processes: those that share a world stay together, as do those of a file, whose
    fixtures are made once; the groups are named before others look at them. What takes longest begins first, whatever
    others shuffled and sorted."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_world(item) or item.nodeid.partition("::")[0]))
    yield
    # The one test that sees the demo unpublished goes before those that publish it.
    items.sort(key=lambda item: (_turn(item), "test_an_edit_goes_live" not in item.name))


def _world(item: pytest.Item) -> str:
    """Which world of the browser tests it needs: the one where everything runs, or the one that stands still."""
    if "browser" not in item.path.parts:
        return ""
    return "live" if "live" in getattr(item, "fixturenames", ()) else "still"


def _turn(item: pytest.Item) -> int:
    turns = {"live": 0, "still": 1}
    return turns.get(_world(item), 2 if item.get_closest_marker("process") else 3)
