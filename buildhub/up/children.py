"""A process that `up` keeps alive: how it starts, when it is ready, when it is started again."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from buildhub.up.errors import UpError
from buildhub.up.guard import Guard, send
from buildhub.up.spawning import last_lines, spawn

QUICK_SECONDS = 30.0
MOST_QUICK_DEATHS = 5


def _always(_pid: int) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run. All others wait for a `foundation` (database, broker) before they start again."""

    name: str
    command: Sequence[str | Path]
    log: Path
    environ: Mapping[str, str]
    cwd: Path
    is_ready: Callable[[int], bool] = _always
    ready_seconds: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    enter: Callable[[], None] | None = None
    before_start: Callable[[], None] | None = None
    foundation: bool = False
    talks: bool = True


@dataclass(kw_only=True)
class Child:
    """One program and the process that runs it now, if any."""

    program: Program
    guard: Guard
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0
    start_again_at: float | None = None
    _told_ready: bool = field(default=False, repr=False)

    @property
    def name(self) -> str:
        """Its name in messages, logs and pids.json."""
        return self.program.name

    def start(self) -> None:
        """Start the process. Raises UpError when the program cannot be started."""
        program = self.program
        if program.before_start:
            program.before_start()
        try:
            self.process = spawn(
                program.command,
                log=program.log,
                environ=program.environ,
                cwd=program.cwd,
                death_signal=program.stop_signal,
                enter=program.enter,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise UpError(f"{self.name} cannot be started: {error}") from error
        self.guard.add(self.process.pid, program.stop_signal)
        self.started, self.start_again_at, self._told_ready = time.monotonic(), None, False

    def is_ready(self) -> bool:
        """Whether it runs and does its work; once true, it stays so until the process ends."""
        if self.process is None or self.process.poll() is not None:
            return False
        self._told_ready = self._told_ready or self.program.is_ready(self.process.pid)
        return self._told_ready

    def found_dead(self) -> int | None:
        """The exit code of a process that just ended, once; plans when to start it again.

        Raises UpError, with the end of the log, when it was the fifth quick death in a row.
        """
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self._end_group()
        lived = time.monotonic() - self.started
        self.quick_deaths = 1 if lived >= QUICK_SECONDS else self.quick_deaths + 1
        if self.quick_deaths >= MOST_QUICK_DEATHS:
            raise UpError(f"{self.name} ended {MOST_QUICK_DEATHS} times in a row.\n{self.last_words()}")
        self.start_again_at = time.monotonic() + self.seconds_until_restart
        return code

    @property
    def seconds_until_restart(self) -> float:
        """How long to wait after the death just seen: 1, 2, 4, 8 seconds."""
        return 2.0 ** (self.quick_deaths - 1)

    def is_due(self) -> bool:
        """Whether it is to be started again now."""
        return self.start_again_at is not None and time.monotonic() >= self.start_again_at

    def stop(self) -> None:
        """Stop it in its own way, by force when its time is over."""
        if self.process is None:
            return
        self.process.send_signal(self.program.stop_signal)
        try:
            self.process.wait(self.program.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()
        self._end_group()

    def kill(self) -> None:
        """End its whole process group by force, at once."""
        if self.process is not None and self.process.returncode is None:
            send(self.process.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """The end of its log and where to read the rest."""
        return f"{last_lines(self.program.log)}\n(from {self.program.log})"

    def _end_group(self) -> None:
        """Grandchildren of a process that ended by itself would hold its port or its work."""
        if self.process is not None:
            send(self.process.pid, signal.SIGKILL)
            self.guard.remove(self.process.pid)
            self.process = None
