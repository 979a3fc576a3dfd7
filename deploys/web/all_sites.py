"""Home for several sites: one line for each environment, those that need somebody first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.models import Environment, User
from deploys.web.card_model import IDLE_POLL
from deploys.web.many import Many
from deploys.web.site_line import GROUPS, MOVES, NEEDS, WAITS, Line, line_of

FILTERED_FROM = 13  # places from which on a search is offered
MOST_SHOWN = 200


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
    several = {site for site in sites if sites.count(site) > 1}
    facts = Many(user, places, now).facts()
    lines = [line_of(one, has_several=one.environment.site_id in several) for one in facts]
    wanted = [line for line in lines if wish.fits(line) and wish.group in {"", line.group}]
    shown = sorted(wanted, key=lambda line: line.rank)[:MOST_SHOWN]  # stable: within a rank by site
    return Glance(
        groups=_grouped(shown),
        counts={key: sum(line.group == key for line in lines) for key in GROUPS},
        wish=wish,
        left_out=len(wanted) - len(shown),
        poll_seconds=min((line.poll_seconds for line in lines), default=IDLE_POLL),
        valid_until=min((line.valid_until for line in lines), default=now),
    )


def _grouped(lines: list[Line]) -> list[Group]:
    found = {key: [line for line in lines if line.group == key] for key in GROUPS}
    return [Group(key=key, title=GROUPS[key], lines=held) for key, held in found.items() if held]
