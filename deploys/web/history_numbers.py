"""The four numbers above the history, and the usual time of each step, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds.estimates import usual_seconds
from deploys.builds.statistics import PERIOD, Numbers, numbers
from deploys.models import Environment, Step
from deploys.web import clock, figures
from deploys.web.steps import NAMES

NOTHING = "–"
SATURDAY = 5


@dataclass(frozen=True, kw_only=True)
class Stat:
    """One number: its name, its value, and a line below it. `trend` is up or down where that line tells of a change."""

    name: str
    value: str
    note: str = ""
    trend: str = ""


@dataclass(frozen=True, kw_only=True)
class Usual:
    """A step and how long it usually takes."""

    name: str
    seconds: float


def stats(environment: Environment, until: datetime) -> list[Stat]:
    """The numbers of the 30 days until then. One query."""
    found = numbers(environment, until)
    return [_rate(found), _took(found), _published(environment, found, until), _waited(found)]


def steps(environment: Environment) -> list[Usual]:
    """The usual time per step of the last good builds, without steps that no job belongs to. Two queries."""
    known = usual_seconds(environment)
    return [Usual(name=str(NAMES[step]), seconds=known[step]) for step in Step if step in known]


def _rate(found: Numbers) -> Stat:
    name = _("Succeeded")
    if found.rate is None:
        return Stat(name=name, value=NOTHING, note=_("No build succeeded or failed"))
    value = _("{share} %").format(share=found.rate)
    if found.rate_before is None:
        return Stat(name=name, value=value, note=_("nothing to compare with before"))
    points = found.rate - found.rate_before
    if not points:
        return Stat(name=name, value=value, note=_("the same as in the 30 days before"))
    better = ngettext("{count} point better than before", "{count} points better than before", abs(points))
    worse = ngettext("{count} point worse than before", "{count} points worse than before", abs(points))
    note = (better if points > 0 else worse).format(count=abs(points))
    return Stat(name=name, value=value, note=note, trend="up" if points > 0 else "down")


def _took(found: Numbers) -> Stat:
    name = _("Usual time")
    if found.took is None or found.took_at_most is None:
        return Stat(name=name, value=NOTHING, note=_("No build was published"))
    note = _("9 out of 10 finish in {time}").format(time=_words(found.took_at_most))
    return Stat(name=name, value=_words(found.took), note=note)


def _published(environment: Environment, found: Numbers, until: datetime) -> Stat:
    name = _("Previews") if environment.is_for_previews else _("Publishes")
    days = (until - timedelta(days=each) for each in range(PERIOD.days))
    working = sum(day.weekday() < SATURDAY for day in days)
    each_day = round(found.published / working)
    note = ""
    if each_day:
        text = ngettext("about {count} each working day", "about {count} each working day", each_day)
        note = text.format(count=figures.grouped(each_day))
    return Stat(name=name, value=figures.grouped(found.published), note=note)


def _waited(found: Numbers) -> Stat:
    name = _("Usual wait in line")
    if found.waited is None or found.waited_longest is None:
        return Stat(name=name, value=NOTHING)
    note = _("longest {time}").format(time=_words(found.waited_longest))
    return Stat(name=name, value=_words(found.waited), note=note)


def _words(time: timedelta) -> str:
    return clock.duration(time.total_seconds())
