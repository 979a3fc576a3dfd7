"""Signs of life of the background processes."""

from datetime import timedelta

from django.db import models
from django.utils.timezone import now


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
