"""Clock times and moments: when a rule runs next, and what a change of the clocks does to it. Pure, no rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from deploys.models import Schedule

A_DAY = timedelta(days=1)


class Odd(StrEnum):
    """What is odd about a clock time on a day."""

    SKIPPED = "skipped"  # the clocks jump over it
    TWICE = "twice"  # the clocks are set back, so that it comes twice


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A moment at which a rule runs (UTC), with the clock time that was asked for and what is odd about it."""

    at: datetime
    wanted: datetime
    zone: ZoneInfo
    odd: Odd | None

    @property
    def local(self) -> datetime:
        """What the clock in the zone shows then."""
        return self.at.astimezone(self.zone)


def moment_of(day: date, at: time, zone: ZoneInfo) -> Run:
    """The moment of a clock time on a day.

    A time that the clocks jump over runs as much later as they jump (02:30 becomes 03:30); one that comes twice runs
    the first time. Both follow from PEP 495 with fold=0.
    """
    wanted = datetime.combine(day, at)
    first, second = (wanted.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    odd = None
    if first.astimezone(zone).replace(tzinfo=None) != wanted:
        odd = Odd.SKIPPED
    elif first != second:
        odd = Odd.TWICE
    return Run(at=first, wanted=wanted, zone=zone, odd=odd)


def runs(schedule: Schedule, after: datetime) -> Iterator[Run]:
    """The moments after `after` at which the schedule runs, soonest first; a weekly one never ends.

    Raises zoneinfo.ZoneInfoNotFoundError when the zone's name is not known (any more).
    """
    zone = ZoneInfo(schedule.zone)
    if schedule.day is not None:
        run = moment_of(schedule.day, schedule.at, zone)
        if run.at > after:
            yield run
        return
    day = after.astimezone(zone).date() - A_DAY
    while True:
        if schedule.weekdays >> day.weekday() & 1:
            run = moment_of(day, schedule.at, zone)
            if run.at > after:
                yield run
        day += A_DAY


def clocks_change(first: Run, second: Run) -> bool:
    """True when the zone's clocks are set anew between the two, so that the same clock time is another UTC time."""
    return first.local.utcoffset() != second.local.utcoffset()
