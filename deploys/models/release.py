"""A release: what a build put on the web host, and whether it is proved to be there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.timezone import now


class Proof(models.TextChoices):
    """How we know that a release is live."""

    PENDING = "pending", "being looked for"
    MARKER = "marker", "the site names this build"
    PAGES = "pages", "the site serves the pages of this build"
    UNCHECKED = "unchecked", "the environment has no marker to check"
    MISSING = "missing", "not seen on the site in time"


PROVED = frozenset({Proof.MARKER, Proof.PAGES})


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Filters in the words people use."""

    def due_for_proof(self) -> ReleaseQuerySet:
        """Not proved yet, and it is time to look again."""
        return self.filter(proof__in=[Proof.PENDING, Proof.MISSING], next_check_at__lte=now())


class Release(models.Model):
    """What one build put on the host of its environment."""

    environment = models.ForeignKey("Environment", on_delete=models.PROTECT, related_name="releases")
    build = models.OneToOneField("Build", on_delete=models.PROTECT, related_name="release")
    host_id = models.CharField(
        max_length=120,
        blank=True,
        help_text="What the web host calls it. A publish that changes nothing goes by the name of what was live.",
    )
    created_at = models.DateTimeField(default=now)
    proof = models.CharField(max_length=16, choices=Proof, default=Proof.PENDING)
    live_at = models.DateTimeField(null=True, blank=True, help_text="When it was proved to be what visitors get.")
    replaced_at = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveIntegerField(default=0)
    next_check_at = models.DateTimeField(null=True, blank=True, default=now)
    finding = models.CharField(max_length=300, blank=True, help_text="What the last look at the site showed.")
    reported_at = models.DateTimeField(null=True, blank=True, help_text="When its report was taken over.")
    files = models.PositiveIntegerField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True, help_text="Bytes of the whole site.")
    sent_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="How long putting it on the host took.")
    pages_changed = models.PositiveIntegerField(
        null=True, blank=True, help_text="Pages that are new, differ or are gone against the release before."
    )
    report = models.JSONField(
        default=dict, blank=True, help_text="What differs: added, changed and removed paths, warnings, caches dropped."
    )

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["environment", "host_id"], name="release_on_host"),
            models.Index(
                fields=["next_check_at"],
                name="release_unproved",
                condition=Q(proof__in=["pending", "missing"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Release of {self.build}"

    @property
    def is_proved(self) -> bool:
        """True when the public site was seen to show it."""
        return self.proof in PROVED


class HandedReport(models.Model):
    """What a pipeline handed over by HTTP about its publish, as it came; taken over when the build has ended."""

    build = models.OneToOneField("Build", on_delete=models.CASCADE, related_name="handed_report")
    received_at = models.DateTimeField(default=now)
    data = models.JSONField()

    def __str__(self) -> str:
        return f"Report of {self.build}"
