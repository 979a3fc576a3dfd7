"""The Health page: what runs and what does not, what waits, and what each site last heard from GitLab.

Everything is read from the database, the broker and this machine; GitLab is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.doctor import figures, running
from deploys.doctor.model import Finding, State
from deploys.doctor.run import run
from deploys.models import ApiToken, Environment, GitLabProject, Role, Site, User
from deploys.web import clock, token_words
from deploys.web import figures as numbers
from deploys.web.card_model import say
from deploys.web.pills import Pill
from deploys.web.service import ANSWERS, NOT_ASKED, TROUBLE

WELL = Pill(word=gettext_lazy("Well"), icon="tick-circle", tone="ok")
UNWELL = Pill(word=gettext_lazy("Not well"), icon="cross", tone="bad")
ADVICE = Pill(word=gettext_lazy("Look at it"), icon="warning", tone="warn")
NEVER_SEEN = Pill(word=gettext_lazy("Not running"), icon="cross", tone="bad")
NOT_SEEN = Pill(word=gettext_lazy("Cannot be seen"), icon="dashes", tone="idle")
_PILLS = {State.OK: WELL, State.UNKNOWN: NOT_SEEN, State.MISSING: NEVER_SEEN, State.WRONG: UNWELL}
TOKENS_SHOWN = 5
SCARCE = 0.1  # share of GitLab's request limit below which Buildhub waits for the next window


@dataclass(frozen=True, kw_only=True)
class Line:
    """A part with its mark. `commands` are what to type, one a line."""

    finding: Finding
    pill: Pill

    @property
    def commands(self) -> list[str]:
        """What to type, each of them enough."""
        return self.finding.command.splitlines()


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A GitLab project with the sites that build in it, and what was last heard of it. Words are safe HTML."""

    project: GitLabProject
    sites: str
    pill: Pill
    facts: list[tuple[str | Promise, str]]
    advice: str
    more: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """What the page shows. `facts` are pairs of a name and safe HTML."""

    pill: Pill
    headline: str
    lines: list[Line]
    facts: list[tuple[str | Promise, str]]
    connections: list[Connection]


def administered(user: User) -> list[Site]:
    """The sites of which the person is an admin, by name. One query."""
    if user.is_superuser:
        return list(Site.objects.all())
    return list(Site.objects.filter(memberships__user=user, memberships__role=Role.ADMIN))


def look(sites: list[Site], moment: datetime) -> Health:
    """Look at everything; at the connections of these sites only."""
    (checked,) = run([running.check(moment)])
    lines = [Line(finding=one, pill=_pill_of(one)) for one in checked.findings]
    return Health(
        pill=WELL if checked.state == State.OK else UNWELL,
        headline=_headline(sum(one.counts for one in checked.findings)),
        lines=lines,
        facts=_facts(figures.take(moment), sites, moment),
        connections=_connections(sites, moment),
    )


def _pill_of(finding: Finding) -> Pill:
    return ADVICE if finding.state != State.OK and not finding.is_needed else _PILLS[finding.state]


def _headline(count: int) -> str:
    if not count:
        return _("Everything runs")
    return ngettext("{count} part needs somebody", "{count} parts need somebody", count).format(count=count)


def _facts(found: figures.Figures, sites: list[Site], moment: datetime) -> list[tuple[str | Promise, str]]:
    """What waits, and how large things are. The oldest build is linked for those who may open it."""
    line = ngettext("{count} build", "{count} builds", found.in_line).format(count=found.in_line)
    under_way = ngettext("{count} build", "{count} builds", found.under_way).format(count=found.under_way)
    messages = _("The broker does not answer") if found.messages is None else numbers.grouped(found.messages)
    return [
        (_("In line"), say("{words}", words=line)),
        (_("Under way"), say("{words}", words=under_way)),
        (_("Oldest open build"), _oldest(found, sites, moment)),
        (_("Messages to the worker"), say("{words}", words=messages)),
        (_("Messages to people"), _messages_to_people(found)),
        (_("Database"), say("{words}", words=numbers.size(found.database_size))),
        (
            _("Room on the disk"),
            say(
                _("{free} of {total} free"),
                free=numbers.size(found.disk_free),
                total=numbers.size(found.disk_total),
            ),
        ),
        (_("Last cleaned up"), _cleaned_up(found, moment)),
        (_("Tokens for programs"), _ending_tokens(sites, moment)),
    ]


def _ending_tokens(sites: list[Site], moment: datetime) -> SafeString:
    """Which tokens of these sites end soon. One query."""
    rows = ApiToken.objects.ending(moment).filter(site__in=sites).select_related("site")[:TOKENS_SHOWN]
    words = [
        say(
            _('<a href="{url}">{name}</a> of {site} works until {time}'),
            url=reverse("site-tokens", args=[row.site.slug]),
            name=row.name,
            site=row.site.name,
            time=clock.when(row.expires_at, moment),
        )
        for row in rows
        if row.site and row.expires_at
    ]
    return format_html_join(mark_safe("; "), "{}", ((one,) for one in words)) or say(_("None ends within 14 days"))


def _cleaned_up(found: figures.Figures, moment: datetime) -> SafeString:
    """When everything that is no longer kept was removed last, and how much that was."""
    run = found.pruned
    if run is None:
        return say(_("Not yet; Buildhub does it by itself once a day"))
    if not run.rows:
        return say(_("{time}; nothing had to go"), time=clock.when(run.began_at, moment))
    words = ngettext("{count} row", "{count} rows", run.rows).format(count=numbers.grouped(run.rows))
    return say(_("{time}; {words} removed, {size}"), time=clock.when(run.began_at, moment), words=words,
               size=numbers.size(run.size))  # fmt: skip


def _messages_to_people(found: figures.Figures) -> SafeString:
    waiting = _("{count} on their way").format(count=numbers.grouped(found.unsent))
    if not found.undelivered:
        return say("{words}", words=waiting)
    failed = ngettext("{count} not delivered this week", "{count} not delivered this week", found.undelivered)
    where = _("the Notifications page of their site says why")
    return say("{waiting}; {failed}: {where}", waiting=waiting,
               failed=failed.format(count=numbers.grouped(found.undelivered)), where=where)  # fmt: skip


def _oldest(found: figures.Figures, sites: list[Site], moment: datetime) -> SafeString:
    build = found.oldest
    if build is None:
        return say(_("None"))
    since = clock.when(build.requested_at, moment)
    if build.site not in sites:
        return say(_("Of another site, asked for {time}"), time=since)
    return say(
        _('<a href="{url}">Build {number} of {site}</a>, asked for {time}'),
        url=build.get_absolute_url(),
        number=build.number,
        site=build.site.name,
        time=since,
    )


def _connections(sites: list[Site], moment: datetime) -> list[Connection]:
    """One for each GitLab project that the sites build in. Two queries."""
    rows = Environment.objects.filter(site__in=sites, gitlab_project__isnull=False)
    rows = rows.select_related("site", "gitlab_project").order_by("site__name", "position", "pk")
    places: dict[int, list[Environment]] = {}
    for environment in rows:
        places.setdefault(environment.gitlab_project_id or 0, []).append(environment)
    return [_connection(found, moment) for found in places.values()]


def _connection(places: list[Environment], moment: datetime) -> Connection:
    project = places[0].gitlab_project
    if project is None:
        raise ValueError("These places build nowhere.")
    expiring = token_words.for_admins(project, moment)
    answered = ANSWERS if project.heard_at else NOT_ASKED
    hook = _("None yet; Buildhub asks every few seconds by itself")
    return Connection(
        project=project,
        sites=", ".join(dict.fromkeys(place.site.name for place in places)),
        pill=TROUBLE if project.trouble else ADVICE if expiring else answered,
        facts=[
            (_("Last good answer"), _when(project.heard_at, moment, _("None yet"))),
            (_("Last hook"), _when(project.hook_heard_at, moment, hook)),
            (_("Requests left"), _rate(project, moment)),
            (_("Access token"), token_words.fact(project, moment)),
        ],
        advice=_advice(project) or expiring,
        more=next((f"{place.get_absolute_url()}service/" for place in places if not place.is_for_previews), ""),
    )


def _when(moment: datetime | None, now: datetime, never: str) -> SafeString:
    return clock.time_element(moment, clock.moment_label(moment, now)) if moment else say("{words}", words=never)


def _rate(project: GitLabProject, moment: datetime) -> str:
    """What GitLab said last of its limit; a window that is over says nothing any more."""
    if project.rate_limit is None or project.rate_left is None or project.rate_noted_at is None:
        return say(_("GitLab has not told of a limit"))
    if project.rate_resets_at and project.rate_resets_at <= moment:
        return say(_("{limit} again since {time}"), limit=numbers.grouped(project.rate_limit),
                   time=clock.when(project.rate_resets_at, moment))  # fmt: skip
    left = say(
        _("{left} of {limit}, as of {time}"),
        left=numbers.grouped(project.rate_left),
        limit=numbers.grouped(project.rate_limit),
        time=clock.when(project.rate_noted_at, moment),
    )
    if project.rate_left >= SCARCE * project.rate_limit:
        return left
    return say(_("{left}. Buildhub waits for the next window before it asks again."), left=left)


def _advice(project: GitLabProject) -> str:
    return project.trouble_note or project.trouble if project.trouble else ""
