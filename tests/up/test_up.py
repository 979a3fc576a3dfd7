"""`manage.py up` as people run it: a process of its own in a throwaway data folder."""

import os
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres as throwaway
from tests.up.conftest import wait_until
from tests.up.running import Up, free_port, processes_of, run_up, start_up

pytestmark = pytest.mark.process
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(scope="module")
def demo() -> Iterator[Up]:
    """The whole product with its demo, running."""
    data = Path(tempfile.mkdtemp(prefix="buildhub-", dir="/tmp"))
    up = start_up(data, "--port", free_port())
    up.wait_until_ready()
    yield up
    up.process.send_signal(signal.SIGINT)
    up.process.wait(60)
    shutil.rmtree(data, ignore_errors=True)


def end(up: Up) -> int:
    """Press Ctrl-C once and return the exit code."""
    up.process.send_signal(signal.SIGINT)
    return up.process.wait(60)


def test_everything_of_the_demo_runs_and_is_announced(demo: Up) -> None:
    """ready.json has what a program needs and the output what a person needs."""
    assert demo.is_well()
    assert demo.all_run({"postgres", "valkey", "sandbox", "worker", "web"})
    assert set(demo.ready) == {"url", "site_url", "staging_url", "cms_url", "mailbox_url", "people", "gitlab"}
    assert set(demo.ready["gitlab"]) == {"url", "project_id", "ref", "trigger_token", "api_token"}
    shown = demo.output.read_text()
    for person in demo.ready["people"]:
        assert set(person) == {"name", "email", "username", "password", "role"}
        assert person["password"] in shown
    assert demo.ready["url"] in shown
    assert demo.ready["site_url"] in shown


def test_what_it_announces_is_for_its_owner_only(demo: Up) -> None:
    """Passwords and tokens are in these files."""
    assert stat.S_IMODE((demo.data / "ready.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(demo.data.stat().st_mode) == 0o700


def test_no_secret_is_on_a_command_line(demo: Up) -> None:
    """Everybody on the machine can read those."""
    commands = "\n".join(processes_of(demo.data))
    assert demo.ready["gitlab"]["trigger_token"] not in commands
    assert demo.ready["gitlab"]["api_token"] not in commands


def test_a_second_start_on_the_same_data_is_refused_with_the_address(demo: Up) -> None:
    """One sentence, exit code 2, and the first one runs on."""
    second = run_up(demo.data)
    assert second.returncode == 2
    assert f"already runs on {demo.data}, at {demo.ready['url']} (process {demo.process.pid})" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert demo.is_well()


@on_linux
def test_a_taken_port_is_refused_with_its_holder(demo: Up, folder: Path) -> None:
    """The sentence names the process that listens there; nothing is started."""
    port = demo.ready["url"].rstrip("/").rpartition(":")[2]
    refused = run_up(folder, PORT=port)
    assert refused.returncode == 2
    assert f"Port {port} is taken by " in refused.stderr
    assert f"(process {demo.pids['web']})" in refused.stderr or "(process " in refused.stderr
    assert processes_of(folder) == []


@pytest.mark.parametrize(
    "name", ["web", "worker", pytest.param("sandbox", marks=pytest.mark.endurance), "valkey", "postgres"]
)
def test_a_child_that_died_is_started_again(demo: Up, name: str) -> None:
    """With another process id, while all others stay; then the dashboard answers as before."""
    before = demo.pids
    os.kill(before[name], signal.SIGKILL)
    wait_until(lambda: demo.pids.get(name) not in {None, before[name]}, f"{name} started again")
    assert {other: pid for other, pid in demo.pids.items() if other != name} == {
        other: pid for other, pid in before.items() if other != name
    }
    wait_until(demo.is_well, "well")
    assert f"{name} ended (signal 9), starts again in " in demo.output.read_text()


@on_linux
def test_ctrl_c_stops_everything_and_the_data_stays(folder: Path) -> None:
    """Exit code 0; each part was stopped in its own way; the next start finds the data and the same secrets."""
    up = start_up(folder, "--no-demo", PORT=free_port())
    up.wait_until_ready()
    assert set(up.ready) == {"url"}
    assert set(up.pids) == {"postgres", "valkey", "worker", "web"}
    kept = (folder / "secrets" / "django-secret-key").read_text()
    assert end(up) == 0
    assert processes_of(folder) == []
    assert not (folder / "ready.json").exists()
    assert "database system is shut down" in (folder / "logs" / "postgres.log").read_text()
    assert "ready to exit" in (folder / "logs" / "valkey.log").read_text()
    again = start_up(folder, "--no-demo", PORT=free_port())
    again.wait_until_ready()
    assert (folder / "secrets" / "django-secret-key").read_text() == kept
    assert end(again) == 0


@on_linux
@pytest.mark.endurance
def test_a_killed_supervisor_leaves_no_process(folder: Path) -> None:
    """Neither a child nor a grandchild; and the next start works."""
    up = start_up(folder, "--no-demo", PORT=free_port())
    up.wait_until_ready()
    assert len(processes_of(folder)) > 5
    up.process.kill()
    up.process.wait()
    wait_until(lambda: not up.ready, "no longer announced", 10)
    wait_until(lambda: not processes_of(folder), "all gone", 30)
    again = start_up(folder, "--no-demo", PORT=free_port())
    again.wait_until_ready()
    assert end(again) == 0


@on_linux
@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, *(pytest.param(other, marks=pytest.mark.endurance) for other in (signal.SIGTERM, signal.SIGHUP))],
)
def test_a_stop_in_the_middle_of_the_start_is_a_stop(folder: Path, number: signal.Signals) -> None:
    """Whatever had been started by then ends."""
    up = start_up(folder, "--no-demo", PORT=free_port())
    wait_until(lambda: "valkey" in up.pids, "started in part")
    up.process.send_signal(number)
    assert up.process.wait(60) == 0
    assert processes_of(folder) == []
    assert "Traceback" not in up.output.read_text()


@on_linux
@pytest.mark.endurance
def test_a_second_ctrl_c_does_not_wait(folder: Path) -> None:
    """A child that does not end (here it is halted) is ended by force."""
    up = start_up(folder, "--no-demo", PORT=free_port())
    up.wait_until_ready()
    os.kill(up.pids["web"], signal.SIGSTOP)
    up.process.send_signal(signal.SIGINT)
    wait_until(lambda: "Stopping" in up.output.read_text(), "stopping")
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0
    wait_until(lambda: not processes_of(folder), "all gone", 10)


@pytest.mark.endurance
def test_databases_that_run_elsewhere_are_used_in_place_of_the_embedded_ones(folder: Path, demo: Up) -> None:
    """With DATABASE_URL and REDIS_URL only web and worker are started."""
    address, remove = throwaway.start()
    try:
        broker = f"redis+socket://{demo.data}/run/valkey.sock"
        up = start_up(folder, "--no-demo", PORT=free_port(), DATABASE_URL=address, REDIS_URL=broker)
        up.wait_until_ready()
        assert set(up.pids) == {"worker", "web"}
        assert end(up) == 0
        assert not (folder / "postgres").exists()
    finally:
        remove()


WRONG = [
    ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "The broker at 127.0.0.1:1 cannot be reached"),
    ({"BUILDHUB_ENCRYPTION_KEYS": "nonsense"}, "BUILDHUB_ENCRYPTION_KEYS: key 1 is not a Fernet key"),
    ({"BUILDHUB_PG_BIN": "/does/not/exist"}, "BUILDHUB_PG_BIN is /does/not/exist"),
    ({"PORT": "eighty"}, "The port must be a number from 1 to 65535, not 'eighty'"),
]
WRONG_TOO = [
    ({"DATABASE_URL": "postgres://someone@127.0.0.1:1/x"}, "The database at 127.0.0.1 cannot be reached"),
    ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL must begin with postgres://"),
    ({"TIME_ZONE": "Nowhere"}, "TIME_ZONE is 'Nowhere'"),
    ({"BUILDHUB_VALKEY_BIN": "/does/not/exist"}, "BUILDHUB_VALKEY_BIN is /does/not/exist"),
]


@pytest.mark.parametrize(
    ("variables", "sentence"), [*WRONG, *(pytest.param(*one, marks=pytest.mark.endurance) for one in WRONG_TOO)]
)
def test_a_wrong_setting_is_a_sentence(folder: Path, variables: dict[str, str], sentence: str) -> None:
    """It names the setting; nothing keeps running."""
    done = run_up(folder, "--no-demo", **({"PORT": free_port()} | variables))
    assert done.returncode in {1, 2}
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert processes_of(folder) == []


@pytest.mark.endurance
def test_a_real_gitlab_keeps_the_sandbox_away(folder: Path) -> None:
    """Any of the seed's names is enough; the site comes from the environment."""
    settings = {"GITLAB_URL": "http://127.0.0.1:1", "GITLAB_PROJECT_ID": "7", "SITE_NAME": "Harbour"}
    up = start_up(folder, PORT=free_port(), **settings)
    up.wait_until_ready()
    assert "sandbox" not in up.pids
    assert set(up.ready) == {"url"}
    assert "Publishing is not set up yet" in up.output.read_text()
    assert end(up) == 0
