"""When a build counts as slow or stuck, and how long words about its progress hold. How far it is: `time_left`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from deploys.builds import time_left
from deploys.models import Build


def usual_seconds(build: Build) -> float | None:
    """Seconds that a build like this usually takes in all; None without enough past builds."""
    return time_left.total_of(build.usual)


def elapsed_seconds(build: Build, now: datetime) -> float:
    """Seconds since it left the line: the usual time counts from there too."""
    return max(0.0, (now - (build.claimed_at or build.requested_at)).total_seconds())


def slow_from(build: Build) -> datetime | None:
    """When the build counts as slow: after 1.5 times the usual, at least a minute over it."""
    total = usual_seconds(build)
    if total is None:
        return None
    return (build.claimed_at or build.requested_at) + timedelta(seconds=max(1.5 * total, total + 60))


def stuck_from(build: Build) -> datetime | None:
    """When silence about a build with a pipeline becomes worrying."""
    heard = build.heard_at or build.started_at or build.claimed_at
    silent_from = heard + timedelta(seconds=settings.SILENCE_IS_STUCK) if heard else None
    return max(silent_from, build.patient_until or silent_from) if silent_from else None


def tick(build: Build) -> timedelta:
    """How long the words about the progress hold: a twentieth of the usual time, at least 5 seconds."""
    return timedelta(seconds=max(5.0, (usual_seconds(build) or 600.0) / 20))
