"""The jobs of a build's pipeline and their logs, as GitLab last told them."""

from __future__ import annotations

from django.db import models
from django.utils.timezone import now


class Step(models.TextChoices):
    """The five steps that people see, always in this order."""

    IN_LINE = "in_line", "In line"
    COLLECTING = "collecting", "Collecting content"
    BUILDING = "building", "Building pages"
    CHECKING = "checking", "Checking"
    GOING_LIVE = "going_live", "Going live"


class Job(models.Model):
    """One job of the pipeline; a retry is a row of its own."""

    build = models.ForeignKey("Build", on_delete=models.CASCADE, related_name="jobs")
    job_id = models.BigIntegerField()
    name = models.CharField(max_length=255)
    stage = models.CharField(max_length=255, blank=True)
    step = models.CharField(max_length=16, choices=Step)
    status = models.CharField(max_length=40)
    allow_failure = models.BooleanField(default=False)
    failure_reason = models.CharField(max_length=100, blank=True)
    web_url = models.URLField(max_length=500, blank=True)
    created_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    duration = models.FloatField(null=True, blank=True, help_text="Seconds of running, as GitLab counts them.")
    progress = models.JSONField(
        default=dict, blank=True, help_text="How far it is by its own word: done, total; empty when it is silent."
    )

    class Meta:
        ordering = ["job_id"]
        constraints = [models.UniqueConstraint(fields=["build", "job_id"], name="one_row_per_job")]

    def __str__(self) -> str:
        return f"{self.name} ({self.status})"

    @property
    def is_over(self) -> bool:
        """True when GitLab will add nothing more to its log."""
        return self.status in {"success", "failed", "canceled", "skipped"}


class JobLog(models.Model):
    """The text of a job's log, as far as it was fetched."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="log")
    text = models.TextField(blank=True)
    bytes_read = models.BigIntegerField(default=0, help_text="Where the next piece begins.")
    is_complete = models.BooleanField(default=False)
    asked_at = models.DateTimeField(default=now)
    pruned_at = models.DateTimeField(
        null=True, blank=True, help_text="When its text was removed, as it was no longer kept."
    )

    def __str__(self) -> str:
        return f"log of {self.job}"
