"""How often things are looked at and how long is waited; all in seconds."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.timezone import now

LOOKS = ((180, 2), (600, 5), (3600, 15))  # up to this age of the build, look this often
SLOWEST_LOOK = 30
SLACK = 0.5  # a tick comes every 2 seconds: a look that is due just after one would wait for the next
REVIEW_EVERY = timedelta(seconds=30)
MISSING_IS_GONE = timedelta(seconds=10)
WAKE_AFTER = timedelta(seconds=2)
REPEAT_CANCEL_AFTER = timedelta(seconds=10)
QUICK_READING = timedelta(seconds=10)  # a source that takes longer is read by a task of its own
READING_PATIENCE = 25.0  # seconds that a start waits for a reading; well within the lease of the start
COLLECTING_AT_MOST = timedelta(minutes=10)  # then a build goes on with the last good reading
PROJECT_LEASE = timedelta(seconds=95)


def next_look(since: datetime) -> datetime:
    """When to look again at a build that is under way since then: often at first, then slower."""
    age = (now() - since).total_seconds()
    every = next((seconds for limit, seconds in LOOKS if age < limit), SLOWEST_LOOK)
    return now() + timedelta(seconds=every - SLACK)


def backoff(attempts: int, *, first: float = 2, most: float = 60) -> datetime:
    """When to try again after this many attempts: 2, 4, 8 … up to 60 seconds from now."""
    return now() + timedelta(seconds=min(most, first * 2 ** max(0, attempts - 1)))
