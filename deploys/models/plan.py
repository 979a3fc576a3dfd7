"""A plan: something that is to go live at a time without a press, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.timezone import now


class PlanKind(models.TextChoices):
    """Why something goes live without a press."""

    CONTENT = "content", "The CMS dated an entry"
    SCHEDULE = "schedule", "Somebody chose a time"
    AUTOMATIC = "automatic", "Edits have come to rest"


class PlanState(models.TextChoices):
    """What became of it."""

    PLANNED = "planned", "waits for its time, or for what stands in its way"
    ASKED = "asked", "its build was asked for"
    KEPT = "kept", "live"
    MISSED = "missed", "its time passed and its build did not go live"
    IDLE = "idle", "there was nothing to do at its time"
    CANCELED = "canceled", "somebody or the CMS took it back"


UNSETTLED = frozenset({PlanState.PLANNED, PlanState.ASKED, PlanState.MISSED})
LOOK_BACK = timedelta(days=7)  # so long a missed plan is looked after: a later build may carry it


class PlanQuerySet(models.QuerySet["Plan"]):
    """Filters in the words people use."""

    def planned(self) -> PlanQuerySet:
        """Nothing was asked for yet."""
        return self.filter(state=PlanState.PLANNED)

    def due(self, moment: datetime) -> PlanQuerySet:
        """Their time has come, and nothing was asked for yet."""
        return self.planned().filter(due_at__lte=moment)

    def unsettled(self, moment: datetime) -> PlanQuerySet:
        """Their time has come, and they are not live yet."""
        return self.filter(state__in=UNSETTLED, due_at__lte=moment, due_at__gt=moment - LOOK_BACK)

    def of_people(self) -> PlanQuerySet:
        """What a press or a setting planned, unlike the dates of entries in the CMS."""
        return self.exclude(kind=PlanKind.CONTENT)

    def alarming(self, moment: datetime) -> PlanQuerySet:
        """Of which people were told that they are not live though their time has passed, and still are not."""
        return self.unsettled(moment).filter(alarmed_at__isnull=False, hidden_at=None)

    def ended(self) -> PlanQuerySet:
        """Kept, missed or idle, newest first."""
        return self.filter(state__in=[PlanState.KEPT, PlanState.MISSED, PlanState.IDLE]).order_by("-due_at", "-pk")


class Plan(models.Model):
    """One time at which something goes live by itself at an environment.

    Of a dated entry it names the source, the key and whether it goes live or leaves. `foreseen` lists what waited when
    a person chose the time, so that it can be held against what the build brought.
    """

    environment = models.ForeignKey("Environment", on_delete=models.CASCADE, related_name="plans")
    kind = models.CharField(max_length=16, choices=PlanKind)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=PlanState, default=PlanState.PLANNED)
    schedule = models.ForeignKey("Schedule", on_delete=models.CASCADE, null=True, blank=True, related_name="plans")
    source = models.ForeignKey("ContentSource", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    entry_key = models.CharField(max_length=255, blank=True)
    title = models.TextField(blank=True)
    leaves = models.BooleanField(default=False, help_text="The entry expires then.")
    foreseen = models.JSONField(default=list, blank=True, help_text="[source, key, title] of what waited.")
    seen = models.CharField(max_length=300, blank=True, help_text="The content that an automatic build is planned for.")
    created_at = models.DateTimeField(default=now)
    build = models.ForeignKey("Build", on_delete=models.PROTECT, null=True, blank=True, related_name="plans")
    asked_at = models.DateTimeField(null=True, blank=True)
    live_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, help_text="Why it waits, was missed or had nothing to do.")
    alarmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When people were told that its time has passed and it is not live."
    )
    hidden_at = models.DateTimeField(null=True, blank=True, help_text="Somebody put that notice away.")

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "source", "entry_key", "due_at", "leaves"],
                condition=Q(kind="content"),
                name="one_plan_per_dated_entry",
            ),
            models.UniqueConstraint(
                fields=["schedule", "due_at"], condition=Q(kind="schedule"), name="one_plan_per_time_of_a_schedule"
            ),
            models.UniqueConstraint(
                fields=["environment"],
                condition=Q(kind="automatic", state="planned"),
                name="one_automatic_build_is_planned",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["asked", "kept"]) | Q(build__isnull=False), name="a_kept_plan_names_its_build"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="plan_due"),
            models.Index(fields=["environment", "due_at"], name="plan_of_environment"),
        ]

    def __str__(self) -> str:
        return f"{self.title or self.get_kind_display()} at {self.due_at}"
