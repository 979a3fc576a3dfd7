"""Ctrl-C and its relatives: the first asks for an orderly stop, the second ends everything at once."""

import signal
from collections.abc import Callable
from types import FrameType


class StopAsked(Exception):
    """Somebody asked `up` to stop."""


class StopSwitch:
    """Remembers that a stop was asked for; the work asks it at points where it may be left."""

    def __init__(self) -> None:
        """Not asked for yet."""
        self.asked = False
        self._at_once: Callable[[], None] = lambda: None

    def install(self, at_once: Callable[[], None]) -> None:
        """Listen to SIGINT, SIGTERM and SIGHUP; the second one of them calls `at_once`."""
        self._at_once = at_once
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._heard)

    def check(self) -> None:
        """Raises StopAsked when a stop was asked for."""
        if self.asked:
            raise StopAsked

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            self._at_once()
        self.asked = True
