"""The GitLab project that builds a site, with its tokens and what we last heard from it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.timezone import now

from deploys.models.encrypted import EncryptedTextField


def new_hook_key() -> str:
    """Return an unguessable part of the hook's address."""
    return secrets.token_urlsafe(24)


class GitLabProjectQuerySet(models.QuerySet["GitLabProject"]):
    """Filters in the words people use."""

    def reachable_now(self) -> GitLabProjectQuerySet:
        """Projects that GitLab has not told us to leave alone for a while."""
        return self.filter(Q(paused_until=None) | Q(paused_until__lte=now()))


class GitLabProject(models.Model):
    """How to reach one project of one GitLab. Tokens are encrypted and never shown again."""

    url = models.URLField(default="https://gitlab.com")
    project_id = models.CharField(max_length=255, help_text="The numeric ID: paths break when a project moves.")
    trigger_token = EncryptedTextField(blank=True)
    api_token = EncryptedTextField(blank=True)
    hook_key = models.CharField(max_length=64, unique=True, default=new_hook_key)
    hook_token = EncryptedTextField(blank=True)
    hook_signing_token = EncryptedTextField(blank=True)

    hook_heard_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True)
    listed_through = models.DateTimeField(
        null=True, blank=True, help_text="GitLab's clock: changes up to here are known."
    )
    observed_until = models.DateTimeField(null=True, blank=True, help_text="Lease of the worker that is asking.")
    look_again = models.BooleanField(default=False, help_text="Something changed while a worker was asking.")
    reviewed_at = models.DateTimeField(
        null=True, blank=True, help_text="When all open pipelines were last seen in a list."
    )
    rate_limit = models.PositiveIntegerField(null=True, blank=True, help_text="Requests that GitLab allows per window.")
    rate_left = models.PositiveIntegerField(null=True, blank=True, help_text="How many of them were left.")
    rate_noted_at = models.DateTimeField(null=True, blank=True, help_text="When GitLab said so.")
    rate_resets_at = models.DateTimeField(null=True, blank=True, help_text="When the next window begins.")
    token_name = models.CharField(max_length=255, blank=True, help_text="What GitLab calls the API token.")
    token_scopes = models.JSONField(default=list, blank=True)
    token_expires_on = models.DateField(null=True, blank=True, help_text="It dies at 00:00 UTC of this day.")
    token_checked_at = models.DateTimeField(null=True, blank=True, help_text="Empty: GitLab is asked at once.")
    token_mark = models.CharField(max_length=64, blank=True, help_text="Tells that the stored token is another one.")
    paused_until = models.DateTimeField(null=True, blank=True, help_text="GitLab asked us to wait until then.")
    trouble = models.CharField(max_length=64, blank=True, help_text="Error class of the last refusal, empty when fine.")
    trouble_note = models.TextField(blank=True)
    trouble_since = models.DateTimeField(null=True, blank=True)

    objects = GitLabProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["url", "project_id"], name="one_row_per_gitlab_project")]

    def __str__(self) -> str:
        return f"{self.url} project {self.project_id}"

    def lease(self, until: datetime) -> bool:
        """Take the right to ask this project until then. False when another worker has it; that one looks again."""
        free = Q(observed_until=None) | Q(observed_until__lte=now())
        if GitLabProject.objects.filter(free, pk=self.pk).update(observed_until=until, look_again=False):
            return True
        GitLabProject.objects.filter(pk=self.pk).update(look_again=True)
        return False

    def give_back(self) -> bool:
        """End the lease. True when somebody asked to look again meanwhile."""
        GitLabProject.objects.filter(pk=self.pk).update(observed_until=None)
        return bool(GitLabProject.objects.filter(pk=self.pk, look_again=True).update(look_again=False))

    def note_answer(self, *, pause_until: datetime | None = None) -> None:
        """Remember that GitLab answers and that all is well, and until when it is better left alone."""
        facts = {"heard_at": now(), "paused_until": pause_until, "trouble_note": "", "trouble_since": None}
        self._take_over("", facts, if_new={})

    def note_rate(self, *, limit: int, left: int, resets_at: datetime | None) -> None:
        """Remember how many requests GitLab still allows in this window. Pages are not asked anew for it."""
        row = GitLabProject.objects.filter(pk=self.pk)
        row.update(rate_limit=limit, rate_left=left, rate_noted_at=now(), rate_resets_at=resets_at)

    def note_trouble(self, trouble: str, note: str, *, pause_until: datetime | None = None) -> None:
        """Remember what GitLab refuses, since when, and until when it wants to be left alone."""
        facts = {"trouble_note": note, "paused_until": pause_until}
        self._take_over(trouble, facts, if_new={"trouble_since": now()})

    def note_token(self, *, mark: str, name: str = "", scopes: Iterable[str] = (), expires_on: date | None) -> None:
        """Remember what GitLab says of the API token; without a name, that it says nothing. Pages ask anew."""
        told = {"token_name": name[:255], "token_scopes": sorted(scopes), "token_expires_on": expires_on}
        with transaction.atomic():
            row = GitLabProject.objects.filter(pk=self.pk)
            row.update(token_checked_at=now(), token_mark=mark, **told)
            if expires_on != self.token_expires_on:
                self.environments.update(version=F("version") + 1)

    def token_days_left(self, moment: datetime) -> int | None:
        """Whole days until the API token dies; 0 or less: it is dead. None when it is not known to."""
        return None if self.token_expires_on is None else (self.token_expires_on - moment.astimezone(UTC).date()).days

    def _take_over(self, trouble: str, facts: dict[str, Any], *, if_new: dict[str, Any]) -> None:
        """Store this; pages of the project's environments ask anew only when the trouble is another than before."""
        row = GitLabProject.objects.filter(pk=self.pk)
        with transaction.atomic():
            if row.exclude(trouble=trouble).update(trouble=trouble, **facts, **if_new):
                self.environments.update(version=F("version") + 1)
            else:
                row.update(**facts)


class HookDelivery(models.Model):
    """A hook that came in, so that a second delivery of it does nothing."""

    project = models.ForeignKey(GitLabProject, on_delete=models.CASCADE, related_name="hook_deliveries")
    key = models.CharField(max_length=128)
    received_at = models.DateTimeField(default=now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="one_row_per_hook_delivery")]

    def __str__(self) -> str:
        return self.key
