"""Giving a lease back for a while: the sweep wakes the build when it has lapsed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deploys.builds import pace
from deploys.lifecycle import State
from deploys.models import Build
from deploys.transitions import learn, note


def postpone(build: Build, until: datetime | None, words: str, **facts: Any) -> None:
    """Give the lease back until then; the sweep wakes the build. The first time it also becomes an event."""
    mine = Build.objects.filter(pk=build.pk, state=State.STARTING, attempts=build.attempts)
    if not mine.exists():
        return
    facts |= {"lease_until": until or pace.backoff(build.attempts), "waiting_note": words}
    if build.waiting_note == words:
        learn(build, **facts)
    else:
        note(build, words, **facts)
