"""The order in which children come and go."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from buildhub.up.children import Program
from buildhub.up.errors import UpError
from buildhub.up.stopping import StopAsked, StopSwitch
from buildhub.up.supervisor import Supervisor
from tests.up.conftest import wait_until

pytestmark = pytest.mark.process

NOTES_ITS_END = """
import pathlib, signal, sys
def stop(*_):
    with open("order", "a") as file:
        file.write(sys.argv[1] + " ")
    sys.exit()
signal.signal(15, stop)
pathlib.Path(sys.argv[1]).touch()
while True:
    signal.pause()
"""


class QuietSwitch(StopSwitch):
    """Does not take the test runner's own signals."""

    def install(self, at_once: object) -> None:
        """Nothing to listen to."""


@pytest.fixture
def switch() -> StopSwitch:
    """What the person at the keyboard would press."""
    return QuietSwitch()


@pytest.fixture
def supervisor(tmp_path: Path, switch: StopSwitch) -> Iterator[Supervisor]:
    """A supervisor that stops what a failing test leaves."""
    supervisor = Supervisor(data=tmp_path, switch=switch, tell=lambda _: None)
    yield supervisor
    supervisor.stop()


def make_program(tmp_path: Path, name: str, code: str = NOTES_ITS_END) -> Program:
    """A program that is ready when the file of its name is there."""
    return Program(
        name=name,
        command=[sys.executable, "-c", code, name],
        log=tmp_path / f"{name}.log",
        environ={},
        cwd=tmp_path,
        is_ready=lambda _pid: (tmp_path / name).exists(),
    )


def test_what_came_last_goes_first(supervisor: Supervisor, tmp_path: Path) -> None:
    """The web server must not outlive the database; the list of processes is empty in the end."""
    for name in ("database", "worker", "web"):
        supervisor.wait_for(supervisor.start(make_program(tmp_path, name)))
    supervisor.stop()
    assert (tmp_path / "order").read_text().split() == ["web", "worker", "database"]
    assert (tmp_path / "pids.json").read_text() == "{}"


def test_a_child_that_ends_while_it_starts_is_an_error_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    """Nobody waits a minute for a process that is gone."""
    child = supervisor.start(make_program(tmp_path, "web", "raise SystemExit('no module named shop')"))
    with pytest.raises(UpError, match=r"web ended while it started\.\n(.|\n)*no module named shop"):
        supervisor.wait_for(child)


def test_waiting_ends_when_a_stop_is_asked_for(supervisor: Supervisor, switch: StopSwitch, tmp_path: Path) -> None:
    """Also when the child never gets ready."""
    child = supervisor.start(make_program(tmp_path, "web", "import time; time.sleep(600)"))
    switch.asked = True
    with pytest.raises(StopAsked):
        supervisor.wait_for(child)


def test_others_wait_for_a_dead_foundation(supervisor: Supervisor, tmp_path: Path) -> None:
    """A worker without its database would only die again."""
    plain = make_program(tmp_path, "web")
    foundation = Program(**(vars(make_program(tmp_path, "database")) | {"foundation": True}))
    database, web = supervisor.start(foundation), supervisor.start(plain)
    supervisor.wait_for(database, web)
    for child in (database, web):
        assert child.process
        child.process.kill()
        child.process.wait()
    supervisor._look_after(database)
    supervisor._look_after(web)
    web.start_again_at = 0
    supervisor._look_after(web)
    assert web.process is None
    database.start_again_at = 0
    supervisor._look_after(database)
    wait_until(database.is_ready, "ready")
    supervisor._look_after(web)
    assert web.process is not None
