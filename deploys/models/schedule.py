"""A schedule: a person's wish to publish once at a time, or every week."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

if TYPE_CHECKING:
    from deploys.models.environment import Environment

WEEK = 7


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    """Filters in the words people use."""

    def kept(self) -> ScheduleQuerySet:
        """Not canceled; paused ones too."""
        return self.filter(canceled_at=None)

    def running(self) -> ScheduleQuerySet:
        """Neither canceled nor paused."""
        return self.kept().filter(paused_at=None)

    def weekly(self) -> ScheduleQuerySet:
        """Those that repeat."""
        return self.filter(day=None)


class Schedule(models.Model):
    """When to publish, in the clock time of a zone: on one `day`, or every week on `weekdays`."""

    environment = models.ForeignKey("Environment", on_delete=models.CASCADE, related_name="schedules")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="schedules")
    day = models.DateField(null=True, blank=True, help_text="The one day; empty for every week.")
    weekdays = models.PositiveSmallIntegerField(default=0, help_text="Bit 0 is Monday, bit 6 is Sunday.")
    at = models.TimeField(help_text="Clock time in the zone.")
    zone = models.CharField(max_length=64, help_text="IANA name, such as Europe/Lisbon.")
    only_if_changes = models.BooleanField(default=True, help_text="Nothing is built when nothing waits to go live.")
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now, help_text="Times before this are not made up for.")
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    canceled_at = models.DateTimeField(null=True, blank=True)
    canceled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(day__isnull=False, weekdays=0) | Q(day=None, weekdays__gt=0, weekdays__lt=1 << WEEK),
                name="a_schedule_has_one_day_or_weekdays",
            )
        ]

    def __str__(self) -> str:
        return f"{self.owner} publishes {self.environment} at {self.at:%H:%M} {self.zone}"

    @classmethod
    def once(cls, environment: Environment, *, at: datetime, zone: ZoneInfo, **facts: object) -> Schedule:
        """A schedule, not saved yet, for one moment, whose clock time in the zone counts from now on."""
        local = at.astimezone(zone)
        return cls(environment=environment, day=local.date(), at=local.time(), zone=zone.key, **facts)

    @property
    def is_weekly(self) -> bool:
        """True when it repeats."""
        return self.day is None

    @property
    def chosen_days(self) -> list[int]:
        """The weekdays, 0 for Monday."""
        return [day for day in range(WEEK) if self.weekdays >> day & 1]

    @property
    def rule(self) -> tuple[date | None, int, time, str]:
        """What decides when it runs."""
        return (self.day, self.weekdays, self.at, self.zone)
