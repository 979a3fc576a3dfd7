"""One `up` per data folder, and no leftovers of one that was killed."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from buildhub.up.errors import Refused
from buildhub.up.guard import send
from buildhub.up.paths import ready_file

LEFTOVER_SECONDS = 5.0


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data folder for this process. Raises Refused, with the holder's address, when it is held."""
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused(_already_running(data, file.name)) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def write_pids(data: Path, pids: Mapping[str, int]) -> None:
    """Write `pids.json`: name -> process id and start time of each child."""
    entries = {name: {"pid": pid, "started": started_at(pid)} for name, pid in pids.items()}
    path = data / "pids.json"
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(entries, indent=1))
    unfinished.replace(path)


def end_leftovers(data: Path) -> list[str]:
    """End the children of an `up` that was killed and return their names.

    A process is ended only when its id and its start time are those in `pids.json`.
    """
    try:
        entries = json.loads((data / "pids.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return []
    left = {
        name: entry["pid"]
        for name, entry in entries.items()
        if entry["started"] and started_at(entry["pid"]) == entry["started"]
    }
    # SIGINT is PostgreSQL's "fast" stop and ends the others, too.
    for number, seconds in ((signal.SIGINT, LEFTOVER_SECONDS), (signal.SIGKILL, 1.0)):
        alive = [pid for pid in left.values() if send(pid, number)]
        deadline = time.monotonic() + seconds
        while any(started_at(pid) for pid in alive) and time.monotonic() < deadline:
            time.sleep(0.05)
    return list(left)


def started_at(pid: int) -> str:
    """When that process started, as a text that no later process with its id shares; "" if it is gone."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return "" if fields[0] in "ZX" else f"{boot} {fields[19]}"
    said = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return said.stdout.strip()


def _already_running(data: Path, lock: str) -> str:
    process = Path(lock).read_text().strip() or "unknown"
    try:
        address = json.loads(ready_file(data).read_text())["url"]
    except (FileNotFoundError, json.JSONDecodeError, KeyError):
        return f"Buildhub is just starting or stopping on {data} (process {process}): wait, or stop it first."
    return (
        f"Buildhub already runs on {data}, at {address} (process {process}): "
        "use that one, stop it first, or set BUILDHUB_DATA to another folder."
    )
