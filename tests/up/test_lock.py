"""One `up` per data folder, and no leftovers."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from buildhub.up import lock
from buildhub.up.errors import Refused

pytestmark = pytest.mark.process


def test_a_held_data_folder_is_refused_with_the_address_of_its_holder(tmp_path: Path) -> None:
    """The address is the one in ready.json."""
    with lock.only_one(tmp_path):
        (tmp_path / "ready.json").write_text(json.dumps({"url": "http://127.0.0.1:8123/"}))
        expected = rf"already runs on .* at http://127\.0\.0\.1:8123/ \(process {os.getpid()}\)"
        with pytest.raises(Refused, match=expected), lock.only_one(tmp_path):
            pass


def test_a_holder_that_is_not_ready_is_said_to_be_starting(tmp_path: Path) -> None:
    """Without ready.json there is no address yet."""
    with (
        lock.only_one(tmp_path),
        pytest.raises(Refused, match="just starting or stopping"),
        lock.only_one(tmp_path),
    ):
        pass


def test_a_folder_that_was_let_go_can_be_held_again(tmp_path: Path) -> None:
    """The lock goes with its holder, also when that one is killed."""
    for _ in range(2):
        with lock.only_one(tmp_path):
            assert (tmp_path / "lock").read_text() == str(os.getpid())


def test_a_leftover_is_ended(tmp_path: Path) -> None:
    """A process group that pids.json names."""
    with subprocess.Popen(["sleep", "600"], process_group=0) as process:
        lock.write_pids(tmp_path, {"web": process.pid})
        assert lock.end_leftovers(tmp_path) == ["web"]
        assert process.wait(10) == -signal.SIGINT


def test_a_leftover_that_ignores_signals_is_ended_by_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while nothing is asked any more."""
    monkeypatch.setattr(lock, "LEFTOVER_SECONDS", 0.2)
    code = "import signal; signal.signal(2, signal.SIG_IGN); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], process_group=0, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        lock.write_pids(tmp_path, {"web": process.pid})
        lock.end_leftovers(tmp_path)
        assert process.wait(10) == -signal.SIGKILL


def test_a_stranger_with_a_leftovers_number_is_spared(tmp_path: Path) -> None:
    """The start time tells them apart."""
    with subprocess.Popen(["sleep", "600"], process_group=0) as process:
        entry = {"web": {"pid": process.pid, "started": "some other time"}}
        (tmp_path / "pids.json").write_text(json.dumps(entry))
        assert lock.end_leftovers(tmp_path) == []
        assert process.poll() is None
        process.kill()


@pytest.mark.parametrize("content", [None, "", "{"])
def test_without_a_readable_list_nothing_is_ended(tmp_path: Path, content: str | None) -> None:
    """A first start, or a disk that was full."""
    if content is not None:
        (tmp_path / "pids.json").write_text(content)
    assert lock.end_leftovers(tmp_path) == []


def test_a_process_that_is_gone_has_no_start_time() -> None:
    """Neither while it waits to be collected nor afterwards."""
    process = subprocess.Popen(["true"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert lock.started_at(process.pid) == ""
    process.wait()
    assert lock.started_at(process.pid) == ""
    assert lock.started_at(os.getpid()) != ""
