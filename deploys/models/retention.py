"""How long a site keeps what it no longer needs, and what was removed so far."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.timezone import now

if TYPE_CHECKING:
    from deploys.models.site import Site

LOG_DAYS, CONTENT_DAYS, MESSAGE_DAYS = 90, 180, 90


def cutoff(days: int | None, moment: datetime) -> datetime | None:
    """What ended before this is no longer kept; None: everything is."""
    return None if days is None else moment - timedelta(days=days)


class Retention(models.Model):
    """The periods of one site, in days; empty: kept for ever. A site without a row has the defaults."""

    site = models.OneToOneField("Site", on_delete=models.CASCADE, related_name="retention")
    log_days = models.PositiveSmallIntegerField(
        "Days that job logs are kept",
        null=True,
        blank=True,
        default=LOG_DAYS,
        validators=[MinValueValidator(7)],
        help_text="Counted from the end of the build; empty: for ever. The logs of what visitors see are always kept.",
    )
    content_days = models.PositiveSmallIntegerField(
        "Days that earlier content is kept",
        null=True,
        blank=True,
        default=CONTENT_DAYS,
        validators=[MinValueValidator(14)],
        help_text="For word by word comparisons of older builds and versions; empty: for ever. What visitors see, what "
        "can be brought back and what the CMS holds now are always kept.",
    )
    message_days = models.PositiveSmallIntegerField(
        "Days that sent messages are listed",
        null=True,
        blank=True,
        default=MESSAGE_DAYS,
        validators=[MinValueValidator(7)],
        help_text="Notifications with the answers of the places that they went to; empty: for ever.",
    )

    def __str__(self) -> str:
        return f"How long {self.site} keeps things"

    @classmethod
    def of(cls, site: Site) -> Retention:
        """The periods of the site; the defaults, not stored, where nobody chose any. One query."""
        return cls.objects.filter(site=site).first() or cls(site=site)


class PruneRun(models.Model):
    """One walk through everything that may be removed. `removed` is {what: [rows, bytes]}."""

    began_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it is under way, or was broken off.")
    is_complete = models.BooleanField(default=False, help_text="Everything was looked at, of all sites.")
    removed = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Cleaning up from {self.began_at:%Y-%m-%d %H:%M}"

    @classmethod
    def last(cls) -> PruneRun | None:
        """The newest one that looked at everything."""
        return cls.objects.filter(is_complete=True).first()

    @property
    def rows(self) -> int:
        """How many rows went, or were emptied."""
        return sum(rows for rows, _size in self.removed.values())

    @property
    def size(self) -> int:
        """Their bytes, as far as they were counted."""
        return sum(size for _rows, size in self.removed.values())
