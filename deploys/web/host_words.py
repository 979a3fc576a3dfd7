"""Words about the web host, the same on its panel and on the publish card: what is wrong, and what to do."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.models import Environment, HostState, HostTrouble, Role
from deploys.web import clock
from deploys.web.card_model import join, say

_HEADLINES = {
    HostTrouble.UNREACHABLE: gettext_lazy("The web host does not answer"),
    HostTrouble.REFUSED: gettext_lazy("The web host refuses Buildhub's look"),
    HostTrouble.OTHER_RELEASE: gettext_lazy("The site shows another version than the one published"),
    HostTrouble.CHANGED_BY_HAND: gettext_lazy("Files on the web host were changed by hand"),
    HostTrouble.PUBLIC_RECORDS: gettext_lazy("Visitors can read the records of earlier versions"),
}


def state_of(environment: Environment) -> HostState | None:
    """What is known of the host; None before the first publish. No query when the row was selected along."""
    state: HostState | None = getattr(environment, "host", None)
    return state


def trouble_for(role: Role, environment: Environment) -> HostTrouble | None:
    """What is wrong, as far as it concerns this person: who can read the records is for admins."""
    state = state_of(environment)
    if state is None or not state.trouble:
        return None
    trouble = HostTrouble(state.trouble)
    is_theirs = trouble != HostTrouble.PUBLIC_RECORDS or role.includes(Role.ADMIN)
    return trouble if is_theirs else None


def headline(state: HostState, trouble: HostTrouble | None, *, is_kept: bool) -> str:
    """How the host stands in one line. `is_kept`: files can be compared, not only the marker of the site."""
    if trouble:
        return str(_HEADLINES[trouble])
    if state.checked_at is None:
        return _("The web host has not been looked at yet")
    if is_kept and not state.trouble:
        return _("The web host holds what was published")
    return _("The site shows what was published")


def todo(trouble: HostTrouble, environment: Environment, *, is_admin: bool) -> list[str]:
    """What somebody can do about it, in order."""
    if trouble == HostTrouble.UNREACHABLE:
        return [_("Buildhub looks again by itself."), _("If it stays like this, ask whoever runs the web host.")]
    if trouble == HostTrouble.REFUSED and is_admin:
        words = _("Check that the worker's key may read {target}: docs/publishing.md, “Setting up”, lists its rights.")
        return [words.format(target=environment.target)]
    if trouble == HostTrouble.REFUSED:
        return [_("An admin has to check Buildhub's key for the web host.")]
    if trouble == HostTrouble.OTHER_RELEASE:
        return [
            _("Somebody put a version there without Buildhub."),
            _("Publish to put the newest one in its place."),
        ]
    if trouble == HostTrouble.PUBLIC_RECORDS:
        return [_deny(environment), _("Then look again: Buildhub asks the public address.")]
    return [
        _("Put the published files back. Visitors then see the version that was published."),
        _("If the change by hand was meant, make it in the CMS or in the site's code too."),
    ]


def _deny(environment: Environment) -> str:
    if environment.target.startswith("s3://"):
        return _("In the bucket's policy, deny the CDN or the public s3:GetObject on {target}/.releases/*.").format(
            target=environment.target.rstrip("/")
        )
    return _("Let the web server's root be {target}/current, which does not hold the folder .releases.").format(
        target=environment.target.rstrip("/")
    )


def doubt(role: Role, environment: Environment, now: datetime) -> str:
    """A quiet line for the publish card of those who can do something, as safe HTML; empty when all is well."""
    trouble, state = trouble_for(role, environment), state_of(environment)
    if trouble is None or state is None or not role.includes(Role.PUBLISHER):
        return ""
    address = reverse("service", args=[environment.site.slug, environment.slug])
    link = format_html('<a id="see-host" href="{}#web-host">{}</a>', address, _("See the web host"))
    words = headline(state, trouble, is_kept=True)
    if state.trouble_since is None:
        return join(say("{words}.", words=words), link)
    return join(say(_("{words}, since {time}."), words=words, time=clock.when(state.trouble_since, now)), link)
