"""A throwaway Valkey for the test session."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from buildhub.up import valkey


def start() -> tuple[str, Callable[[], None]]:
    """Start a server in a temporary folder and return its REDIS_URL and the function that removes it."""
    folder = Path(tempfile.mkdtemp(prefix="buildhub-valkey-", dir="/tmp"))
    folder.chmod(0o700)
    log = (folder / "valkey.log").open("wb")
    process = subprocess.Popen(
        valkey.command(files=folder, sockets=folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
    )

    def stop() -> None:
        process.terminate()
        process.wait(timeout=10)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)

    deadline = time.monotonic() + 10
    while not valkey.is_ready(folder):
        if time.monotonic() > deadline or process.poll() is not None:
            stop()
            raise RuntimeError("Valkey did not start")
        time.sleep(0.02)
    return f"redis+socket://{folder / valkey.VALKEY_SOCKET}", stop
