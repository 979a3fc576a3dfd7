"""The card when something publishes without a press: at a time that somebody chose, or once edits have come to rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.models import Environment, Plan, PlanKind, Schedule
from deploys.schedules import actions
from deploys.web import buttons, clock, pills, plan_words
from deploys.web.buttons import Button
from deploys.web.card_model import IDLE, Card, join, say
from deploys.web.facts import Facts
from deploys.web.settled_cards import publish_button, what_visitors_see

SHORTEST = timedelta(seconds=2)
_MENTIONED_ON = {
    "up_to_date",
    "ready",
    "just_published",
    "stopped",
    "failed",
    "held_back",
    "published_unchecked",
    "paused",
}


@dataclass(frozen=True, kw_only=True)
class Undo:
    """A short notice of what was taken back, with the way to have it again."""

    words: str
    url: str


def with_plans(card: Card, facts: Facts) -> Card:
    """The card of an environment at rest, with what is planned and what is late. At most two queries."""
    late = facts.late_plan
    if late is not None:
        card = replace(card, late=_late(facts, late))
    plan = facts.next_plan
    if plan is None:
        return _with_button(card, facts)
    if card.state == "changes_waiting":
        count = facts.waiting_count or 0
        return _automatic(facts, plan, count) if plan.kind == PlanKind.AUTOMATIC else _scheduled(facts, plan, count)
    if card.state in _MENTIONED_ON and plan.schedule and facts.environment.held_by_id is None:
        return replace(card, note=join(card.note, _mention(facts, plan)))
    return card


def _with_button(card: Card, facts: Facts) -> Card:
    """Where changes wait, another time than now can be chosen."""
    if card.state != "changes_waiting" or not facts.may_publish:
        return card
    main, *others = card.buttons
    return replace(card, buttons=[main, choose_time(facts.environment), *others])


def choose_time(environment: Environment) -> Button:
    """Lead to the form for one time."""
    url = f"{reverse('new-schedule', args=[environment.site.slug, environment.slug])}?kind=once&back=publish"
    return Button(id="choose-time", label=_("Schedule"), url=url, posts=False, icon="clock", publishes=True)


def _mention(facts: Facts, plan: Plan) -> SafeString:
    return say(_("The next publish is planned for {time}."), time=clock.when(plan.due_at, facts.now))


def _scheduled(facts: Facts, plan: Plan, count: int) -> Card:
    time = clock.moment_words(plan.due_at, facts.now)
    if plan.due_at <= facts.now:
        time = _("in a moment")
    headline = ngettext("{count} change goes live {time}", "{count} changes go live {time}", count)
    schedule = plan.schedule
    mine = schedule is not None and actions.may_change(facts.user, facts.role, schedule)
    return Card(
        state="scheduled",
        pill=pills.SCHEDULED,
        headline=headline.format(count=count, time=time),
        text=join(
            _who(schedule) if schedule else "",
            say("{note}", note=plan.note),
            say(_("What is saved until then goes along.")) if plan.due_at > facts.now else "",
            what_visitors_see(facts),
        ),
        buttons=[
            buttons.publish(facts.environment, _("Publish now instead")),
            *(_changing(schedule) if schedule and mine else []),
            buttons.view_site(facts.environment, tone="quiet"),
        ],
        favicon="waiting",
        announcement=f"{headline.format(count=count, time=time)}.",
        holds_for=_until(facts, plan),
        late=_late(facts, facts.late_plan) if facts.late_plan else None,
    )


def _who(schedule: Schedule) -> SafeString:
    found = plan_words.next_runs(schedule, schedule.changed_at, 1)
    there = plan_words.elsewhere(found[0]) if found else ""
    text = _("{name} scheduled it.") if not there else _("{name} scheduled it, by the clock in {city}.")
    return say(text, name=schedule.owner.name, city=plan_words.city_of(schedule.zone))


def _changing(schedule: Schedule) -> list[Button]:
    environment = schedule.environment
    address = [environment.site.slug, environment.slug]
    if schedule.is_weekly:
        return [
            Button(id="see-schedule", label=_("See the schedule"), url=reverse("schedule", args=address), posts=False)
        ]
    change = f"{reverse('change-schedule', args=[*address, schedule.pk])}?back=publish"
    return [
        Button(id="change-time", label=_("Change time"), url=change, posts=False, publishes=True),
        Button(
            id="cancel-schedule",
            label=_("Cancel schedule"),
            url=reverse("cancel-schedule", args=[*address, schedule.pk]),
            busy=_("Saving"),
            publishes=True,
        ),
    ]


def _automatic(facts: Facts, plan: Plan, count: int) -> Card:
    left = (plan.due_at - facts.now).total_seconds()
    if left <= 0:
        text = ngettext(
            "{count} change will publish by itself in a moment",
            "{count} changes will publish by themselves in a moment",
            count,
        )
    else:
        text = ngettext(
            "{count} change will publish by itself in {time}",
            "{count} changes will publish by themselves in {time}",
            count,
        )
    headline = text.format(count=count, time=clock.minutes_words(left))
    address = [facts.environment.site.slug, facts.environment.slug]
    return Card(
        state="scheduled",
        pill=pills.SCHEDULED,
        headline=headline,
        text=join(
            say(_("Each further edit puts it off a little.")) if left > 0 else "",
            say("{note}", note=plan.note),
            what_visitors_see(facts),
        ),
        buttons=[
            publish_button(facts, _("Publish now")),
            Button(
                id="not-now", label=_("Not now"), url=reverse("not-now", args=address), busy=_("Saving"), publishes=True
            ),
            buttons.view_site(facts.environment, tone="quiet"),
        ],
        favicon="waiting",
        announcement=f"{headline}.",
        holds_for=_until(facts, plan),
        late=_late(facts, facts.late_plan) if facts.late_plan else None,
    )


def _until(facts: Facts, plan: Plan) -> timedelta:
    left = plan.due_at - facts.now
    if left <= timedelta(0):
        return timedelta(seconds=5)
    if plan.kind == PlanKind.AUTOMATIC:
        left = min(left, timedelta(seconds=left.total_seconds() % 60 or 60))
    return max(SHORTEST, min(IDLE, left))


def _late(facts: Facts, plan: Plan) -> SafeString:
    return plan_words.late_words(plan, facts.late_count, facts.now)
