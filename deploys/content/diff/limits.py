"""How much work a comparison may be, and the clock that holds it to that."""

from __future__ import annotations

import time
from dataclasses import dataclass


class OutOfTime(Exception):
    """The comparison took longer than its limit; the caller falls back to showing both sides whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ceilings for one comparison; above them the answer is "too large", never a long wait.

    `max_bytes` is UTF-8 bytes of one side of one field, `seconds` the time for one field, `entry_seconds` for a
    whole entry. `region_tokens` is the longest stretch compared word by word at once. `shared_words` is the part of
    the distinct words that both sides must have in common (0 to 1) to be compared word by word at all.
    """

    max_bytes: int = 1_000_000
    seconds: float = 2.0
    entry_seconds: float = 10.0
    region_tokens: int = 4_000
    shared_words: float = 0.15
    cleanup_passes: int = 4
    max_blocks: int = 5_000
    max_depth: int = 8


class Clock:
    """Counts the seconds of one comparison. Not shared between comparisons."""

    def __init__(self, seconds: float, *, within: Clock | None = None) -> None:
        self._end = time.monotonic() + seconds
        if within is not None:
            self._end = min(self._end, within._end)

    def check(self) -> None:
        """Return at once while there is time. Raises OutOfTime after the end."""
        if time.monotonic() > self._end:
            raise OutOfTime
