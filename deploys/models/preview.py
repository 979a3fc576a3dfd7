"""A preview: a build of drafts at an address of its own, for those who have the link, until it expires."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from deploys.lifecycle import ENDED, OPEN, State

if TYPE_CHECKING:
    from deploys.models.build import Build

LABEL_PLACE = "{label}"
MARKER = "buildhub.json"
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # none that look alike: people read addresses out to each other
_LENGTH = 12


class PreviewQuerySet(models.QuerySet["Preview"]):
    """Filters in the words people use."""

    def kept(self) -> PreviewQuerySet:
        """Not deleted, and nobody asked for that."""
        return self.filter(deleted_at=None, delete_asked_at=None)

    def to_delete(self) -> PreviewQuerySet:
        """Expired or asked to go, with a build that has ended, not just tried, and not needed for a copy."""
        moment = now()
        wanted = Q(expires_at__lte=moment) | Q(delete_asked_at__isnull=False)
        not_just_tried = Q(next_try_at=None) | Q(next_try_at__lte=moment)
        due = self.filter(wanted, not_just_tried, deleted_at=None, build__state__in=ENDED)
        return due.exclude(build__promotions__state__in=OPEN)


class Preview(models.Model):
    """What makes a build a preview: where it is, until when, and who was told of it."""

    build = models.OneToOneField("Build", on_delete=models.CASCADE, related_name="preview")
    label = models.SlugField(max_length=63, unique=True, help_text="Its folder on the web host, and in its address.")
    expires_at = models.DateTimeField()
    shared_with = models.TextField(blank=True, help_text="Names or mail addresses, one a line, as a note for the team.")
    delete_asked_at = models.DateTimeField(null=True, blank=True)
    delete_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="When its files were gone from the web host.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Failed tries to delete it.")
    next_try_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True, help_text="Why it could not be deleted, in plain words.")

    objects = PreviewQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Preview {self.label}"

    @classmethod
    def create_for(cls, build: Build, *, lasts: timedelta) -> Preview:
        """Give a new build its label, which nobody can guess, and its end."""
        random = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        return cls.objects.create(build=build, label=f"b{build.number}-{random}", expires_at=now() + lasts)

    @property
    def url(self) -> str:
        """The address of its front page."""
        pattern = self.build.environment.preview_url
        return pattern.replace(LABEL_PLACE, self.label) if pattern else ""

    @property
    def marker_url(self) -> str:
        """The file that names the release which stands there."""
        return urljoin(self.url, MARKER)

    @property
    def target(self) -> str:
        """Where its pipeline publishes it to."""
        return f"{self.build.environment.target.rstrip('/')}/{self.label}"

    @property
    def has_own_host(self) -> bool:
        """True when it stands at the root of a host of its own, as the live site does: links can be the same."""
        parts = urlsplit(self.build.environment.preview_url)
        return LABEL_PLACE in parts.netloc and parts.path.strip("/") == ""

    def is_over(self, moment: datetime) -> bool:
        """True when nobody may count on the link any more."""
        return self.deleted_at is not None or self.delete_asked_at is not None or self.expires_at <= moment

    def is_being_copied(self) -> bool:
        """True while its files are needed on the web host: a copy of them is in line or under way. One query."""
        return self.build.promotions.filter(state__in=OPEN).exists()

    def can_be_opened(self, moment: datetime) -> bool:
        """True when its build went well, it was seen at its address, and it is not over. Reads the build's release."""
        release = getattr(self.build, "release", None)
        went_well = self.build.state == State.SUCCEEDED and release is not None and release.is_proved
        return bool(went_well) and not self.is_over(moment)
