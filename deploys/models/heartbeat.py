"""Signs of life of the background processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models
from django.utils.timezone import now

SILENCE = timedelta(seconds=30)  # after this without a sign a part counts as not running
IDLE_WORK = timedelta(minutes=2)  # after this without a tick carried out the worker counts as having no hand free


class Part(StrEnum):
    """What leaves signs of life."""

    WORKER = "worker"  # a worker process is connected to the broker, whatever its hands are doing
    BEAT = "beat"  # the process that sends the ticks is sending them
    TICKS = "ticks"  # a tick was carried out: from beat through the broker to a free hand of the worker


@dataclass(frozen=True, kw_only=True)
class Signs:
    """When each part was last seen; None: never."""

    worker: datetime | None = None
    beat: datetime | None = None
    ticks: datetime | None = None

    def silent(self, moment: datetime) -> list[Part]:
        """Of worker and beat those that gave no sign for a while, the worker first."""
        seen = ((Part.WORKER, self.worker), (Part.BEAT, self.beat))
        return [part for part, at in seen if at is None or moment - at > SILENCE]

    def stopped(self, moment: datetime) -> list[Part]:
        """Those of them that ran once: where nothing was ever started, nothing has stopped."""
        seen = {Part.WORKER: self.worker, Part.BEAT: self.beat}
        return [part for part in self.silent(moment) if seen[part] is not None]


class Heartbeat(models.Model):
    """When a background part was last seen at work."""

    part = models.CharField(max_length=32, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.part} seen {self.seen_at}"

    @classmethod
    def beat(cls, part: str, *, every: timedelta = timedelta(seconds=5)) -> None:
        """Note that the part is alive, with one write at most per period."""
        changed = cls.objects.filter(pk=part, seen_at__lte=now() - every).update(seen_at=now())
        if not changed and not cls.objects.filter(pk=part).exists():
            cls.objects.get_or_create(part=part, defaults={"seen_at": now()})

    @classmethod
    def signs(cls) -> Signs:
        """When each part was last seen. One query."""
        known = {str(part) for part in Part}
        rows = cls.objects.filter(pk__in=known).values_list("part", "seen_at")
        return Signs(**dict(rows))
