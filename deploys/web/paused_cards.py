"""The card while publishing is paused, and what other cards say about the pause."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import freezes
from deploys.models import Build, Environment, Freeze
from deploys.web import buttons, clock, pills, settled_cards
from deploys.web.card_model import Card, join, say
from deploys.web.facts import Facts

STATES = frozenset({"paused", "paused_line"})
_MAY_PAUSE_FROM = {"ready", "changes_waiting", "up_to_date", "just_published", "published_unchecked", "stopped"}


def card(facts: Facts, freeze: Freeze) -> Card:
    """Nothing waits in line yet: a press now goes out when the pause is over."""
    return Card(
        state="paused",
        pill=pills.PAUSED,
        headline=headline(freeze, facts.now),
        text=join(who_and_why(freeze, facts.now), settled_cards.visitors_words(facts)),
        buttons=[
            buttons.publish(facts.environment, _publish_label(facts)),
            *_admin_buttons(facts),
        ],
        edge="warn",
        favicon="waiting",
        announcement=f"{headline(freeze, facts.now)}.",
    )


def in_line(facts: Facts, freeze: Freeze, build: Build) -> Card:
    """A publish waits for the end of the pause."""
    mine = build.pk in facts.asked_by_me
    time = clock.when(freeze.ends_at, facts.now)
    starts = say(_("Publishing is paused; it starts by itself {time}."), time=time)
    return Card(
        state="paused_line",
        pill=pills.PAUSED,
        headline=_("Your publish waits until the pause is over") if mine else _("A publish waits for the pause to end"),
        text=join(starts, who_and_why(freeze, facts.now), _asked(facts, build)),
        buttons=[
            *([buttons.stop(build, _("Leave the line"))] if facts.may_stop(build) else []),
            *([] if mine else [buttons.publish(facts.environment, _("Publish mine too"), tone="")]),
            *_admin_buttons(facts),
        ],
        edge="warn",
        build=build,
        favicon="waiting",
        announcement=_("Waiting until the pause is over."),
        can_notify=True,
    )


def _asked(facts: Facts, build: Build) -> str:
    """Whose publish it is, for everybody else."""
    if build.pk in facts.asked_by_me or build.requested_by is None:
        return ""
    time = clock.when(build.requested_at, facts.now)
    return say(_("{name} asked for it {time}."), name=build.requested_by.name, time=time)


def headline(freeze: Freeze, now: datetime) -> str:
    """That publishing is paused, and until when."""
    return _("Publishing is paused until {time}").format(time=clock.moment_words(freeze.ends_at, now))


def who_and_why(freeze: Freeze, now: datetime) -> str:
    """Who paused it, when, and the reason in their words."""
    sentence = _("{name} paused it {time}: “{reason}”.")
    reason = freeze.reason.rstrip(".")
    return say(sentence, name=freeze.begun_by.name, time=clock.when(freeze.begun_at, now), reason=reason)


def note(freeze: Freeze, now: datetime) -> str:
    """The same in short, beside something graver."""
    sentence = _("Publishing is paused until {time}; what is asked for now waits.")
    return say(sentence, time=clock.when(freeze.ends_at, now))


def button_of(facts: Facts, card: Card) -> buttons.Button | None:
    """The way to pause publishing, for admins while nothing is under way."""
    if facts.pause or card.state not in _MAY_PAUSE_FROM or not freezes.may_pause(facts.role):
        return None
    return _lead(facts.environment, _("Pause publishing"), tone="quiet")


def _publish_label(facts: Facts) -> str:
    count = facts.waiting_count
    if not count:
        return _("Publish after the pause")
    text = ngettext("Publish {count} change after the pause", "Publish {count} changes after the pause", count)
    return text.format(count=count)


def _admin_buttons(facts: Facts) -> list[buttons.Button]:
    if not freezes.may_pause(facts.role):
        return []
    return [_lead(facts.environment, _("See or end the pause"))]


def _lead(environment: Environment, label: str, *, tone: str = "") -> buttons.Button:
    url = reverse("pause", args=[environment.site.slug, environment.slug])
    return buttons.Button(id="pause-publishing", label=label, url=url, posts=False, tone=tone, icon="pause-circle")
