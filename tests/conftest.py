"""What all tests share: no connection leaves the machine, and no worker is told unless one runs."""

from __future__ import annotations

import signal

import pytest
from pytest_socket import socket_allow_hosts

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a shell: children would inherit that Ctrl-C means nothing.
    signal.signal(signal.SIGINT, signal.default_int_handler)


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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run in two processes: what starts servers and browsers stays together, begins first, and the files
    of the rest stay whole, as their fixtures are made once per file."""
    for item in items:
        is_browser = "browser" in item.path.parts
        starts_servers = is_browser or item.get_closest_marker("process") is not None
        item.add_marker(pytest.mark.xdist_group("servers" if starts_servers else str(item.path)))
    # The one test that sees the demo unpublished goes before those that publish it.
    items.sort(key=lambda item: ("browser" not in item.path.parts, "test_an_edit_goes_live" not in item.name))
