"""A build: one request to publish, from the press to the end of its pipeline. The row is the queue."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import now

from deploys.lifecycle import ACTIVE, ENDED, FOLLOWED, OPEN, State
from deploys.models.build_history import HISTORY_INDEXES, IS_FAILED
from deploys.models.build_rules import CONSTRAINTS, Cause

if TYPE_CHECKING:
    from deploys.models.environment import Environment


class BuildQuerySet(models.QuerySet["Build"]):
    """Filters in the words people use."""

    def open(self) -> BuildQuerySet:
        """In line or under way."""
        return self.filter(state__in=OPEN)

    def active(self) -> BuildQuerySet:
        """Under way: the one per environment that is not just waiting in line."""
        return self.filter(state__in=ACTIVE)

    def ours(self) -> BuildQuerySet:
        """Asked for here, unlike those that were started in GitLab itself."""
        return self.exclude(cause=Cause.GITLAB)

    def moving(self) -> BuildQuerySet:
        """Under way, but for those of GitLab that wait for a person there: they may do so for ever."""
        return self.active().exclude(cause=Cause.GITLAB, state=State.WAITING)

    def followed(self) -> BuildQuerySet:
        """With a pipeline that GitLab is asked about."""
        return self.filter(state__in=FOLLOWED)

    def built(self) -> BuildQuerySet:
        """With a pipeline, unlike those that copy a kept release."""
        return self.filter(brings_back=None, promotes=None)

    def copies(self) -> BuildQuerySet:
        """Those that copy a kept release, without a pipeline."""
        return self.exclude(brings_back=None, promotes=None)

    def in_line(self) -> BuildQuerySet:
        """Waiting for their turn, first come first."""
        return self.filter(state=State.QUEUED).order_by("number")

    def taking_turns_with(self, environment: Environment) -> BuildQuerySet:
        """Builds that cannot run beside one of this environment: its own, and pipelines that share its resource."""
        own = Q(environment=environment)
        if not environment.resource or environment.gitlab_project_id is None:
            return self.filter(own)
        shared = {"gitlab_project": environment.gitlab_project_id, "resource": environment.resource}
        elsewhere = Q(**{f"environment__{name}": value for name, value in shared.items()}, brings_back=None)
        return self.filter(own | (elsewhere & Q(promotes=None)))

    def ended(self) -> BuildQuerySet:
        """Over, one way or another."""
        return self.filter(state__in=ENDED)

    def published(self) -> BuildQuerySet:
        """Gone well, other than by bringing an earlier version back."""
        return self.filter(state=State.SUCCEEDED, brings_back=None)

    def brought_back(self) -> BuildQuerySet:
        """Put an earlier version back."""
        return self.filter(state=State.SUCCEEDED, brings_back__isnull=False)

    def failed(self) -> BuildQuerySet:
        """Ended badly."""
        return self.filter(IS_FAILED)

    def held_back(self) -> BuildQuerySet:
        """Ended before anything went live, because much of the site would have vanished."""
        return self.filter(state=State.FAILED, error_class="held_back")

    def due_for_a_look(self) -> BuildQuerySet:
        """Followed builds whose next look at GitLab has come."""
        return self.followed().filter(Q(next_look_at=None) | Q(next_look_at__lte=now()))

    def past_deadline(self) -> BuildQuerySet:
        """Builds that ran out of time."""
        return self.active().filter(deadline_at__lte=now())

    def to_wake(self, *, queued_before: datetime) -> BuildQuerySet:
        """Builds whose wake-up message may have got lost: long in line, or with a lapsed lease."""
        lapsed = Q(state=State.STARTING) & (Q(lease_until=None) | Q(lease_until__lte=now()))
        return self.filter(lapsed | Q(state=State.QUEUED, requested_at__lte=queued_before))


class Build(models.Model):
    """One build of one environment."""

    site = models.ForeignKey("Site", on_delete=models.PROTECT, related_name="builds")
    environment = models.ForeignKey("Environment", on_delete=models.PROTECT, related_name="builds")
    number = models.PositiveIntegerField(help_text="Counts per site, without gaps.")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Correlation id in the pipeline.")
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    cause = models.CharField(max_length=16, choices=Cause, default=Cause.PERSON)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="builds"
    )
    started_by = models.CharField(max_length=120, blank=True, help_text="Who started it in GitLab, by the name there.")
    found_in = models.ForeignKey(
        "GitLabProject",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of a build that was started in GitLab itself: the project that it was found in.",
    )
    retry_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="retries")
    requested_at = models.DateTimeField(default=now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="A request went out whose outcome may be unknown.")
    pipeline_hint = models.BigIntegerField(
        null=True, blank=True, help_text="Named by a hook before our own answer came."
    )
    pipeline_id = models.BigIntegerField(null=True, blank=True)
    pipeline_url = models.URLField(max_length=500, blank=True)
    pipeline_status = models.CharField(max_length=40, blank=True, help_text="GitLab's word as it came.")
    pipeline_updated_at = models.DateTimeField(null=True, blank=True)
    sha = models.CharField(max_length=64, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True, help_text="When GitLab last answered about this build.")
    missing_since = models.DateTimeField(null=True, blank=True, help_text="GitLab answers 404 for the pipeline since.")
    patient_until = models.DateTimeField(
        null=True, blank=True, help_text="Somebody chose to keep waiting: silence is not called stuck before then."
    )
    next_look_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True)

    waiting_note = models.CharField(
        max_length=300, blank=True, help_text="Why an open build does not move, in plain words."
    )
    error_class = models.CharField(max_length=64, blank=True)
    error_facts = models.JSONField(
        default=dict, blank=True, help_text="Page, field, file, setting … that explain the failure."
    )
    hidden_at = models.DateTimeField(null=True, blank=True, help_text="Somebody put the failure notice away.")
    base = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The build that visitors saw when this one started: what its changes are counted against.",
    )
    change_counts = models.JSONField(
        null=True, blank=True, help_text="New, edited and removed entries against the base; empty when unknown."
    )
    titles = models.TextField(
        blank=True, help_text="Titles of the entries that it changes against the base, a line each, to be found by."
    )
    usual = models.JSONField(default=dict, blank=True, help_text="Usual seconds per step and in all, when it started.")
    brings_back = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="returns",
        help_text="The build whose release this one puts back, without a pipeline.",
    )
    promotes = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="promotions",
        help_text="The build of another environment whose release this one copies here, without a pipeline.",
    )
    superseded_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="supersedes",
        help_text="The later build in line that took its changes along.",
    )
    percent_floor = models.PositiveSmallIntegerField(
        default=0, help_text="What the bar has reached: whatever is learned later, it never goes back."
    )
    reason = models.CharField(max_length=300, blank=True, help_text="Why, in the words of the person who asked.")
    not_before = models.DateTimeField(
        null=True, blank=True, help_text="It stays in line until then, so that a press can be undone."
    )
    through_freeze = models.BooleanField(default=False, help_text="An admin publishes although publishing is paused.")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The second person, where the environment asks for one.",
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    anyway = models.BooleanField(default=False, help_text="Go on although much of the site would vanish.")

    objects = BuildQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["environment", "-number"], name="build_newest_first"),
            models.Index(fields=["state", "next_look_at"], name="build_open", condition=Q(state__in=sorted(OPEN))),
            models.Index(fields=["pipeline_id"], name="build_pipeline"),
            *HISTORY_INDEXES,
        ]
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return f"Build {self.number} of {self.environment}"

    def get_absolute_url(self) -> str:
        """The page of this build."""
        return reverse("build", args=[self.site.slug, self.number])

    @property
    def is_open(self) -> bool:
        """In line or under way."""
        return self.state in OPEN

    @property
    def is_ended(self) -> bool:
        """Over, one way or another."""
        return self.state in ENDED

    @property
    def is_foreign(self) -> bool:
        """Started in GitLab itself: followed and shown, but neither sent nor given up by us."""
        return self.cause == Cause.GITLAB

    @property
    def asker(self) -> str:
        """The name of whoever asked for it, here or in GitLab; empty when nobody did."""
        return self.requested_by.name if self.requested_by else self.started_by

    @property
    def release_name(self) -> str:
        """What its pipeline calls its release: our key, which only our requests carry, else as `is_called` says."""
        return f"pipeline-{self.pipeline_id}" if self.is_foreign else str(self.key)

    def is_called(self, name: str) -> bool:
        """True for a name of its release; that of GitLab's own pipelines may end in the job's id (our publisher)."""
        return name == self.release_name or (self.is_foreign and name.startswith(f"{self.release_name}-"))

    @property
    def copied(self) -> Build | None:
        """The build whose release this one copies on the host; None for a build with a pipeline of its own."""
        return self.brings_back or self.promotes

    @property
    def is_copy(self) -> bool:
        """True when a kept release is copied on the host, so that no pipeline runs."""
        return self.brings_back_id is not None or self.promotes_id is not None

    @property
    def outcome(self) -> Build:
        """The build that tells how this request ended: itself, or the last of those that took it over."""
        build = self
        while build.superseded_by is not None:
            build = build.superseded_by
        return build

    @property
    def pipeline_name(self) -> str:
        """The name that the pipeline gets from `workflow:name`, by which it is found again."""
        return f"Buildhub {self.key}"

    @property
    def took(self) -> timedelta | None:
        """From the request to the end; None while it is open."""
        return self.finished_at - self.requested_at if self.finished_at else None

    @classmethod
    def create_queued(cls, *, environment: Environment, **facts: object) -> Build:
        """Insert a build, in line unless the facts say otherwise, with its site's next number. Needs a transaction."""
        number = environment.site.take_number()
        return cls.objects.create(site=environment.site, environment=environment, number=number, **facts)
