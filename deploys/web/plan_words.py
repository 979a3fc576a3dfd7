"""Words about what is planned: rules, times, what the clocks do to them, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfoNotFoundError

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.models import Plan, PlanKind, PlanState, Schedule
from deploys.schedules.clock_times import Odd, Run, clocks_change, runs
from deploys.web import clock, pills
from deploys.web.card_model import join, say
from deploys.web.pills import Pill

NOT_LIVE = Pill(word=gettext_lazy("Not live"), icon="warning", tone="bad")
LATE = Pill(word=gettext_lazy("Late"), icon="clock", tone="warn")
NOTHING = Pill(word=gettext_lazy("No changes"), icon="minus-circle", tone="idle")

WEEKDAYS: tuple[str | Promise, ...] = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
WORKDAYS = 0b0011111


def city_of(zone: str) -> str:
    """The part of a zone's name that people know: Lisbon."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def rule_words(schedule: Schedule) -> str:
    """The rule as a sentence without its end: "Every Monday and Thursday at 07:00, Lisbon time"."""
    at, city = time_format(schedule.at, clock.TIME), city_of(schedule.zone)
    if schedule.day is not None:
        day = date_format(schedule.day, clock.DAY_AND_YEAR)
        text = _("Once, on {weekday} {day} at {time}, {city} time")
        return text.format(weekday=WEEKDAYS[schedule.day.weekday()], day=day, time=at, city=city)
    return _("Every {days} at {time}, {city} time").format(days=days_words(schedule.weekdays), time=at, city=city)


def days_words(weekdays: int) -> str:
    """The weekdays in words."""
    if weekdays == (1 << 7) - 1:
        return _("day")
    if weekdays == WORKDAYS:
        return _("weekday")
    names = [str(name) for day, name in enumerate(WEEKDAYS) if weekdays >> day & 1]
    if len(names) < 2:
        return "".join(names)
    return _("{days} and {last}").format(days=", ".join(names[:-1]), last=names[-1])


def next_runs(schedule: Schedule, after: datetime, count: int = 3) -> list[Run]:
    """The next times; none when the zone is not known any more, or it is paused."""
    if schedule.paused_at:
        return []
    try:
        return list(islice(runs(schedule, after), count))
    except ZoneInfoNotFoundError:
        return []


def run_words(run: Run) -> SafeString:
    """One time in the rule's own zone: "Monday 30 November 07:00"."""
    local = run.local
    text = _("{weekday} {day} {time}").format(
        weekday=WEEKDAYS[local.weekday()], day=date_format(local, clock.DAY), time=date_format(local, clock.TIME)
    )
    return clock.time_element(run.at, text)


def clock_notes(found: list[Run]) -> list[str]:
    """What a change of the clocks does to these times, a sentence each."""
    notes = [words for run in found if (words := odd_words(run))]
    for first, second in pairwise(found):
        if clocks_change(first, second) and not (first.odd or second.odd):
            text = _("The clocks in {city} change before {day}; it stays {time} there.")
            notes.append(
                text.format(
                    city=city_of(second.zone.key),
                    day=date_format(second.local, clock.DAY),
                    time=date_format(second.local, clock.TIME),
                )
            )
    return notes


def odd_words(run: Run) -> str:
    """Why a time is not what the rule says, or which of two it is; empty on ordinary days."""
    if run.odd is None:
        return ""
    given = {
        "city": city_of(run.zone.key),
        "day": date_format(run.wanted, clock.DAY),
        "wanted": date_format(run.wanted, clock.TIME),
        "time": date_format(run.local, clock.TIME),
    }
    if run.odd == Odd.SKIPPED:
        text = _("On {day} the clocks in {city} jump over {wanted}, so it runs at {time} that day.")
    else:
        text = _("On {day} the clocks in {city} are set back and {wanted} comes twice; it runs the first time.")
    return text.format(**given)


def elsewhere(run: Run) -> str:
    """The same moment on the reader's clock, when that shows another time; else empty."""
    mine = timezone.localtime(run.at)
    if mine.utcoffset() == run.local.utcoffset():
        return ""
    return _("{time} for you").format(time=date_format(mine, clock.TIME))


def subject(plan: Plan) -> str:
    """What it is about."""
    if plan.kind == PlanKind.CONTENT:
        text = _("“{title}” leaves the site") if plan.leaves else _("“{title}” goes live")
        return text.format(title=plan.title)
    if plan.kind == PlanKind.AUTOMATIC:
        return _("Publish by itself after edits")
    count = len(plan.foreseen)
    if count:
        return ngettext("Publish {count} change", "Publish {count} changes", count).format(count=count)
    return _("Publish what waits")


def pill_of(plan: Plan, now: datetime) -> Pill:
    """The mark of a plan in the list of what became of it."""
    if plan.state == PlanState.KEPT:
        return pills.LIVE
    if plan.state == PlanState.ASKED:
        return pills.PUBLISHING
    if plan.state == PlanState.IDLE:
        return NOTHING
    if plan.state == PlanState.MISSED:
        return NOT_LIVE
    return LATE if now - plan.due_at > timedelta(minutes=1) else pills.WAITING


def outcome(plan: Plan, now: datetime) -> SafeString:
    """The plan and the fact: "Planned today 09:00, live today 09:06"."""
    planned = clock.time_element(plan.due_at, clock.moment_words(plan.due_at, now))
    if plan.state == PlanState.KEPT and plan.live_at:
        same_day = timezone.localtime(plan.live_at).date() == timezone.localtime(plan.due_at).date()
        words = date_format(timezone.localtime(plan.live_at), clock.TIME)
        live = clock.time_element(plan.live_at, words) if same_day else clock.when(plan.live_at, now)
        if plan.leaves:
            return say(_("Planned {planned}, gone {live}"), planned=planned, live=live)
        return say(_("Planned {planned}, live {live}"), planned=planned, live=live)
    return say(_("Planned {planned}"), planned=planned)


def late_words(plan: Plan, count: int, now: datetime) -> SafeString:
    """For the card: what should be live and is not, and why."""
    time = clock.when(plan.due_at, now)
    if plan.kind == PlanKind.CONTENT:
        text = (
            _("“{title}” should have left the site {time}, and has not.")
            if plan.leaves
            else _("“{title}” should be live since {time}, and is not.")
        )
        words = say(text, title=plan.title, time=time)
    else:
        words = say(_("The publish that was planned for {time} did not go live."), time=time)
    more = count - 1
    also = ngettext("{count} more is late.", "{count} more are late.", more)
    return join(words, say("{note}", note=plan.note), say(also, count=more) if more else "")
