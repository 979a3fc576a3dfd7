"""The place of a build in line, and when its turn will come as far as earlier builds tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deploys.builds import estimates, line, time_left
from deploys.lifecycle import State
from deploys.models import Build


@dataclass(frozen=True, kw_only=True)
class Place:
    """How many go first, and whether some of them are of other environments.

    `is_next`: only what is under way comes before it. `starts_in` are seconds, None when it cannot be told.
    """

    ahead: int
    is_next: bool
    is_shared: bool
    starts_in: float | None


def place_of(build: Build, moment: datetime) -> Place:
    """Look at what stands before a build in line. One query for who, two more for each of those."""
    ahead = line.ahead_of(build, moment)
    return Place(
        ahead=len(ahead),
        is_next=not any(one.state == State.QUEUED for one in ahead),
        is_shared=any(one.environment_id != build.environment_id for one in ahead),
        starts_in=_starts_in(ahead, moment),
    )


def _starts_in(ahead: list[Build], moment: datetime) -> float | None:
    """Nothing is known as soon as one of them has not enough past builds, or takes longer than usual."""
    seconds = 0.0
    for one in ahead:
        takes = _takes(one, moment)
        if not takes:
            return None
        seconds += takes
    return seconds


def _takes(build: Build, moment: datetime) -> float | None:
    if build.is_copy or build.cancel_requested_at:
        return None
    if build.state != State.QUEUED:
        return time_left.seconds_left(build, list(build.jobs.all()), moment)
    return time_left.total_of(estimates.usual_seconds(build.environment))
