"""Tokens of the API as lists show them: what they are good for, how long, and when they were last used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.models import ApiToken, TokenScope
from deploys.web import clock
from deploys.web.card_model import say
from deploys.web.pills import Pill

SOON = timedelta(days=14)
GOOD = Pill(word=gettext_lazy("Good"), icon="tick", tone="ok")
ENDS_SOON = Pill(word=gettext_lazy("Ends soon"), icon="clock", tone="warn")
EXPIRED = Pill(word=gettext_lazy("Expired"), icon="minus-circle", tone="idle")
_SCOPES = {
    TokenScope.READ: gettext_lazy("May read"),
    TokenScope.PUBLISH: gettext_lazy("May read and publish"),
    TokenScope.ADMIN: gettext_lazy("May do everything"),
}


@dataclass(frozen=True, kw_only=True)
class TokenLine:
    """One token. `ends`, `made` and `used` are safe HTML."""

    token: ApiToken
    pill: Pill
    scope: str
    ends: SafeString
    made: SafeString
    used: SafeString
    revoke_url: str


def lines_of(tokens: Iterable[ApiToken], moment: datetime) -> list[TokenLine]:
    """Describe the tokens; select `created_by` and `site`."""
    return [_line(token, moment) for token in tokens]


def _line(token: ApiToken, moment: datetime) -> TokenLine:
    return TokenLine(
        token=token,
        pill=_pill(token, moment),
        scope=str(_SCOPES[TokenScope(token.scope)]),
        ends=_ends(token, moment),
        made=_made(token, moment),
        used=_used(token, moment),
        revoke_url=_revoke_url(token),
    )


def _pill(token: ApiToken, moment: datetime) -> Pill:
    if token.is_expired(moment):
        return EXPIRED
    return ENDS_SOON if token.expires_at and token.expires_at - moment < SOON else GOOD


def _ends(token: ApiToken, moment: datetime) -> SafeString:
    if token.expires_at is None:
        return say(_("It is good until it is revoked."))
    words = _("It ended {time}.") if token.is_expired(moment) else _("It ends {time}.")
    return say(words, time=clock.when(token.expires_at, moment))


def _made(token: ApiToken, moment: datetime) -> SafeString:
    time = clock.when(token.created_at, moment)
    if token.site_id is None:
        return say(_("Made {time}."), time=time)
    return say(_("{name} made it {time}."), name=token.created_by.name, time=time)


def _used(token: ApiToken, moment: datetime) -> SafeString:
    if token.last_used_at is None:
        return say(_("It was never used."))
    return say(_("Last used {time}."), time=clock.when(token.last_used_at, moment))


def _revoke_url(token: ApiToken) -> str:
    if token.site is None:
        return reverse("revoke-token", args=[token.pk])
    return reverse("revoke-site-token", args=[token.site.slug, token.pk])
