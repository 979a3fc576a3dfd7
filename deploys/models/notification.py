"""Telling people: what happened (the outbox), the places that messages go to, and each message on its way."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from deploys.models.encrypted import EncryptedTextField

if TYPE_CHECKING:
    from deploys.models.site import Site
    from deploys.models.user import User


class Kind(models.TextChoices):
    """What can happen that people may want to hear of. The sentences are in `deploys.notifications.sentences`."""

    LIVE = "live", "A publish went live"
    FAILED = "failed", "A publish failed"
    HELD_BACK = "held_back", "A publish was held back because much of the site would vanish"
    UNPROVED = "unproved", "A build finished but the site does not show it"
    STUCK = "stuck", "Nothing was heard of a publish for a while"
    UNCLEAR = "unclear", "It is not known whether a publish began; a person decides"
    STOPPED = "stopped", "Somebody stopped a publish"
    PLAN_MISSED = "plan_missed", "The time of a plan passed and nothing is live"
    CONTENT_LATE = "content_late", "The time of an entry passed and the CMS has not published it"
    FREEZE_BEGAN = "freeze_began", "Somebody paused publishing"
    FREEZE_ENDED = "freeze_ended", "Publishing goes on after a pause"
    TO_APPROVE = "to_approve", "A publish waits for a second person"
    APPROVED = "approved", "A second person let a publish go out"
    TOKEN_EXPIRES = "token_expires", "Our key for GitLab expires"
    MOVED = "moved", "A build came to another state; for programs"
    PLAN_BEGAN = "plan_began", "The time of a plan came and its build was asked for; for programs"
    PLAN_KEPT = "plan_kept", "What was planned is live; for programs"
    SCHEDULE = "schedule", "Somebody changed a schedule; for programs"
    TEST = "test", "Somebody tries a place that messages go to"


class Topic(models.TextChoices):
    """What people choose to hear of; each covers some kinds (see `deploys.notifications.audience`)."""

    FAILURES = "failures", "Failures"
    MINE = "mine", "My publishes, when they are live"
    ALL = "all", "Every publish"
    PLANS = "plans", "Missed plans"
    FREEZES = "freezes", "Pauses"
    GUARD = "guard", "Held back"
    APPROVALS = "approvals", "To approve"
    TOKENS = "tokens", "Keys that expire"


class Occurrence(models.Model):
    """Something that happened, written in the transaction in which it happened: the outbox.

    Whoever fans it out sets `told_at` in the transaction that makes its deliveries, so that a crash loses nothing.
    """

    key = models.CharField(max_length=120, unique=True, help_text="The same key is the same occurrence.")
    kind = models.CharField(max_length=16, choices=Kind)
    environment = models.ForeignKey(
        "Environment", on_delete=models.CASCADE, null=True, blank=True, related_name="occurrences"
    )
    build = models.ForeignKey("Build", on_delete=models.CASCADE, null=True, blank=True, related_name="occurrences")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    facts = models.JSONField(default=dict, blank=True, help_text="What its sentences need; never text of the content.")
    at = models.DateTimeField(default=now)
    told_at = models.DateTimeField(null=True, blank=True)
    headline = models.CharField(max_length=200, blank=True, help_text="For the log, in the words of its time.")

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["at"], name="occurrence_untold", condition=Q(told_at=None))]

    def __str__(self) -> str:
        return f"{self.kind} ({self.key})"


class ChannelKind(models.TextChoices):
    """How a message travels."""

    EMAIL = "email", "Email"
    SLACK = "slack", "Slack"
    TEAMS = "teams", "Microsoft Teams"
    WEBHOOK = "webhook", "Webhook"


class ChannelQuerySet(models.QuerySet["Channel"]):
    """Filters in the words people use."""

    def active(self) -> ChannelQuerySet:
        """Those that get messages."""
        return self.filter(is_active=True)

    def of_site(self, site: Site) -> ChannelQuerySet:
        """The places that belong to one of the site's environments, for everybody there."""
        return self.filter(environment__site=site)


class Channel(models.Model):
    """A place that messages go to: a person's own, or an environment's for its whole team."""

    kind = models.CharField(max_length=16, choices=ChannelKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="channels"
    )
    environment = models.ForeignKey(
        "Environment", on_delete=models.CASCADE, null=True, blank=True, related_name="channels"
    )
    name = models.CharField(max_length=80, blank=True)
    address = EncryptedTextField(
        blank=True, help_text="A mail address or a URL, which is a secret; empty: the person's mail address."
    )
    secret = EncryptedTextField(blank=True, help_text="Signs what a webhook gets: whsec_ and base64.")
    old_secret = EncryptedTextField(blank=True, help_text="Signs too until then, while receivers change over.")
    old_secret_until = models.DateTimeField(null=True, blank=True)
    programs_from = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Of an environment's webhook for programs: it gets every event after this one."
    )
    programs_through = models.PositiveBigIntegerField(default=0, editable=False, help_text="Events up to here: told.")
    topics = models.JSONField(default=list, blank=True, help_text="Of an environment's place: what it gets.")
    digest_at = models.TimeField(null=True, blank=True, help_text="One message a day at this time; empty: at once.")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    trouble = models.CharField(max_length=300, blank=True, help_text="Why the last message did not arrive.")

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, environment__isnull=False) | Q(user__isnull=False, environment=None),
                name="a_channel_has_one_owner",
            ),
            models.UniqueConstraint(fields=["user"], condition=Q(kind="email"), name="one_mail_channel_per_person"),
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_two_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """How lists call it."""
        return self.name or str(self.get_kind_display())

    @property
    def is_for_programs(self) -> bool:
        """True for a webhook that gets every event."""
        return self.programs_from is not None

    @property
    def mail_address(self) -> str:
        """Where a mail goes; empty when nobody knows."""
        return self.address or (self.user.email if self.user else "")

    @classmethod
    def mail_of(cls, user: User) -> Channel:
        """The person's own mail, made when it is first asked for."""
        channel, _ = cls.objects.get_or_create(user=user, kind=ChannelKind.EMAIL)
        return channel


class Subscription(models.Model):
    """What one person wants to hear of one environment."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions")
    environment = models.ForeignKey("Environment", on_delete=models.CASCADE, related_name="subscriptions")
    topics = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "environment"], name="one_subscription_per_person_and_place")
        ]

    def __str__(self) -> str:
        return f"{self.user} hears of {self.environment}: {', '.join(self.topics)}"


class BuildWish(models.Model):
    """Somebody wants to hear when this one build is done."""

    build = models.ForeignKey("Build", on_delete=models.CASCADE, related_name="wishes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["build", "user"], name="one_wish_per_person_and_build")]

    def __str__(self) -> str:
        return f"{self.user} waits for {self.build}"


class DeliveryStage(models.TextChoices):
    """How far a message is."""

    WAITING = "waiting", "On its way"
    SENT = "sent", "Delivered"
    FAILED = "failed", "Not delivered"
    DROPPED = "dropped", "Not needed any more"


class Reason(models.TextChoices):
    """Why somebody gets a message: a topic they chose, or one of these."""

    PRESSED = "pressed", "You asked for this publish."
    WISH = "wish", "You asked to be told when this publish is done."
    ADMIN = "admin", "You are an admin of this site."
    APPROVER = "approver", "You may approve this publish."
    PROGRAM = "program", "A program wants to know everything."
    TEST = "test", "Somebody asked for a test."


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Filters in the words people use."""

    def waiting(self) -> DeliveryQuerySet:
        """Not delivered, and not given up."""
        return self.filter(stage=DeliveryStage.WAITING)

    def due(self, moment: datetime) -> DeliveryQuerySet:
        """Whose time has come and that no worker holds."""
        free = Q(lease_until=None) | Q(lease_until__lte=moment)
        return self.waiting().filter(free, next_try_at__lte=moment)


class Delivery(models.Model):
    """One occurrence on its way to one place. Those with the same `batch` travel in one message, whose id it is."""

    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    batch = models.UUIDField(default=uuid.uuid4, editable=False, help_text="The same in every try of a message.")
    reason = models.CharField(max_length=16, help_text="A topic, or a value of Reason.")
    joins = models.BooleanField(default=False, help_text="Waits for a digest or the end of quiet hours with others.")
    stage = models.CharField(max_length=16, choices=DeliveryStage, default=DeliveryStage.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    next_try_at = models.DateTimeField(null=True, blank=True, default=now)
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The last answer's number.")
    answer = models.CharField(max_length=300, blank=True, help_text="What the last try came to.")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["next_try_at"], name="delivery_waiting", condition=Q(stage="waiting")),
            models.Index(fields=["batch"], name="delivery_batch"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["occurrence", "channel"], name="one_delivery_per_event_and_channel")
        ]

    def __str__(self) -> str:
        return f"{self.occurrence} to {self.channel}"

    @classmethod
    def claim(cls, batch: uuid.UUID, *, moment: datetime, lease: timedelta) -> list[Delivery]:
        """Take the message for this worker, and count the try; empty when another one has it or it is not due."""
        taken = cls.objects.due(moment).filter(batch=batch)
        if not taken.update(lease_until=moment + lease, attempts=models.F("attempts") + 1):
            return []
        held: Any = cls.objects.waiting().filter(batch=batch, lease_until=moment + lease)
        return list(held.select_related(*SHOWN).order_by("occurrence_id"))


SHOWN = (
    "channel__user",
    "channel__environment__site",
    "occurrence__environment__site",
    "occurrence__environment__live_release",
    "occurrence__build__site",
    "occurrence__build__environment__live_release",
    "occurrence__build__requested_by",
    "occurrence__actor",
)
