"""Ends the children of a supervisor that was killed: runs as a process of its own and outlives it.

It reads lines from standard input, `+GROUP SIGNAL` for a process group that came and `-GROUP` for one that
went. The end of the input means that the supervisor is gone: each group that is left gets its signal, and
SIGKILL three seconds later; before that the file named on the command line, which announced the children,
goes. Works wherever there are pipes; Linux' own PR_SET_PDEATHSIG does not exist on macOS and does not reach
grandchildren. Started by path, so that nothing of the project is imported.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PATIENCE_SECONDS = 3.0


class Guard:
    """The supervisor's end of the pipe."""

    def __init__(self, announcement: Path) -> None:
        """Start the guard process, in a group of its own that Ctrl-C does not reach."""
        self._announcement = announcement
        self._signals: dict[int, int] = {}
        self._process = self._start()

    def add(self, group: int, stop_signal: int) -> None:
        """Watch over this process group."""
        self._signals[group] = stop_signal
        self._tell(f"+{group} {int(stop_signal)}\n")

    def remove(self, group: int) -> None:
        """Forget a process group that has ended; its number may be given to somebody else."""
        self._signals.pop(group, None)
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """End the guard process; it ends what was not removed."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, self._announcement],
            stdin=subprocess.PIPE,
            bufsize=0,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    def _tell(self, line: str) -> None:
        try:
            self._write(line)
        except BrokenPipeError:  # somebody ended the guard: a new one learns everything again
            self.close()
            self._process = self._start()
            self._write("".join(f"+{group} {int(number)}\n" for group, number in self._signals.items()))

    def _write(self, text: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(text.encode())


def send(group: int, number: int) -> bool:
    """Send a signal to a process group; False when nobody of it is left."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def watch() -> None:
    """Follow standard input to its end, then end the groups that are left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        group, *stop_signal = line[1:].split()
        if line.startswith("+"):
            groups[int(group)] = int(stop_signal[0])
        else:
            groups.pop(int(group), None)
    Path(sys.argv[1]).unlink(missing_ok=True)
    left = [group for group, number in groups.items() if send(group, number)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [group for group in left if send(group, 0)]
    for group in left:
        send(group, signal.SIGKILL)


if __name__ == "__main__":
    watch()
