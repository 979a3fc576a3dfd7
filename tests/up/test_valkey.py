"""The embedded Valkey: a real server on a socket."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from buildhub.up import valkey
from buildhub.up.errors import UpError
from buildhub.up.paths import VALKEY_SOCKET
from buildhub.up.spawning import spawn
from tests.up.conftest import wait_until

pytestmark = pytest.mark.process

type Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def started(folder: Path) -> Iterator[Start]:
    """Starts servers on the same files and ends them."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        running.append(spawn(valkey.command(files=folder, sockets=folder), log=folder / "log"))
        wait_until(lambda: valkey.is_ready(folder), "ready")
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_messages_outlive_a_killed_server(folder: Path, started: Start) -> None:
    """Everything is in the append-only file, whose last second only a power cut can take."""
    process = started()
    with redis.Redis(unix_socket_path=str(folder / VALKEY_SOCKET)) as client:
        client.lpush("queue", "one", "two")
    process.kill()
    process.wait()
    assert not valkey.is_ready(folder)
    started()
    with redis.Redis(unix_socket_path=str(folder / VALKEY_SOCKET)) as client:
        assert client.llen("queue") == 2


def test_it_has_no_port_and_forgets_nothing_when_full(folder: Path, started: Start) -> None:
    """A broker that evicts keys loses messages."""
    started()
    with redis.Redis(unix_socket_path=str(folder / VALKEY_SOCKET), decode_responses=True) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert (folder / VALKEY_SOCKET).stat().st_mode & 0o077 == 0


def test_a_wrong_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """BUILDHUB_VALKEY_BIN is the setting to change."""
    monkeypatch.setenv("BUILDHUB_VALKEY_BIN", "/does/not/exist")
    with pytest.raises(UpError, match="BUILDHUB_VALKEY_BIN is /does/not/exist"):
        valkey.binary()
