"""Starts children in order, waits until they are ready, starts dead ones again, stops all in reverse."""

import time
from collections.abc import Callable
from pathlib import Path

from buildhub.up.children import Child, Program
from buildhub.up.echo import Echo
from buildhub.up.errors import UpError
from buildhub.up.guard import Guard
from buildhub.up.lock import write_pids
from buildhub.up.paths import ready_file
from buildhub.up.stopping import StopSwitch

TICK_SECONDS = 0.1
READY_TICK_SECONDS = 0.02


class Supervisor:
    """The children of one `up`. Use it from the main thread: the kernel ties children to their thread."""

    def __init__(self, *, data: Path, switch: StopSwitch, tell: Callable[[str], None]) -> None:
        """`data` gets pids.json; `tell` gets sentences for the person at the keyboard."""
        self._data = data
        self._switch = switch
        self._tell = tell
        self._children: list[Child] = []
        self._guard = Guard(ready_file(data))
        switch.install(self.kill)

    def start(self, program: Program) -> Child:
        """Start a program and look after it from now on. Raises UpError when it cannot be started."""
        self._switch.check()
        child = Child(program=program, guard=self._guard)
        child.start()
        self._children.append(child)
        self._note_pids()
        return child

    def wait_for(self, *children: Child) -> None:
        """Return when all are ready.

        Raises UpError, with the end of its log, when one ends or takes too long, and StopAsked.
        """
        for child in children:
            while not child.is_ready():
                self._switch.check()
                self._raise_if_dead()
                if time.monotonic() > child.started + child.program.ready_seconds:
                    raise UpError(f"{child.name} took too long to get ready.\n{child.last_words()}")
                time.sleep(READY_TICK_SECONDS)

    def watch(self, echo: Echo) -> None:
        """Keep everything running. Ends by StopAsked, or by UpError when a child cannot be kept alive."""
        while True:
            self._switch.check()
            echo.show_new_lines()
            for child in self._children:
                self._look_after(child)
            time.sleep(TICK_SECONDS)

    def stop(self) -> None:
        """Stop all, the last started first; safe to call at any time."""
        for child in reversed(self._children):
            child.stop()
        self._guard.close()
        self._children = []
        self._note_pids()

    def kill(self) -> None:
        """End all by force, at once."""
        for child in self._children:
            child.kill()

    def _look_after(self, child: Child) -> None:
        code = child.found_dead()
        if code is not None:
            self._tell(f"{child.name} ended ({_reason(code)}), starts again in {child.seconds_until_restart:.0f} s.")
            self._note_pids()
        if child.is_due() and (child.program.foundation or self._foundation_is_ready()):
            child.start()
            self._note_pids()

    def _foundation_is_ready(self) -> bool:
        return all(child.is_ready() for child in self._children if child.program.foundation)

    def _raise_if_dead(self) -> None:
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                raise UpError(f"{child.name} ended while it started.\n{child.last_words()}")

    def _note_pids(self) -> None:
        write_pids(self._data, {child.name: child.process.pid for child in self._children if child.process})


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
