"""A freeze: somebody paused publishing of an environment, says why, and until when."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now


class Freeze(models.Model):
    """One pause of publishing, kept when it is over. Builds asked for meanwhile wait in line."""

    environment = models.ForeignKey("Environment", on_delete=models.CASCADE, related_name="freezes")
    reason = models.CharField(max_length=300)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField(help_text="When publishing goes on by itself.")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begun_at")), name="a_freeze_ends_after_it_began"),
            models.UniqueConstraint(fields=["environment"], condition=Q(ended_at=None), name="one_freeze_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"Pause of {self.environment} until {self.ends_at:%Y-%m-%d %H:%M}"

    def is_in_force(self, moment: datetime) -> bool:
        """True while it keeps builds in line."""
        return self.ended_at is None and moment < self.ends_at
