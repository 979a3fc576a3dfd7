"""An environment: one place that builds go to, such as the live site or staging."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models import Q
from django.urls import reverse

from deploys.models.encrypted import EncryptedTextField
from deploys.models.membership import Role

if TYPE_CHECKING:
    from deploys.models.heartbeat import Signs
    from deploys.models.user import User


GRACE = 5  # seconds
_LOCK_TURNS = """
SELECT 1 FROM deploys_environment WHERE id = %s OR (resource <> '' AND (gitlab_project_id, resource) = (
    SELECT gitlab_project_id, resource FROM deploys_environment WHERE id = %s)) ORDER BY id FOR UPDATE
"""


class EnvironmentKind(models.TextChoices):
    """What kind of place it is."""

    LIVE = "live", "Live site"
    STAGING = "staging", "Staging"
    PREVIEW = "preview", "Preview"


class SendAs(models.TextChoices):
    """How the correlation id reaches the pipeline: GitLab projects may forbid pipeline variables."""

    VARIABLES = "variables", "Pipeline variables"
    INPUTS = "inputs", "Pipeline inputs"
    NONE = "none", "Nothing is sent"


class AskFirst(models.TextChoices):
    """When a press is answered with a question that shows what goes live."""

    NEVER = "never", "Never"
    MATTERS = "matters", "When something goes offline, or other people's changes go live"
    ALWAYS = "always", "Always"


class EnvironmentQuerySet(models.QuerySet["Environment"]):
    """Filters in the words people use."""

    def seen_by(self, user: User) -> EnvironmentQuerySet:
        """The environments of sites that the person may open."""
        return self if user.is_superuser else self.filter(site__memberships__user=user)

    def public(self) -> EnvironmentQuerySet:
        """Places with one address and something live: all but the one that previews are made for."""
        return self.exclude(kind=EnvironmentKind.PREVIEW)


class Environment(models.Model):
    """A place builds go to, with its GitLab project, its rules and what is live there."""

    site = models.ForeignKey("Site", on_delete=models.CASCADE, related_name="environments")
    name = models.CharField(max_length=60)
    slug = models.SlugField()
    kind = models.CharField(max_length=16, choices=EnvironmentKind, default=EnvironmentKind.LIVE)
    position = models.PositiveSmallIntegerField(default=0)
    url = models.URLField(help_text="The address that visitors open.")
    marker_url = models.URLField(
        blank=True, help_text="A JSON file of the site that names its build; proves what is live."
    )

    gitlab_project = models.ForeignKey(
        "GitLabProject", on_delete=models.PROTECT, null=True, blank=True, related_name="environments"
    )
    ref = models.CharField(max_length=255, default="main", help_text="Branch or tag that the pipeline runs on.")
    send_as = models.CharField(max_length=16, choices=SendAs, default=SendAs.VARIABLES)
    publish_role = models.CharField(
        max_length=16, choices=Role, default=Role.EDITOR, help_text="Least role that may publish."
    )
    time_limit = models.DurationField(default=timedelta(hours=1), help_text="A build that takes longer is given up.")

    target = models.CharField(
        max_length=300,
        blank=True,
        help_text="Where the pipeline publishes to by releases: s3://bucket[/prefix] or a folder; empty: it does not.",
    )
    preview_url = models.CharField(
        max_length=200,
        blank=True,
        help_text="Of previews: their address with {label} in it, as https://{label}.preview.example.org/ "
        "or https://www.example.org/previews/{label}/.",
    )
    endpoint = models.CharField(
        max_length=300, blank=True, help_text="Address of the S3-compatible host; empty: AWS, or as the worker is told."
    )
    distribution = models.CharField(max_length=60, blank=True, help_text="Id of the CloudFront distribution, if any.")
    report_token = EncryptedTextField(
        blank=True, help_text="Lets the pipeline hand its report over by HTTP where the worker cannot read the host."
    )
    checks_pages = models.BooleanField(
        default=True, help_text="Off where the host rewrites pages, so that their bytes never are those published."
    )
    keep_releases = models.PositiveSmallIntegerField(default=10, help_text="So many newest releases are always kept.")
    keep_days = models.PositiveSmallIntegerField(default=30, help_text="Releases younger than this are kept too.")
    held_by = models.ForeignKey(
        "Build",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The earlier version that somebody brought back: nothing replaces it by itself.",
    )

    grace = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Seconds between a press and the start, in which it can be undone; empty: 5 for a live site, else 0.",
    )
    ask_first = models.CharField(
        max_length=16,
        choices=AskFirst,
        default=AskFirst.MATTERS,
        help_text="When a press is answered with a question that shows what goes live.",
    )
    four_eyes = models.BooleanField(
        default=False, help_text="A second person approves before anything goes live; see docs/approvals.md."
    )
    freeze = models.ForeignKey(
        "Freeze",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The pause of publishing that is in force.",
    )
    publishes_dated = models.BooleanField(
        default=True, help_text="Entries that the CMS dates go live and leave by themselves."
    )
    quiet_minutes = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Publish by itself so many minutes after the last edit; empty: never.",
    )
    at_most_every = models.PositiveSmallIntegerField(
        default=0, help_text="Minutes between two builds that start by themselves, at least."
    )

    resource = models.CharField(
        max_length=120,
        blank=True,
        help_text="What its pipelines share with those of other environments of the GitLab project, such as a "
        "resource_group: by this name they take turns, first come first. Empty: nothing.",
    )

    badge_key = models.CharField(
        max_length=40, blank=True, editable=False, help_text="Of the badge's address; empty: there is none."
    )
    live_release = models.ForeignKey("Release", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="Counts every change a page may show."
    )

    signs: Signs | None = None  # set for one page: when the background parts were last seen

    objects = EnvironmentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["site", "slug"], name="one_environment_per_slug"),
            models.UniqueConstraint(fields=["badge_key"], condition=~Q(badge_key=""), name="one_badge_per_address"),
            models.UniqueConstraint(fields=["site"], condition=Q(kind="preview"), name="one_place_for_previews"),
        ]

    def __str__(self) -> str:
        return f"{self.site} ({self.name})"

    def get_absolute_url(self) -> str:
        """The publish page; where previews are made, their list."""
        if self.is_for_previews:
            return reverse("previews", args=[self.site.slug])
        return reverse("publish", args=[self.site.slug, self.slug])

    @property
    def grace_seconds(self) -> int:
        """How long a press waits before it starts, so that it can be undone."""
        if self.grace is not None:
            return self.grace
        return GRACE if self.kind == EnvironmentKind.LIVE else 0

    @property
    def is_for_previews(self) -> bool:
        """True when every build of it is a preview with an address of its own."""
        return self.kind == EnvironmentKind.PREVIEW

    def lock(self) -> None:
        """Lock the row until the transaction ends: whoever writes builds of this environment does it first."""
        # Plain SQL here and in `touch`: every press and every change does both, and the ORM would cost more than they.
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM deploys_environment WHERE id = %s FOR UPDATE", [self.pk])

    def lock_turns(self) -> None:
        """Lock it and all that take turns with it, always in the same order: whoever decides whose turn it is does."""
        with connection.cursor() as cursor:
            cursor.execute(_LOCK_TURNS, [self.pk, self.pk])

    def touch(self) -> None:
        """Count a change, so that pages that watch ask for the new state. Locks the row until the transaction ends.

        The object in hand takes the new version over if it knew the one before: else it is older in other things too.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE deploys_environment SET version = version + 1 WHERE id = %s RETURNING version", [self.pk]
            )
            (version,) = cursor.fetchone()
        if version == self.version + 1:
            self.version = version

    def missing_settings(self) -> list[str]:
        """Name what publishing still needs here, in the words of `.env.example`; empty when all is set."""
        project = self.gitlab_project
        if project is None:
            return ["GITLAB_PROJECT_ID", "GITLAB_TRIGGER_TOKEN", "GITLAB_TRIGGER_REF", "GITLAB_API_TOKEN"]
        needed = {
            "GITLAB_PROJECT_ID": project.project_id,
            "GITLAB_TRIGGER_TOKEN": project.trigger_token,
            "GITLAB_TRIGGER_REF": self.ref,
            "GITLAB_API_TOKEN": project.api_token,
        }
        return [name for name, value in needed.items() if not value]
