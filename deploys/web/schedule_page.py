"""What the Schedule page shows: times that people chose, dated entries of the CMS, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import rights
from deploys.content import comparison
from deploys.content.outlook import Outlook
from deploys.models import Environment, Plan, PlanKind, PlanState, Role, Schedule
from deploys.releases import actions as releases
from deploys.schedules import actions, due
from deploys.web import change_words, clock, plan_words
from deploys.web.buttons import Button
from deploys.web.card_model import ask_words, say
from deploys.web.permissions import Visit
from deploys.web.pills import Pill

COMING = 20
PAST = 20


@dataclass(frozen=True, kw_only=True)
class RunLine:
    """One of the next times of a rule. `there` is the reader's own clock when it shows another time."""

    words: SafeString
    there: str


@dataclass(frozen=True, kw_only=True)
class RuleLine:
    """A time or rule that somebody chose."""

    schedule: Schedule
    words: str
    who: str
    runs: list[RunLine]
    notes: list[str]
    carries: str
    buttons: list[Button]


@dataclass(frozen=True, kw_only=True)
class Coming:
    """A dated entry of the CMS."""

    words: str
    at: datetime
    leaves: bool


@dataclass(frozen=True, kw_only=True)
class PastLine:
    """What was planned, and what became of it. `differs` says how the build differs from what was foreseen."""

    pill: Pill
    subject: str
    outcome: SafeString
    build_url: str
    build_name: str
    note: str
    differs: str


@dataclass(frozen=True, kw_only=True)
class SchedulePage:
    """The page's content. `held` and `no_base` say why nothing happens by itself at the moment."""

    rules: list[RuleLine]
    coming: list[Coming]
    past: list[PastLine]
    adding: list[Button]
    waiting: str
    held: str
    no_base: str
    automatic: str
    may_set_automatic: bool
    ask_admins: str = ""
    reason: str = ""
    key: str = field(default="")


def page_of(visit: Visit, environment: Environment, now: datetime) -> SchedulePage:
    """Read what is planned at this place."""
    live = environment.live_release
    outlook = Outlook.look(environment.site, now, [live.build] if live else [])
    waiting = outlook.since(live.build) if live else None
    count = waiting.total if waiting else 0
    may_set = visit.role.includes(Role.ADMIN)
    admins = [] if may_set else [person.name for person in rights.people_with(environment.site, [Role.ADMIN])]
    rules = environment.schedules.kept().select_related("owner", "paused_by")
    return SchedulePage(
        rules=[_rule(visit, environment, one, now, count) for one in rules if _is_ahead(one, now)],
        coming=[_coming(one) for one in due.upcoming(environment.pk, now, limit=COMING)],
        past=_past(environment, now),
        adding=_adding(visit, environment),
        waiting=change_words.waiting_headline(count) if count else "",
        held=_held(environment),
        no_base=_why_not_dated(environment, has_base=waiting is not None or not outlook.sources),
        automatic=automatic_words(environment),
        may_set_automatic=may_set,
        ask_admins=ask_words(admins) if admins else "",
        reason="" if actions.may_schedule(visit.role, environment) else _who_may(environment),
    )


def _is_ahead(schedule: Schedule, now: datetime) -> bool:
    """A weekly rule, or a single time that has not passed."""
    return schedule.is_weekly or bool(plan_words.next_runs(schedule, now, 1))


def _who_may(environment: Environment) -> str:
    return ask_words([person.name for person in rights.who_may_publish(environment)])


def _held(environment: Environment) -> str:
    build = releases.held_by(environment)
    if build is None:
        return ""
    return _("An earlier version is live. Nothing is published by itself until somebody publishes again.")


def _why_not_dated(environment: Environment, *, has_base: bool) -> str:
    """Why dated entries wait for a press; empty when they do not."""
    if not environment.publishes_dated:
        return _("Dated entries wait for the next publish: an admin chose that they do not go live by themselves.")
    if has_base:
        return ""
    return _("Dated entries go live by themselves after the next publish: only then is it known what visitors see.")


def _adding(visit: Visit, environment: Environment) -> list[Button]:
    url = reverse("new-schedule", args=[environment.site.slug, environment.slug])
    once = Button(
        id="add-once", label=_("Publish once, later"), url=f"{url}?kind=once", posts=False, tone="primary", icon="plus"
    )
    weekly = Button(id="add-weekly", label=_("Publish every week"), url=f"{url}?kind=weekly", posts=False, icon="plus")
    found = [once] if actions.may_schedule(visit.role, environment) else []
    return [*found, weekly] if actions.may_schedule(visit.role, environment, weekly=True) else found


def _rule(visit: Visit, environment: Environment, schedule: Schedule, now: datetime, count: int) -> RuleLine:
    schedule.environment = environment
    found = plan_words.next_runs(schedule, now, 3)
    may = actions.may_change(visit.user, visit.role, schedule)
    return RuleLine(
        schedule=schedule,
        words=plan_words.rule_words(schedule),
        who=schedule.owner.name,
        runs=[RunLine(words=plan_words.run_words(run), there=plan_words.elsewhere(run)) for run in found],
        notes=plan_words.clock_notes(found),
        carries=_carries(count) if found else "",
        buttons=_changing(environment, schedule) if may else [],
    )


def _carries(count: int) -> str:
    if not count:
        return _("Nothing waits at the moment.")
    text = ngettext("{count} change waits for it now.", "{count} changes wait for it now.", count)
    return text.format(count=count)


def _changing(environment: Environment, schedule: Schedule) -> list[Button]:
    address = [environment.site.slug, environment.slug, schedule.pk]

    def button(name: str, label: str, *, posts: bool = True) -> Button:
        url = reverse(f"{name}-schedule", args=address)
        return Button(id=f"{name}-{schedule.pk}", label=label, url=url, posts=posts, busy=_("Saving"))

    pause = button("resume", _("Resume")) if schedule.paused_at else button("pause", _("Pause"))
    return [
        button("change", _("Change"), posts=False),
        *([pause] if schedule.is_weekly else []),
        button("cancel", _("Cancel schedule") if schedule.day else _("Remove")),
    ]


def _coming(one: due.Due) -> Coming:
    text = _("“{title}” leaves the site") if one.leaves else _("“{title}” goes live")
    return Coming(words=text.format(title=one.title), at=one.due_at, leaves=one.leaves)


def automatic_words(environment: Environment) -> str:
    """How the place publishes by itself."""
    if environment.quiet_minutes is None:
        return _("Edits wait until somebody publishes, or until a time above.")
    quiet = clock.minutes_words(environment.quiet_minutes * 60)
    if environment.at_most_every:
        text = _("Edits publish by themselves {quiet} after the last one, and at most every {every}.")
        return text.format(quiet=quiet, every=clock.minutes_words(environment.at_most_every * 60))
    return _("Edits publish by themselves {quiet} after the last one.").format(quiet=quiet)


def _past(environment: Environment, now: datetime) -> list[PastLine]:
    rows = environment.plans.filter(due_at__lte=now).exclude(state=PlanState.CANCELED)
    rows = rows.select_related("build__site", "build__base", "build__environment__site")
    return [_past_line(plan, now) for plan in rows.order_by("-due_at", "-pk")[:PAST]]


def _past_line(plan: Plan, now: datetime) -> PastLine:
    build = plan.build
    return PastLine(
        pill=plan_words.pill_of(plan, now),
        subject=plan_words.subject(plan),
        outcome=plan_words.outcome(plan, now),
        build_url=build.get_absolute_url() if build else "",
        build_name=_("build {number}").format(number=build.number) if build else "",
        note=plan.note,
        differs=difference(plan) if plan.kind == PlanKind.SCHEDULE and plan.foreseen else "",
    )


def difference(plan: Plan) -> str:
    """How what a build carried differs from what waited when its time was chosen; empty while that is not known."""
    build = plan.build
    if build is None or build.base is None or build.change_counts is None:
        return ""
    found = comparison.between(build.base, build, build.requested_at)
    if not found.is_possible:
        return ""
    carried = {(one.version.source_id, one.key): one for one in found.changes}
    foreseen = {(source, key): title for source, key, title in plan.foreseen}
    more = [one.version.title or key for (source, key), one in carried.items() if (source, key) not in foreseen]
    less = [str(title) for name, title in foreseen.items() if name not in carried]
    parts = [_("As planned.")] if not (more or less) else []
    if more:
        text = ngettext("{count} more than planned: {titles}.", "{count} more than planned: {titles}.", len(more))
        parts.append(text.format(count=len(more), titles=_titles(more)))
    if less:
        text = ngettext(
            "{count} planned is not in it: {titles}.", "{count} planned are not in it: {titles}.", len(less)
        )
        parts.append(text.format(count=len(less), titles=_titles(less)))
    return " ".join(parts)


def _titles(titles: list[str]) -> str:
    shown = ", ".join(f"“{title}”" for title in titles[:3])
    return _("{titles} and others").format(titles=shown) if len(titles) > 3 else shown


def late_lines(environment: Environment, now: datetime) -> list[SafeString]:
    """What should be live and is not, one sentence each, newest first."""
    found = environment.plans.alarming(now).order_by("-due_at")[:PAST]
    return [plan_words.late_words(plan, 1, now) for plan in found]


def saved_words(schedule: Schedule, now: datetime) -> SafeString:
    """What a saved schedule will do."""
    found = plan_words.next_runs(schedule, now, 1)
    if not found:
        return say(_("Saved."))
    return say(_("Saved. It publishes next {time}."), time=clock.moment_words(found[0].at, now))
