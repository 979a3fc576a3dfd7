"""The API tokens of GitLab connections: until when they work, when GitLab is asked, and when admins are warned.

A trigger token has no end that could be asked for; a request to start that GitLab answers with 404 tells of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from deploys import wake
from deploys.models import Environment, GitLabProject, Kind
from deploys.outbox import tell

ASKED_EVERY = timedelta(hours=24)
WARNINGS = (0, 3, 14)  # days before the end; 0 is the day itself, on which it is dead


def mark_of(project: GitLabProject) -> str:
    """What tells one stored token from another without telling anything of it."""
    return salted_hmac("deploys.builds.tokens", project.api_token, algorithm="sha256").hexdigest()


def warning_of(project: GitLabProject, moment: datetime) -> int | None:
    """How near the end is: the least of WARNINGS that it has come within; None while it is far away or not known."""
    left = project.token_days_left(moment)
    return None if left is None else next((days for days in WARNINGS if left <= days), None)


def to_ask(moment: datetime) -> Iterator[GitLabProject]:
    """The connections whose token GitLab is asked about now: once a day, and after another was stored."""
    for project in _in_use():
        checked = project.token_checked_at
        if checked is None or checked <= moment - ASKED_EVERY or project.token_mark != mark_of(project):
            yield project


def ask_anew(project: GitLabProject) -> None:
    """Have GitLab asked about the token now: its hook says that one expires, or an admin changed it."""
    GitLabProject.objects.filter(pk=project.pk).update(token_checked_at=None)
    wake.check_token(project.pk)


def warn(moment: datetime) -> None:
    """Tell the admins of each site whose token comes near its end, once for each warning. Safe to repeat."""
    for project in _in_use():
        days = warning_of(project, moment)
        if days is None or project.token_mark != mark_of(project):
            continue
        for environment in _one_of_each_site(project):
            expires_on = str(project.token_expires_on)
            key = f"token-{project.pk}-{environment.site_id}-{expires_on}-{days}"
            tell(Kind.TOKEN_EXPIRES, key=key, environment=environment, facts={"expires_on": expires_on})


def look(moment: datetime) -> None:
    """One tick: have GitLab asked where it is time, and warn."""
    for project in to_ask(moment):
        wake.check_token(project.pk)
    warn(moment)


def _in_use() -> list[GitLabProject]:
    rows = GitLabProject.objects.filter(environments__isnull=False).exclude(api_token="").distinct()
    return list(rows.order_by("pk"))


def _one_of_each_site(project: GitLabProject) -> list[Environment]:
    found: dict[int, Environment] = {}
    for environment in project.environments.select_related("site"):
        found.setdefault(environment.site_id, environment)
    return list(found.values())
