"""How far a build is and how long it still takes: only from what earlier builds took, never invented."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from deploys.models import Build, Job
from deploys.web.steps import Row

MOST_BEFORE_LIVE = 95  # per cent: the rest comes with the proof


def usual_seconds(build: Build) -> float | None:
    """Seconds that a build like this usually takes in all; None without enough past builds."""
    total = build.usual.get("total") if isinstance(build.usual, dict) else None
    return float(total) if isinstance(total, int | float) and total > 0 else None


def elapsed_seconds(build: Build, now: datetime) -> float:
    """Seconds since it left the line: the usual time counts from there too."""
    return max(0.0, (now - (build.claimed_at or build.requested_at)).total_seconds())


def percent(build: Build, rows: list[Row], jobs: list[Job], now: datetime) -> int | None:
    """Per cent of the usual work that is done, 0 to 95; None when the usual time is not known.

    Finished steps count with their usual time, so that the bar never goes back.
    """
    weights = [row.usual or 0.0 for row in rows]
    if usual_seconds(build) is None or not sum(weights):
        return None
    done = sum(weight for row, weight in zip(rows, weights, strict=True) if row.state == "done")
    done += sum(_part(row, build, jobs, now) for row in rows if row.state == "run")
    return min(MOST_BEFORE_LIVE, int(100 * done / sum(weights)))


def seconds_left(build: Build, rows: list[Row], jobs: list[Job], now: datetime) -> float | None:
    """Seconds until it is usually over, 0 when it should be by now; None when the usual time is not known."""
    total = usual_seconds(build)
    if total is None:
        return None
    if not any(row.usual for row in rows):
        return max(0.0, total - elapsed_seconds(build, now))
    ahead = sum(row.usual or 0.0 for row in rows if row.state == "todo")
    running = sum((row.usual or 0.0) - _part(row, build, jobs, now) for row in rows if row.state == "run")
    return max(0.0, ahead + running)


def _part(row: Row, build: Build, jobs: list[Job], now: datetime) -> float:
    """Usual seconds of a running step that are done: by the job's own count if it counts, else by the clock."""
    if row.share is not None:
        return (row.usual or 0.0) * row.share
    starts = [job.started_at for job in jobs if job.step == row.step and job.started_at]
    began = min(starts, default=build.claimed_at or build.requested_at)
    return min(row.usual or 0.0, max(0.0, (now - began).total_seconds()))


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
