"""How long the last builds took, as bars: numbers for the attributes of an SVG, and a sentence that says the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import statistics
from deploys.builds.statistics import Ran
from deploys.lifecycle import State
from deploys.models import Environment
from deploys.web import clock

BARS = 30
FEWEST = 2  # one bar compares with nothing
TALL = 100.0  # units of the plot
SHORTEST = 1.0  # units: a build of no time is still seen
TOPS = (10, 20, 30, 60, 120, 180, 240, 360, 480, 600, 900, 1200, 1800, 2400, 3600, 7200)  # seconds
HOUR = 3600
MARKS = {"bad": "×", "stop": "–", "live": "✓", "ok": ""}


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One build: `kind` is ok, live, bad or stop; `y` and `height` in units of the plot, from its top; its mark."""

    kind: str
    y: str
    height: str

    @property
    def mark(self) -> str:
        """What tells the kind without colour."""
        return MARKS[self.kind]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """The bars, oldest first; the ends and the middle of both axes;
    and where the middle value lies, empty without it."""

    bars: list[Bar]
    sentence: str
    top: str
    middle: str
    days: list[str]
    median: str
    median_y: str

    @property
    def kinds(self) -> set[str]:
        """The kinds that occur, for the key."""
        return {bar.kind for bar in self.bars}


def chart_of(environment: Environment, moment: datetime) -> Chart | None:
    """Draw the last 30 builds; None below two. One query."""
    builds = statistics.last(environment, BARS)
    if len(builds) < FEWEST:
        return None
    seconds = [max(0.0, build.took.total_seconds()) for build in builds]
    kinds = [_kind(build) for build in builds]
    good = [took for took, kind in zip(seconds, kinds, strict=True) if kind in {"ok", "live"}]
    usual = median(good) if good else None
    top = _top(max(seconds))
    return Chart(
        bars=[_bar(took, kind, top) for took, kind in zip(seconds, kinds, strict=True)],
        sentence=_sentence(kinds, usual),
        top=clock.duration(top) if top % 60 else _round(top),
        middle=_round(top / 2),
        days=_days(builds, moment),
        median=clock.duration(usual) if usual is not None else "",
        median_y=_number(TALL - TALL * usual / top) if usual is not None else "",
    )


def _kind(build: Ran) -> str:
    """What was held back is hollow too: it is no failure, and nothing went live."""
    if build.state == State.CANCELED or (build.state == State.FAILED and build.error_class == "held_back"):
        return "stop"
    if build.state != State.SUCCEEDED:
        return "bad"
    return "live" if build.is_live else "ok"


def _bar(seconds: float, kind: str, top: float) -> Bar:
    height = max(SHORTEST, TALL * seconds / top)
    return Bar(kind=kind, y=_number(TALL - height), height=_number(height))


def _number(value: float) -> str:
    """For an attribute: a point in every language."""
    return f"{value:.1f}"


def _top(longest: float) -> float:
    """The end of the axis: the next round time."""
    fitting = next((top for top in TOPS if longest <= top), None)
    return float(fitting or math.ceil(longest / (2 * HOUR)) * 2 * HOUR)


def _round(seconds: float) -> str:
    """A round time, short: "30 s", "6 min", "2 h"."""
    if seconds < 60:
        return _("{seconds} s").format(seconds=round(seconds))
    if seconds < HOUR or seconds % HOUR:
        return _("{minutes} min").format(minutes=round(seconds / 60))
    return _("{hours} h").format(hours=round(seconds / HOUR))


def _days(builds: list[Ran], moment: datetime) -> list[str]:
    """The days of the first, the middle and the last bar."""
    today = localtime(moment).date()
    days = [localtime(builds[at].requested_at).date() for at in (0, len(builds) // 2, -1)]
    names = [
        _("Today") if day == today else date_format(day, "j M" if day.year == today.year else "j M Y") for day in days
    ]
    return names if len(set(days)) == len(days) else [names[0], names[-1]] if days[0] != days[-1] else [names[-1]]


def _sentence(kinds: list[str], usual: float | None) -> str:
    """The chart in words; the table below it has each build."""
    text = ngettext("How long the last {count} build took.", "How long the last {count} builds took.", len(kinds))
    words = [text.format(count=len(kinds))]
    if usual is not None:
        words.append(_("The middle value is {time}.").format(time=clock.duration(usual)))
    if bad := kinds.count("bad"):
        words.append(ngettext("{count} failed.", "{count} failed.", bad).format(count=bad))
    if stopped := kinds.count("stop"):
        words.append(ngettext("{count} was stopped.", "{count} were stopped.", stopped).format(count=stopped))
    words.append(_("The table below lists every build."))
    return " ".join(words)
