"""The rows of a schedule: its next time always has one, and times that passed unseen get theirs too."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from deploys.models import Plan, PlanKind, Schedule
from deploys.schedules.clock_times import runs

logger = logging.getLogger(__name__)

AT_ONCE = 60  # rows of times that passed while nothing ran; the rest follows with the next tick


def renew(schedule: Schedule, moment: datetime, *, foreseen: list[list[object]] | None = None) -> None:
    """Insert the times since the last row up to now, and the next one. Safe to do twice."""
    known = schedule.plans.filter(due_at__gt=schedule.changed_at).order_by("-due_at")
    after = known.values_list("due_at", flat=True).first() or schedule.changed_at
    if after > moment:
        return
    times: list[datetime] = []
    try:
        for run in runs(schedule, after):
            times.append(run.at)
            if run.at > moment or len(times) == AT_ONCE:
                break
    except ZoneInfoNotFoundError:
        logger.warning("The schedule %s names a time zone that is not known: %s.", schedule.pk, schedule.zone)
    fresh = [
        Plan(
            environment=schedule.environment,
            kind=PlanKind.SCHEDULE,
            schedule=schedule,
            due_at=at,
            foreseen=foreseen or [],
        )
        for at in times
    ]
    Plan.objects.bulk_create(fresh, ignore_conflicts=True)
