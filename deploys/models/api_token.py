"""Tokens of the API: a person's own, or one of a site that acts with a name of its own. Only their hash is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from deploys.models.membership import Role

ENDING = timedelta(days=14)  # so long before its end a token is worth a word


class TokenScope(models.TextChoices):
    """What a token is good for, from little to much; each includes those before it."""

    READ = "read", "Read"
    PUBLISH = "publish", "Read and publish"
    ADMIN = "admin", "Everything, pauses too"

    def includes(self, other: TokenScope | str) -> bool:
        """True when this scope allows all that the other does."""
        return list(TokenScope).index(self) >= list(TokenScope).index(TokenScope(other))

    @property
    def role(self) -> Role:
        """The role that a token of a site with this scope has there."""
        return {TokenScope.READ: Role.READER, TokenScope.PUBLISH: Role.PUBLISHER, TokenScope.ADMIN: Role.ADMIN}[self]


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Filters in the words people use."""

    def personal(self) -> ApiTokenQuerySet:
        """Those that act as the person who made them."""
        return self.filter(site=None)

    def kept(self) -> ApiTokenQuerySet:
        """Not revoked; those that have expired too."""
        return self.filter(revoked_at=None)

    def good(self, moment: datetime) -> ApiTokenQuerySet:
        """Neither revoked nor expired."""
        return self.kept().filter(Q(expires_at=None) | Q(expires_at__gt=moment))

    def ending(self, moment: datetime) -> ApiTokenQuerySet:
        """Good ones that expire within two weeks, the first one first."""
        return self.good(moment).filter(expires_at__lte=moment + ENDING).order_by("expires_at", "pk")


class ApiToken(models.Model):
    """One token. `user` is whom it acts as: a person, or for a site's token a row that nobody can sign in as."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_tokens")
    site = models.ForeignKey("Site", on_delete=models.PROTECT, null=True, blank=True, related_name="api_tokens")
    name = models.CharField(max_length=60)
    scope = models.CharField(max_length=16, choices=TokenScope, default=TokenScope.READ)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token, in hexadecimal.")
    hint = models.CharField(max_length=12, help_text="How it begins, so that people tell tokens apart.")
    created_at = models.DateTimeField(default=now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="Written at most once a minute.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(site__isnull=False), name="one_site_token_per_actor")
        ]

    def __str__(self) -> str:
        return f"API token {self.name}"

    def is_expired(self, moment: datetime) -> bool:
        """True when its time is over."""
        return self.expires_at is not None and self.expires_at <= moment

    @classmethod
    def role_of(cls, *, user_id: int, site_id: int) -> Role | None:
        """The role on the site of whoever acts for a token of that site; None when that token is no longer good."""
        scope = cls.objects.good(now()).filter(user=user_id, site=site_id).values_list("scope", flat=True).first()
        return TokenScope(scope).role if scope else None


class KeptAnswer(models.Model):
    """What a request with an `Idempotency-Key` was answered, so that it is not carried out twice."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="kept_answers")
    address = models.CharField(max_length=300, help_text="What the request was sent to: keys of others are others.")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the body.")
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    location = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "address", "key"], name="one_answer_per_key")]
        indexes = [models.Index(fields=["token", "created_at"], name="kept_answer_age")]

    def __str__(self) -> str:
        return f"answer {self.status} to {self.key}"
