"""What is said of the API token of a GitLab connection: how long it works, and when to replace it."""

from __future__ import annotations

from datetime import datetime

from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import tokens
from deploys.models import GitLabProject
from deploys.web import clock
from deploys.web.card_model import say


def for_admins(project: GitLabProject | None, moment: datetime) -> str:
    """One quiet sentence for the card; empty while there is nothing to do."""
    if project is None or tokens.warning_of(project, moment) is None:
        return ""
    where = _("make a new access token there and enter it in Buildhub")
    return _("{headline}: {where}.").format(headline=headline(project.token_days_left(moment) or 0), where=where)


def headline(days_left: int) -> str:
    """How long it still works."""
    if days_left <= 0:
        return _("Our key for GitLab has expired")
    text = ngettext(
        "Our key for GitLab expires in {count} day", "Our key for GitLab expires in {count} days", days_left
    )
    return text.format(count=days_left)


def fact(project: GitLabProject, moment: datetime) -> SafeString:
    """What Health says of it: until when, what it may do, and when GitLab was asked."""
    if project.token_checked_at is None:
        return say(_("GitLab has not been asked yet"))
    asked = clock.when(project.token_checked_at, moment)
    if not project.token_name:
        return say(_("GitLab does not tell until when it works; asked {time}"), time=asked)
    scopes = ", ".join(project.token_scopes) or _("no scopes")
    if project.token_expires_on is None:
        return say(_("Does not expire ({scopes}); asked {time}"), scopes=scopes, time=asked)
    day = formats.date_format(project.token_expires_on, "j F Y")
    left = project.token_days_left(moment) or 0
    if left <= 0:
        return say(_("Expired on {day} ({scopes}); asked {time}"), day=day, scopes=scopes, time=asked)
    days = ngettext("{count} day left", "{count} days left", left).format(count=left)
    return say(_("Until {day}, {days} ({scopes}); asked {time}"), day=day, days=days, scopes=scopes, time=asked)
