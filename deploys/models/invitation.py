"""Invitations to a site: who is asked to join as what, until when, and what became of it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.timezone import now

from deploys.models.membership import Role

VALID_FOR = timedelta(days=7)


def hash_of(token: str) -> str:
    """What is stored of a token: long and random as it is, it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations by what became of them."""

    def open(self) -> InvitationQuerySet:
        """Neither accepted nor withdrawn; they may have run out."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def of_token(self, token: str) -> InvitationQuerySet:
        """The one that this link belongs to, if any."""
        return self.filter(token_hash=hash_of(token))


class Invitation(models.Model):
    """One address, asked to join one site. The link holds the token, the row only its hash; sending again renews it."""

    site = models.ForeignKey("Site", on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                "site",
                Lower("email"),
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_per_address_and_site",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.get_role_display()} of {self.site}"

    def renew(self, moment: datetime) -> str:
        """Give it a new token and new time; the link sent before ends. Returns the token; save the row afterwards."""
        token = secrets.token_urlsafe(32)
        self.token_hash = hash_of(token)
        self.expires_at = moment + VALID_FOR
        return token

    def has_run_out(self, moment: datetime) -> bool:
        """True when nobody may accept it any more because of its time."""
        return moment >= self.expires_at
