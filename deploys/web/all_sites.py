"""Home for several sites: one line for each environment, those that need somebody first."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.lifecycle import State
from deploys.models import Environment, Proof, User
from deploys.web import clock, progress, settled_cards
from deploys.web.card import CALM_POLL, QUICK_POLL, state_of
from deploys.web.card_model import IDLE_POLL, Card, join, say
from deploys.web.many import FactsOfOne, Many
from deploys.web.pills import Pill

FILTERED_FROM = 13  # places from which on a search is offered
MOST_SHOWN = 200
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
    WAITS: ("paused_line", "brought_back", "paused", "stopped", "changes_waiting"),
    RESTS: ("just_published", "first_run", "published_unchecked", "ready", "up_to_date"),
}
_RANK = {state: (list(_STATES).index(group), rank) for group in _STATES for rank, state in enumerate(_STATES[group])}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One environment. `text` is safe HTML, as it holds times; `percent` as on the card."""

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

    @property
    def id(self) -> str:
        """Stays the same over polls, so that focus stays."""
        return f"place-{self.environment.pk}"

    @property
    def name(self) -> str:
        """The site's name, with the environment's where it has several."""
        return f"{self.environment.site.name}, {self.place}" if self.place else self.environment.site.name


@dataclass(frozen=True, kw_only=True)
class Group:
    """Lines under one heading."""

    key: str
    title: str | Promise
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What to show: names that hold these words, and one group or all."""

    words: str = ""
    group: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The same as parameters of an address."""
        return {name: value for name, value in (("q", self.words), ("show", self.group)) if value}

    def address(self, group: str) -> str:
        """Where the same words are looked for in another group."""
        given = replace(self, group=group).given
        return f"?{urlencode(given)}" if given else reverse("home")

    def fits(self, line: Line) -> bool:
        """True for lines whose name or address holds every word."""
        text = f"{line.name} {line.environment.url}".casefold()
        return all(word in text for word in self.words.casefold().split())


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A link that shows one group, with how many stand in it."""

    title: str | Promise
    count: int
    url: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class Glance:
    """All that the page shows. `valid_until` is when words grow old by themselves."""

    groups: list[Group]
    counts: dict[str, int]
    wish: Wish
    left_out: int
    poll_seconds: int
    valid_until: datetime

    @property
    def total(self) -> int:
        """How many places the person may see."""
        return sum(self.counts.values())

    @property
    def is_filtered(self) -> bool:
        """True when there are so many that a search helps."""
        return self.total >= FILTERED_FROM

    @property
    def choices(self) -> list[Choice]:
        """All, and each group that holds something."""
        shown = {"": _("All"), **{key: GROUPS[key] for key in GROUPS if self.counts[key] or key == self.wish.group}}
        return [
            Choice(
                title=title,
                count=self.counts[key] if key else self.total,
                url=self.wish.address(key),
                is_chosen=key == self.wish.group,
            )
            for key, title in shown.items()
        ]

    @property
    def summary(self) -> str:
        """The counts as one sentence; what is nothing is left out."""
        texts = {
            NEEDS: ngettext("{count} needs somebody", "{count} need somebody", self.counts[NEEDS]),
            MOVES: ngettext("{count} is under way", "{count} are under way", self.counts[MOVES]),
            WAITS: ngettext("{count} is waiting", "{count} are waiting", self.counts[WAITS]),
        }
        parts = [text.format(count=self.counts[key]) for key, text in texts.items() if self.counts[key]]
        return " · ".join(parts) or _("Nothing to do")

    @property
    def favicon(self) -> str:
        """The gravest state of all."""
        marks = {NEEDS: "failed", MOVES: "building", WAITS: "waiting"}
        return next((mark for key, mark in marks.items() if self.counts[key]), "ok")


def glance(user: User, places: list[Environment], now: datetime, wish: Wish) -> Glance:
    """Look at all places (see `places_of`), and choose and order those to be shown."""
    sites = [place.site_id for place in places]
    drawn = [
        _drawn(facts, has_several=sites.count(facts.environment.site_id) > 1)
        for facts in Many(user, places, now).facts()
    ]
    ordered = sorted(drawn, key=lambda one: _RANK[one[0].state])  # stable: within a rank by site
    lines = [line for line, _card, _facts in ordered]
    wanted = [line for line in lines if wish.fits(line) and wish.group in {"", line.group}]
    shown = wanted[:MOST_SHOWN]
    groups = [
        Group(key=key, title=title, lines=[one for one in shown if one.group == key]) for key, title in GROUPS.items()
    ]
    return Glance(
        groups=[group for group in groups if group.lines],
        counts={key: sum(line.group == key for line in lines) for key in GROUPS},
        wish=wish,
        left_out=len(wanted) - len(shown),
        poll_seconds=min((_pace(facts) for _line, _card, facts in drawn), default=IDLE_POLL),
        valid_until=min((_valid_until(card, facts) for _line, card, facts in drawn), default=now),
    )


def _grouped(lines: list[Line]) -> list[Group]:
    found = {key: [line for line in lines if line.group == key] for key in GROUPS}
    return [Group(key=key, title=GROUPS[key], lines=held) for key, held in found.items() if held]


def _drawn(facts: FactsOfOne, *, has_several: bool) -> tuple[Line, Card, FactsOfOne]:
    card, environment = state_of(facts), facts.environment
    count = facts.waiting_count
    group = _group(card, facts)
    action, url = _action(card, facts, group)
    line = Line(
        environment=environment,
        place=environment.name if has_several else "",
        group=group,
        pill=card.pill,
        headline=card.headline,
        text=join(_time_left(card, facts), _visitors(card, facts), _still_waits(card, count)),
        percent=card.percent,
        bar_label=card.bar_label,
        action=action,
        action_url=url,
        state=card.state,
    )
    return line, card, facts


def _group(card: Card, facts: FactsOfOne) -> str:
    if facts.active and facts.active.state == State.WAITING and card.state == "building":
        return NEEDS  # a person has to let it go on
    group = list(_STATES)[_RANK[card.state][0]]
    return WAITS if group == RESTS and facts.waiting_count else group


def _time_left(card: Card, facts: FactsOfOne) -> str:
    """How long the build under way still takes, where the headline does not say it."""
    build = facts.active
    if build is None or card.state != "someone_else":
        return ""
    left = progress.seconds_left(build, facts.rows, facts.jobs, facts.now)
    words = clock.time_left(left) if left else ""
    return say("{words}.", words=words[:1].upper() + words[1:]) if words else ""


def _still_waits(card: Card, count: int | None) -> str:
    """How many changes wait, where the headline does not say it."""
    if not count or card.state == "changes_waiting":
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
