"""Which TCP ports to use, and who holds one that is taken."""

import contextlib
import errno
import json
import os
import socket
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from buildhub.up.errors import Refused

DEFAULT_PORT = 8000
TRIES = 200
LISTENING = "0A"


@dataclass(frozen=True, kw_only=True)
class SandboxPorts:
    """Where the demo's three servers listen, all on 127.0.0.1."""

    gitlab: int
    cms: int
    site: int


def web_port(host: str, asked: str | None) -> int:
    """The dashboard's port: the one asked for, or the first free one from 8000 on.

    Raises Refused when `asked` is no port number, may not be used, or is taken (and says by whom).
    """
    if not asked:
        return first_free(host, DEFAULT_PORT)
    if not asked.isdecimal() or not 1 <= int(asked) <= 65535:
        raise Refused(f"The port must be a number from 1 to 65535, not {asked!r}.")
    port = int(asked)
    problem = _problem(host, port)
    if problem == errno.EADDRINUSE:
        raise Refused(f"Port {port} is taken by {holder(port)}: choose another one with --port or PORT.")
    if problem:
        raise Refused(f"Port {port} of {host} cannot be used: {os.strerror(problem)}.")
    return port


def sandbox_ports(data: Path, web: int) -> SandboxPorts:
    """Three free ports after the dashboard's; those of last time while they are free, so links stay good."""
    path = data / "ports.json"
    last: dict[str, int] = {}
    with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
        last = json.loads(path.read_text())
    chosen = {name: port for name, port in last.items() if port != web and is_free("127.0.0.1", port)}
    for name in ("gitlab", "cms", "site"):
        if name not in chosen:
            chosen[name] = first_free("127.0.0.1", web + 1, {web, *chosen.values()})
    ports = SandboxPorts(**chosen)
    path.write_text(json.dumps(asdict(ports)))
    return ports


def first_free(host: str, start: int, used: set[int] | None = None) -> int:
    """The first port from `start` on that is free and not in `used`. Raises Refused after 200 tries."""
    for port in range(start, min(start + TRIES, 65536)):
        if port not in (used or ()) and is_free(host, port):
            return port
    raise Refused(f"No port from {start} on can be used on {host}: choose one with --port or PORT.")


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    return _problem(host, port) == 0


def holder(port: int) -> str:
    """Who listens on that port, as "python3 (process 1234)", or "another program" if that is hidden."""
    pid = _holder_on_linux(port) if Path("/proc/net/tcp").exists() else _holder_by_lsof(port)
    if not pid:
        return "another program"
    said = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True)
    name = Path(f"/proc/{pid}/comm").read_text() if Path(f"/proc/{pid}/comm").exists() else said.stdout
    return f"{name.strip()} (process {pid})"


def _problem(host: str, port: int) -> int:
    """The errno that listening there would meet; 0 for none. Raises Refused for an unknown host."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise Refused(f"{host} is not an address of this machine.") from error
    with socket.socket(family, kind, protocol) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(address)
            server.listen(1)
        except OSError as error:
            return error.errno or errno.EADDRINUSE
    return 0


def _holder_on_linux(port: int) -> int | None:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
            inodes |= {row[9] for row in rows if row[3] == LISTENING and int(row[1].split(":")[1], 16) == port}
    wanted = {f"socket:[{inode}]" for inode in inodes}
    pids = sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return next((pid for pid in pids if wanted & set(_open_files(pid))), None)


def _open_files(pid: int) -> list[str]:
    links: list[str] = []
    with contextlib.suppress(OSError):
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                links.append(str(file.readlink()))
    return links


def _holder_by_lsof(port: int) -> int | None:
    with contextlib.suppress(OSError):
        command = ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-t"]
        said = subprocess.run(command, capture_output=True, text=True)
        return next((int(word) for word in said.stdout.split() if word.isdecimal()), None)
    return None
