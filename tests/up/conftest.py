"""Folders and processes for the tests of the supervisor."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder with a path short enough for sockets, as pytest's own may not be."""
    path = Path(tempfile.mkdtemp(prefix="buildhub-", dir="/tmp"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


def wait_until(true: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Return when `true()` is; fail with `what` after that many seconds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not {what} after {seconds} s"
        time.sleep(0.02)
