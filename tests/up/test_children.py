"""How one child starts, dies and comes back."""

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildhub.up import spawning
from buildhub.up.children import Child, Program
from buildhub.up.errors import UpError
from buildhub.up.guard import Guard
from tests.up.conftest import wait_until

pytestmark = pytest.mark.process


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    """A guard that ends what a failing test leaves."""
    guard = Guard(tmp_path / "ready.json")
    yield guard
    guard.close()


def make_child(guard: Guard, tmp_path: Path, code: str, stop_seconds: float = 10) -> Child:
    """A child that runs a line of Python."""
    program = Program(
        name="example",
        command=[sys.executable, "-c", code],
        log=tmp_path / "example.log",
        environ={"WORD": "hello"},
        cwd=tmp_path,
        stop_seconds=stop_seconds,
    )
    return Child(program=program, guard=guard)


def die(child: Child) -> int:
    """Start it and return the code with which it ended."""
    child.start()
    assert child.process
    child.process.wait()
    code = child.found_dead()
    assert code is not None
    return code


def test_it_runs_with_its_own_environment_group_and_log(guard: Guard, tmp_path: Path) -> None:
    """Output goes to the log, input is empty."""
    code = "import os, sys; print(os.environ['WORD'], os.getpgrp() == os.getpid(), repr(sys.stdin.read()))"
    assert die(make_child(guard, tmp_path, code)) == 0
    assert (tmp_path / "example.log").read_text() == "hello True ''\n"


def test_each_death_doubles_the_pause_and_the_fifth_in_a_row_is_the_last(guard: Guard, tmp_path: Path) -> None:
    """The message ends with what the child said last."""
    child = make_child(guard, tmp_path, "import sys; print('no such setting'); sys.exit(3)")
    pauses = []
    for _ in range(4):
        assert die(child) == 3
        assert child.found_dead() is None
        pauses.append(child.seconds_until_restart)
    assert pauses == [1, 2, 4, 8]
    with pytest.raises(UpError, match=r"example ended 5 times in a row\.\n(.|\n)*no such setting"):
        die(child)


def test_a_child_that_lived_long_starts_the_count_anew(guard: Guard, tmp_path: Path) -> None:
    """Five deaths in a year are no reason to give up."""
    child = make_child(guard, tmp_path, "")
    for _ in range(10):
        child.start()
        assert child.process
        child.process.wait()
        child.started = time.monotonic() - 31
        child.found_dead()
        assert child.seconds_until_restart == 1


def test_it_is_started_again_only_when_its_pause_is_over(guard: Guard, tmp_path: Path) -> None:
    """Neither at once nor twice."""
    child = make_child(guard, tmp_path, "")
    assert not child.is_due()
    die(child)
    assert child.start_again_at
    child.start_again_at += 1000
    assert not child.is_due()
    child.start_again_at -= 2000
    assert child.is_due()
    child.start()
    assert not child.is_due()
    child.stop()


def test_a_child_that_does_not_stop_is_ended_by_force(guard: Guard, tmp_path: Path) -> None:
    """Together with its own children."""
    code = (
        "import signal, subprocess; signal.signal(15, signal.SIG_IGN); "
        "print(subprocess.Popen(['sleep', '600']).pid, flush=True); signal.pause()"
    )
    child = make_child(guard, tmp_path, code, stop_seconds=0.2)
    child.start()
    process = child.process
    assert process
    log = tmp_path / "example.log"
    wait_until(lambda: log.read_text().endswith("\n"), "started")
    child.stop()
    assert process.returncode == -signal.SIGKILL
    grandchild = Path("/proc") / log.read_text().strip() / "stat"
    if Path("/proc").exists():
        wait_until(lambda: not grandchild.exists() or ") Z" in grandchild.read_text(), "ended", 10)


def test_a_program_that_is_not_there_is_said_in_words(guard: Guard, tmp_path: Path) -> None:
    """With its name and the reason."""
    program = Program(name="example", command=["/does/not/exist"], log=tmp_path / "log", environ={}, cwd=tmp_path)
    with pytest.raises(UpError, match=r"example cannot be started: .*No such file"):
        Child(program=program, guard=guard).start()


def test_a_big_log_is_set_aside_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One old file is kept."""
    monkeypatch.setattr(spawning, "LARGEST_LOG", 10)
    log = tmp_path / "log"
    for text in ("a" * 11, "b" * 11, "short"):
        log.write_text(text)
        spawning.set_aside(log)
    assert log.read_text() == "short"
    assert log.with_name("log.1").read_text() == "b" * 11
