"""Content as it was read: sources, readings as validity ranges, and what each build carried."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.timezone import now

from deploys.models.encrypted import EncryptedTextField

if TYPE_CHECKING:
    from deploys.models.build import Build


BLOBS_LOCK = 7_301_001  # advisory lock of whoever adds or removes contents: one at a time


def new_key() -> str:
    """Return an unguessable part of an address."""
    return secrets.token_urlsafe(24)


class SourceKind(models.TextChoices):
    """How a source is read."""

    HTTP_JSON = "http_json", "JSON over HTTP"
    GIT_FOLDER = "git_folder", "Markdown in a Git repository"
    PYTHON = "python", "A Python class"


class ContentSourceQuerySet(models.QuerySet["ContentSource"]):
    """Filters in the words people use."""

    def active(self) -> ContentSourceQuerySet:
        """Sources that are read; the others are switched off."""
        return self.filter(is_active=True)

    def due_for_reading(self) -> ContentSourceQuerySet:
        """Sources whose regular or requested reading has come, and that nobody reads now."""
        free = Q(reading_until=None) | Q(reading_until__lte=now())
        return self.active().filter(free).filter(Q(next_read_at__lte=now()) | Q(next_read_at=None))


class ContentSource(models.Model):
    """Where a site's entries come from, and how the last readings went."""

    site = models.ForeignKey("Site", on_delete=models.CASCADE, related_name="sources")
    name = models.CharField(max_length=120, default="Content")
    kind = models.CharField(max_length=16, choices=SourceKind, default=SourceKind.HTTP_JSON)
    preset = models.CharField(max_length=32, blank=True)
    config = models.JSONField(
        default=dict, blank=True, help_text="Everything but secrets; see docs/content-sources.md."
    )
    secrets = EncryptedTextField(blank=True, help_text="JSON object of secret names and values.")
    allowed_private_hosts = models.JSONField(default=list, blank=True, help_text="Hosts that may be private addresses.")
    is_active = models.BooleanField(default=True)
    read_every = models.DurationField(default="00:01:00", help_text="How often it is read when nobody asks.")
    hook_key = models.CharField(max_length=64, unique=True, default=new_key)
    hook_token = EncryptedTextField(blank=True)

    seq = models.PositiveIntegerField(default=0, editable=False, help_text="The newest state that counts.")
    whole_from = models.PositiveIntegerField(
        default=0, editable=False, help_text="Of states before this one only what kept builds carry is there."
    )
    etag = models.CharField(max_length=300, blank=True)
    proof_meta = models.CharField(
        max_length=120,
        blank=True,
        help_text="Name of the <meta> of a public page that holds the entry's marker; empty: pages are not checked.",
    )
    next_read_at = models.DateTimeField(null=True, blank=True)
    reading_until = models.DateTimeField(null=True, blank=True, help_text="Lease of the worker that reads.")
    wanted_at = models.DateTimeField(
        null=True, blank=True, help_text="Somebody wants a reading that begins after this."
    )
    tried_from = models.DateTimeField(
        null=True, blank=True, help_text="When the last reading began that has ended, well or not."
    )
    progress = models.JSONField(default=dict, blank=True)
    accepts_shrinking = models.BooleanField(
        default=False, help_text="An admin accepts that the next reading is smaller."
    )
    trouble = models.CharField(max_length=64, blank=True)
    trouble_note = models.TextField(blank=True)
    trouble_since = models.DateTimeField(null=True, blank=True)

    objects = ContentSourceQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name} of {self.site}"

    def lease(self, until: datetime) -> bool:
        """Take the right to read until then. False when another worker has it."""
        free = Q(reading_until=None) | Q(reading_until__lte=now())
        return bool(ContentSource.objects.filter(free, pk=self.pk).update(reading_until=until))

    def want(self, *, at: datetime | None = None) -> None:
        """Have it read anew: a reading that begins now or later, or at that time."""
        moment = now()
        ContentSource.objects.filter(pk=self.pk).update(wanted_at=moment, next_read_at=at or moment)

    def let_go(self, *, again_at: datetime) -> None:
        """End a reading that was broken off, as if it had not been."""
        ContentSource.objects.filter(pk=self.pk).update(reading_until=None, progress={}, next_read_at=again_at)

    def give_back(self, *, began: datetime, again_at: datetime, trouble: str = "", note: str = "") -> None:
        """End a reading: its trouble if any, and when the next one is due; at once if somebody asked meanwhile."""
        rows = ContentSource.objects.filter(pk=self.pk)
        rows.update(
            reading_until=None,
            progress={},
            tried_from=began,
            trouble=trouble,
            trouble_note=note,
            trouble_since=(self.trouble_since if trouble == self.trouble else now()) if trouble else None,
            next_read_at=Case(When(wanted_at__gt=began, then=Value(now())), default=Value(again_at)),
        )

    @property
    def last_state(self) -> ContentState | None:
        """The newest state that counts."""
        return self.states.filter(seq=self.seq, is_complete=True).first() if self.seq else None


class ContentState(models.Model):
    """One state of a source. A reading that changes nothing only moves `read_to`; an incomplete one never counts."""

    source = models.ForeignKey(ContentSource, on_delete=models.CASCADE, related_name="states")
    seq = models.PositiveIntegerField(null=True, help_text="Counts the states that count; empty for the others.")
    read_from = models.DateTimeField()
    read_to = models.DateTimeField()
    entries = models.PositiveIntegerField(default=0)
    is_complete = models.BooleanField(default=True)
    problem = models.CharField(max_length=64, blank=True)
    finding = models.TextField(blank=True)
    field_names = models.JSONField(default=list, blank=True, help_text="Fields that had a value in some entry.")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["source", "seq"], name="one_state_per_seq")]

    def __str__(self) -> str:
        return f"State {self.seq} of {self.source}"


class ContentBlob(models.Model):
    """The content of entry versions, once per distinct content. The key is the SHA-256 of its canonical JSON."""

    hash = models.BinaryField(primary_key=True, max_length=32)
    data = models.BinaryField(help_text="Canonical JSON, UTF-8.")

    def __str__(self) -> str:
        return bytes(self.hash).hex()


class EntryVersionQuerySet(models.QuerySet["EntryVersion"]):
    """Filters in the words people use."""

    def at(self, seq: int) -> EntryVersionQuerySet:
        """The versions that made up this state."""
        return self.filter(first_seq__lte=seq).filter(Q(last_seq=None) | Q(last_seq__gte=seq))

    def visible(self, moment: datetime) -> EntryVersionQuerySet:
        """The versions that visitors may see at that time."""
        return self.filter(
            Q(publish_at=None) | Q(publish_at__lte=moment),
            Q(expire_at=None) | Q(expire_at__gt=moment),
            is_published=True,
        )


class EntryVersion(models.Model):
    """An entry as it was from state `first_seq` to state `last_seq`; still so when that is empty."""

    source = models.ForeignKey(ContentSource, on_delete=models.CASCADE, related_name="versions")
    entry_key = models.CharField(max_length=255)
    hash = models.BinaryField(max_length=32, help_text="Names the blob.")
    compare_hash = models.BinaryField(max_length=32, help_text="Hash without noise: equal means nothing to see.")
    kind = models.CharField(max_length=120, blank=True)
    title = models.TextField(blank=True)
    url = models.TextField(blank=True)
    edit_url = models.TextField(blank=True)
    is_published = models.BooleanField(default=True)
    publish_at = models.DateTimeField(null=True)
    expire_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)
    changed_by = models.CharField(max_length=200, blank=True)
    marker = models.CharField(max_length=300, blank=True, help_text="What the public page of this version names.")
    first_seq = models.PositiveIntegerField()
    last_seq = models.PositiveIntegerField(null=True)
    follows_gone = models.BooleanField(
        db_default=False, default=False, help_text="The version before it is no longer kept."
    )

    objects = EntryVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "entry_key"], condition=Q(last_seq=None), name="one_current_version_per_entry"
            ),
            models.CheckConstraint(
                condition=Q(last_seq=None) | Q(last_seq__gte=F("first_seq")), name="a_version_ends_after_it_began"
            ),
        ]
        indexes = [
            models.Index(fields=["source", "first_seq"], name="version_began"),
            models.Index(fields=["source", "last_seq"], name="version_ended", condition=Q(last_seq__isnull=False)),
            models.Index(fields=["source", "publish_at"], name="version_due", condition=Q(publish_at__isnull=False)),
            models.Index(fields=["source", "expire_at"], name="version_expires", condition=Q(expire_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.title or self.entry_key} from {self.first_seq} to {self.last_seq or 'now'}"

    @property
    def shown_as(self) -> str:
        """What the public page of this version names: the marker of the CMS, else one made of key and content."""
        return self.marker or f"{self.entry_key} {bytes(self.hash).hex()[:16]}"

    def is_visible(self, moment: datetime) -> bool:
        """True when visitors may see this version at that time."""
        begun = self.publish_at is None or self.publish_at <= moment
        return self.is_published and begun and (self.expire_at is None or self.expire_at > moment)


class BuildContent(models.Model):
    """What of a source a build carried: the state before its pipeline, and the one after it."""

    build = models.ForeignKey("Build", on_delete=models.CASCADE, related_name="contents")
    source = models.ForeignKey(ContentSource, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField(help_text="State before the pipeline: what is surely in the build.")
    read_at = models.DateTimeField(help_text="Time that decides which scheduled entries were visible.")
    seq_after = models.PositiveIntegerField(null=True, help_text="State after the pipeline.")
    gone_at = models.DateTimeField(
        null=True, blank=True, help_text="From then on this content is no longer kept and cannot be compared."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["build", "source"], name="one_content_per_build_and_source")]

    def __str__(self) -> str:
        return f"{self.build} carries state {self.seq}"

    @classmethod
    def of(cls, build: Build) -> dict[int, BuildContent]:
        """The contents of a build by source id."""
        return {content.source_id: content for content in cls.objects.filter(build=build)}


class EntryProof(models.Model):
    """What the public page of an entry showed when it was last looked at: this version, or something else."""

    environment = models.ForeignKey("Environment", on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(EntryVersion, on_delete=models.CASCADE, related_name="proofs")
    checked_at = models.DateTimeField(default=now)
    is_shown = models.BooleanField(help_text="The page named this version.")
    finding = models.CharField(max_length=300, help_text="What the look showed, in plain words.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["environment", "version"], name="one_proof_per_environment_and_version")
        ]

    def __str__(self) -> str:
        return self.finding
