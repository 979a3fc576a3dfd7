"""The process that ends children whose supervisor was killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from buildhub.up.guard import Guard

pytestmark = pytest.mark.process

DEAF = "import signal; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; print(flush=True); signal.pause()"


def sleeper() -> "subprocess.Popen[bytes]":
    """A process group that ends when it is told to."""
    return subprocess.Popen(["sleep", "600"], process_group=0)


def test_the_end_of_its_input_ends_all_groups_in_their_own_way(tmp_path: Path) -> None:
    """Each gets the signal that was named for it."""
    guard = Guard(tmp_path / "ready.json")
    with sleeper() as one, sleeper() as other:
        guard.add(one.pid, signal.SIGINT)
        guard.add(other.pid, signal.SIGTERM)
        guard.close()
        assert (one.wait(10), other.wait(10)) == (-signal.SIGINT, -signal.SIGTERM)


def test_a_group_that_ignores_its_signal_is_killed(tmp_path: Path) -> None:
    """Three seconds later."""
    guard = Guard(tmp_path / "ready.json")
    with subprocess.Popen([sys.executable, "-c", DEAF], process_group=0, stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout
        deaf.stdout.readline()
        guard.add(deaf.pid, signal.SIGTERM)
        guard.close()
        assert deaf.wait(10) == -signal.SIGKILL


def test_a_group_that_was_removed_is_spared(tmp_path: Path) -> None:
    """Its number may belong to somebody else by then."""
    guard = Guard(tmp_path / "ready.json")
    with sleeper() as process:
        guard.add(process.pid, signal.SIGTERM)
        guard.remove(process.pid)
        guard.close()
        assert process.poll() is None
        process.kill()


def test_a_guard_that_was_killed_is_replaced_and_knows_all(tmp_path: Path) -> None:
    """The next thing it is told starts a new one."""
    guard = Guard(tmp_path / "ready.json")
    with sleeper() as one, sleeper() as other:
        guard.add(one.pid, signal.SIGTERM)
        guard._process.kill()
        guard._process.wait()
        guard.add(other.pid, signal.SIGTERM)
        guard.close()
        assert (one.wait(10), other.wait(10)) == (-signal.SIGTERM, -signal.SIGTERM)


def test_what_announced_the_children_goes_with_them(tmp_path: Path) -> None:
    """Whoever waits for the file must not find that of a run which was killed."""
    announcement = tmp_path / "ready.json"
    announcement.touch()
    guard = Guard(announcement)
    assert announcement.exists()
    guard.close()
    assert not announcement.exists()
