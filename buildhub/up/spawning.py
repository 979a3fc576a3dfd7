"""Starts one process so that it cannot outlive its starter and cannot be reached by the terminal's Ctrl-C."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
LARGEST_LOG = 5 * 1024 * 1024

LIBC = ctypes.CDLL(None)


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    enter: Callable[[], None] | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in its own process group, with its output appended to `log`.

    On Linux the kernel sends `death_signal` to it when the calling thread ends: use the main thread.
    `enter` runs in the child before that (a change of user). Raises OSError when it cannot be started.
    """
    starter = os.getpid()

    def settle() -> None:
        if enter:
            enter()
        if sys.platform == "linux":
            LIBC.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)  # after a change of user, which clears it
            if os.getppid() != starter:
                os._exit(1)

    set_aside(log)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environ) if environ is not None else None,
            cwd=cwd,
            process_group=0,
            preexec_fn=settle,
        )


def set_aside(log: Path) -> None:
    """Rename a log of more than 5 MB to `<name>.1`, in place of the one before."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_name(f"{log.name}.1"))


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log file, for a message about what went wrong. Empty when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
