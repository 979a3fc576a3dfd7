"""Who changed which setting, when, from what to what: rows are only added, Postgres refuses anything else."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.timezone import now


class AuditAction(models.TextChoices):
    """What was done to the thing that an entry is about."""

    ADDED = "added", "added"
    CHANGED = "changed", "changed"
    REMOVED = "removed", "removed"


class AuditEntry(models.Model):
    """One change. `changes` is {field in plain words: [old, new]}, as text for people; a secret is never in it."""

    at = models.DateTimeField(default=now, db_index=True)
    site = models.ForeignKey("Site", on_delete=models.PROTECT, null=True, blank=True, related_name="audit_entries")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150, help_text="As it was then; a command line has a name too.")
    action = models.CharField(max_length=16, choices=AuditAction, default=AuditAction.CHANGED)
    subject = models.CharField(max_length=200, help_text="In plain words: “Environment Live site”, “API token laptop”.")
    changes = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.subject}"
