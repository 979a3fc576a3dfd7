"""How long we go on: attempts with growing pauses, the source's own wishes, and one deadline over all."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from deploys.content.sources.errors import ErrorClass, SourceUnavailable

ATTEMPTS = 5
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_LONGEST_WISH = 60.0

type Sleep = Callable[[float], None]


@dataclass(kw_only=True, slots=True)
class Patience:
    """seconds: for the whole reading. sleep waits (seconds)."""

    seconds: float
    sleep: Sleep = time.sleep
    _until: float = 0.0

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.seconds

    def left(self) -> float:
        """Give the seconds left. Raises SourceUnavailable when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise SourceUnavailable(
                f"Reading took longer than {self.seconds:g} seconds: raise the deadline, or read fewer entries.",
                error_class=ErrorClass.TOO_SLOW,
            )
        return left

    def pauses(self) -> Iterator[float]:
        """Give the pause before each further attempt: growing, with a random part, so that readers do not march."""
        for attempt in range(ATTEMPTS - 1):
            longest = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
            yield longest / 2 + random.uniform(0, longest / 2)  # noqa: S311 no secret depends on it

    def wait(self, pause: float, failure: SourceUnavailable) -> None:
        """Wait, at least as long as the source asked for.

        Raises the failure when the deadline would pass, or when the source asks for more than a worker waits idly.
        """
        seconds = max(pause, failure.retry_after or 0.0)
        if seconds > _LONGEST_WISH or seconds >= self._until - time.monotonic():
            raise failure
        self.sleep(seconds)

    def rest(self, seconds: float) -> None:
        """Pause between two requests. Raises SourceUnavailable when the deadline has passed."""
        if seconds:
            self.sleep(min(seconds, self.left()))


def wished_pause(header: str | None) -> float | None:
    """Give the seconds of a Retry-After header (a number or a date), None when it says nothing sensible."""
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((aware - datetime.now(UTC)).total_seconds(), 0.0)
