"""Making, finding and revoking tokens of the API. A token is told once, to whoever makes it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from deploys import audit
from deploys.models import ApiToken, AuditAction, Site, TokenScope, User

PREFIX = "bh_"  # by which scanners for leaked secrets know it
HINT = 8  # characters of it that lists show
USE_IS_NOTED_EVERY = timedelta(minutes=1)
_ACTOR = "token"


@transaction.atomic
def make(
    *, name: str, scope: TokenScope, actor: User, expires_at: datetime | None, site: Site | None = None
) -> tuple[ApiToken, str]:
    """Make a token and return it with its text, which is not kept. With `site` it acts for that site, else as `actor`.

    Whoever may make one of a site is the caller's business.
    """
    text = PREFIX + secrets.token_hex(20)
    token = ApiToken.objects.create(
        user=_new_actor(name) if site else actor,
        site=site,
        name=name,
        scope=scope,
        digest=digest_of(text),
        hint=text[:HINT],
        created_by=actor,
        expires_at=expires_at,
    )
    until = f"{expires_at:%Y-%m-%d}" if expires_at else "never"
    changes = {"Allows": ["–", str(scope.label)], "Expires": ["–", until]}
    audit.record(actor=actor, subject=str(token), site=site, action=AuditAction.ADDED, changes=changes)
    return token, text


def _new_actor(name: str) -> User:
    """The row that the token acts as: it has a name for histories, no way to sign in, and nobody is told to ask it."""
    actor = User(username=f"{_ACTOR}-{secrets.token_hex(8)}", first_name=name, last_name=_ACTOR, is_active=False)
    actor.set_unusable_password()
    actor.save()
    return actor


@transaction.atomic
def revoke(*, token: ApiToken, actor: User, moment: datetime) -> None:
    """Let the token open nothing any more. Safe to do twice."""
    revoked = ApiToken.objects.kept().filter(pk=token.pk).update(revoked_at=moment, revoked_by=actor)
    if revoked:
        audit.record(actor=actor, subject=str(token), site=token.site, action=AuditAction.REMOVED)


def find(text: str) -> ApiToken | None:
    """The token with this text, also one that is revoked or expired; None when there is none. One query."""
    if not text.startswith(PREFIX):
        return None
    return ApiToken.objects.select_related("user", "site").filter(digest=digest_of(text)).first()


def note_use(token: ApiToken, moment: datetime) -> None:
    """Remember that it was used just now; writes at most once a minute."""
    if token.last_used_at and moment - token.last_used_at < USE_IS_NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=moment - USE_IS_NOTED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=moment)


def digest_of(text: str) -> str:
    """What is kept of a token. Its 160 random bits need no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()
