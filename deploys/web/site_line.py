"""One environment among many, as a line: state, what visitors see, what waits, what runs, and where to go."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.builds import time_left
from deploys.lifecycle import State
from deploys.models import Environment, Proof
from deploys.web import clock, settled_cards
from deploys.web.card import CALM_POLL, QUICK_POLL, state_of
from deploys.web.card_model import IDLE_POLL, Card, join, say
from deploys.web.many import FactsOfOne
from deploys.web.pills import Pill

NEEDS, MOVES, WAITS, RESTS = "needs", "moves", "waits", "rests"
GROUPS: dict[str, str | Promise] = {
    NEEDS: gettext_lazy("Needs somebody"),
    MOVES: gettext_lazy("Under way"),
    WAITS: gettext_lazy("Waiting"),
    RESTS: gettext_lazy("Nothing to do"),
}
# The graver first, as on the card of two things at once.
_STATES = {
    NEEDS: ("not_configured", "service_down", "unknown", "stuck", "failed", "held_back", "unproved"),
    MOVES: (
        *("going_live", "bringing_back", "confirming", "stopping", "slow", "building", "someone_else"),
        *("queued", "grace"),
    ),
    WAITS: ("paused_line", "brought_back", "paused", "stopped", "scheduled", "changes_waiting"),
    RESTS: ("just_published", "first_run", "published_unchecked", "ready", "up_to_date"),
}
_RANK = {state: (list(_STATES).index(group), rank) for group in _STATES for rank, state in enumerate(_STATES[group])}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One environment. `text` is safe HTML, as it holds times; `percent` as on the card.

    `poll_seconds` and `valid_until` are when to ask again, and until when the words are true.
    """

    environment: Environment
    place: str
    group: str
    pill: Pill
    headline: str
    text: str
    percent: int | None
    bar_label: str
    action: str
    action_url: str
    state: str
    poll_seconds: int
    valid_until: datetime

    @property
    def rank(self) -> tuple[int, int]:
        """The graver, the less."""
        return list(GROUPS).index(self.group), _RANK[self.state][1]

    @property
    def id(self) -> str:
        """Stays the same over polls, so that focus stays."""
        return f"place-{self.environment.pk}"

    @property
    def name(self) -> str:
        """The site's name, with the environment's where it has several."""
        return f"{self.environment.site.name}, {self.place}" if self.place else self.environment.site.name


def line_of(facts: FactsOfOne, *, has_several: bool) -> Line:
    """Draw the line of one place; `has_several`: its site has others, so that it is named."""
    card, environment = state_of(facts), facts.environment
    count = facts.waiting_count
    group = _group(card, facts)
    action, url = _action(card, facts, group)
    return Line(
        environment=environment,
        place=environment.name if has_several else "",
        group=group,
        pill=card.pill,
        headline=card.headline,
        text=join(card.late or "", _time_left(card, facts), _visitors(card, facts), _still_waits(card, count)),
        percent=card.percent,
        bar_label=card.bar_label,
        action=action,
        action_url=url,
        state=card.state,
        poll_seconds=_pace(facts),
        valid_until=_valid_until(card, facts),
    )


def _group(card: Card, facts: FactsOfOne) -> str:
    if facts.active and facts.active.state == State.WAITING and card.state == "building":
        return NEEDS  # a person has to let it go on
    if card.late and not facts.build:
        return NEEDS
    group = list(_STATES)[_RANK[card.state][0]]
    return WAITS if group == RESTS and facts.waiting_count else group


def _time_left(card: Card, facts: FactsOfOne) -> str:
    """How long the build under way still takes, where the headline does not say it."""
    build = facts.active
    if build is None or card.state != "someone_else":
        return ""
    left = time_left.seconds_left(build, facts.jobs, facts.now)
    words = clock.time_left(left) if left else ""
    return say("{words}.", words=words[:1].upper() + words[1:]) if words else ""


def _still_waits(card: Card, count: int | None) -> str:
    """How many changes wait, where the headline does not say it."""
    if not count or card.state in {"changes_waiting", "scheduled"}:
        return ""
    return ngettext("{count} change waits.", "{count} changes wait.", count).format(count=count)


def _visitors(card: Card, facts: FactsOfOne) -> str:
    """What visitors see and since when; empty where the headline says it."""
    if card.state in {"ready", "first_run", "published_unchecked"}:
        return ""
    if _is_in_doubt(card, facts):
        return say(_("Visitors may see either version."))
    release = facts.release
    if release is None:
        return say(_("Nothing has been published yet."))
    time = clock.when(settled_cards.since(release), facts.now)
    if not release.is_proved:
        return say(_("The last build finished {time}."), time=time)
    return say(_("Visitors see the version from {time}."), time=time)


def _is_in_doubt(card: Card, facts: FactsOfOne) -> bool:
    if card.state == "unproved" or (card.state == "stuck" and facts.is_going_live):
        return True
    return card.state in {"failed", "stopped"} and card.build is not None and facts.touched_the_site(card.build)


def _action(card: Card, facts: FactsOfOne, group: str) -> tuple[str, str]:
    """The one link of a line: where somebody goes next."""
    page, count = facts.environment.get_absolute_url(), facts.waiting_count
    if card.state in {"failed", "held_back"}:
        return card.buttons[0].label, card.buttons[0].url
    if card.state == "service_down":
        slugs = [facts.environment.site.slug, facts.environment.slug]
        return _("Check the service status"), reverse("service", args=slugs)
    if group == NEEDS:
        return _("See what to do"), page
    if group == MOVES:
        return _("See how it goes"), page
    if count and facts.may_publish:
        return ngettext("Publish {count} change", "Publish {count} changes", count).format(count=count), page
    if count:
        return ngettext("Review {count} change", "Review {count} changes", count).format(count=count), f"{page}changes/"
    return (
        (_("Open"), page)
        if group == WAITS or card.state == "first_run"
        else (_("View the site"), facts.environment.url)
    )


def _pace(facts: FactsOfOne) -> int:
    """Seconds until the next question: quick while a build is young or its proof is looked for."""
    if facts.build:
        is_young = facts.now - facts.build.requested_at < timedelta(minutes=2)
        return QUICK_POLL if is_young else CALM_POLL
    last = getattr(facts.last_succeeded, "release", None)
    return CALM_POLL if last and last.proof == Proof.PENDING else IDLE_POLL


def _valid_until(card: Card, facts: FactsOfOne) -> datetime:
    total = facts.waiting_total
    moments = [facts.now + card.holds_for]
    moments += [facts.pause.ends_at] if facts.pause else []
    moments += [total.due_at] if total and total.due_at else []
    soonest = min(moments)
    return facts.now + timedelta(seconds=math.ceil((soonest - facts.now).total_seconds()))
