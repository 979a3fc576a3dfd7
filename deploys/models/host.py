"""What is known of a web host: the releases that it keeps, their pages, and what the last look at it found."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.timezone import now

if TYPE_CHECKING:
    from deploys.models.environment import Environment
    from deploys.models.release import Release


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a release: bytes, and the SHA-256 of its content in hex."""

    size: int
    sha256: str


class ReleasePages(models.Model):
    """The pages of a release on the host, for questions that a page of buildhub answers without asking the host."""

    environment = models.ForeignKey("Environment", on_delete=models.CASCADE, related_name="+")
    host_id = models.CharField(max_length=120)
    made_at = models.DateTimeField(default=now)
    data = models.BinaryField(help_text="Compressed JSON: path to size and hash.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["environment", "host_id"], name="one_list_of_pages_per_release")]

    def __str__(self) -> str:
        return f"Pages of {self.host_id}"

    @classmethod
    def keep(cls, release: Release, pages: Mapping[str, Page]) -> None:
        """Store the pages of a release, by path."""
        rows = {path: [page.size, page.sha256] for path, page in sorted(pages.items())}
        data = gzip.compress(json.dumps(rows, separators=(",", ":")).encode(), mtime=0)
        cls.objects.update_or_create(
            environment_id=release.environment_id, host_id=release.host_id, defaults={"data": data}
        )

    @classmethod
    def of(cls, release: Release) -> dict[str, Page] | None:
        """The pages of a release by path; None when they are not known (any more)."""
        row = cls.objects.filter(environment_id=release.environment_id, host_id=release.host_id).first()
        if row is None:
            return None
        rows: dict[str, list[Any]] = json.loads(gzip.decompress(bytes(row.data)))
        return {path: Page(size, sha256) for path, (size, sha256) in rows.items()}


class HostTrouble(models.TextChoices):
    """What the last look at a web host found wrong."""

    NONE = "", "nothing"
    UNREACHABLE = "unreachable", "the web host does not answer"
    REFUSED = "refused", "the web host refuses"
    OTHER_RELEASE = "other_release", "the site shows another release than it should"
    CHANGED_BY_HAND = "changed_by_hand", "files on the web host are not as published"
    PUBLIC_RECORDS = "public_records", "visitors can read the records of the publisher"


class HostStateQuerySet(models.QuerySet["HostState"]):
    """Filters in the words people use."""

    def due_for_a_check(self) -> HostStateQuerySet:
        """It is time to look at the host again."""
        return self.filter(next_check_at__lte=now())


class HostState(models.Model):
    """What is known of the web host of an environment: which releases it keeps, and what the last look found."""

    environment = models.OneToOneField("Environment", on_delete=models.CASCADE, related_name="host")
    kept = models.JSONField(default=list, blank=True, help_text="Ids of the releases that can be brought back.")
    storage = models.PositiveBigIntegerField(null=True, blank=True, help_text="Bytes that keeping them costs.")
    invalidated_paths = models.JSONField(default=dict, blank=True, help_text="Paths dropped from the CDN, per month.")
    checked_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True, default=now)
    pruned_at = models.DateTimeField(null=True, blank=True, help_text="When old releases were given up last.")
    compared_at = models.DateTimeField(null=True, blank=True, help_text="When every file was compared last.")
    trouble = models.CharField(max_length=32, choices=HostTrouble, blank=True, default="")
    finding = models.CharField(max_length=300, blank=True, help_text="The trouble in plain words.")
    trouble_since = models.DateTimeField(null=True, blank=True)
    differing = models.JSONField(default=list, blank=True, help_text="Paths that are not as published, the first ones.")

    objects = HostStateQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Web host of {self.environment}"

    @classmethod
    def of(cls, environment: Environment) -> HostState:
        """The row of an environment; an empty one that is not stored where nothing is known yet."""
        return cls.objects.filter(environment=environment).first() or cls(environment=environment)

    def keeps(self, release: Release | None) -> bool:
        """True when this release can be brought back."""
        return release is not None and bool(release.host_id) and release.host_id in self.kept
