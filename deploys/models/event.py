"""What happened to a build, in order, for ever: rows are only added, Postgres refuses anything else."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.timezone import now


class Event(models.Model):
    """One thing that happened to a build. `old` and `new` are states; both empty for a note."""

    build = models.ForeignKey("Build", on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(default=now)
    old = models.CharField(max_length=16, blank=True)
    new = models.CharField(max_length=16, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True, help_text="Plain words for the timeline.")
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.note or f"{self.old} → {self.new}"

    @classmethod
    def record(cls, build_id: int, *, note: str, **fields: Any) -> Event:
        """Add an event; the note is cut to what the column holds."""
        return cls.objects.create(build_id=build_id, note=note[:300], **fields)
