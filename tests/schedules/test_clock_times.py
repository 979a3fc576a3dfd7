"""Rules and the clocks: each day's time runs once, at the right moment, also in the nights when clocks are set anew."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploys.models import Schedule
from deploys.schedules.clock_times import Odd, clocks_change, moment_of, runs

BERLIN, NEW_YORK, LORD_HOWE = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe"))
ZONES = st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE])
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
# The days around the nights in which these zones set their clocks, and any other day.
NIGHTS = [
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 4, 5),
    date(2026, 10, 4),
]
DAYS = st.one_of(
    st.sampled_from([night + timedelta(days=off) for night in NIGHTS for off in (-1, 0, 1)]),
    st.dates(date(2000, 1, 1), date(2035, 12, 31)),
)


def weekly(zone: ZoneInfo, at: time, weekdays: int) -> Schedule:
    """A rule, not saved."""
    return Schedule(weekdays=weekdays, at=at, zone=zone.key)


def offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    """How far the zone's clocks are ahead of UTC then."""
    return moment.astimezone(zone).utcoffset() or timedelta()


@given(zone=ZONES, day=DAYS, at=TIMES)
def test_a_time_is_what_the_clock_shows_or_as_much_later_as_it_jumps(zone: ZoneInfo, day: date, at: time) -> None:
    """The local clock shows the wanted time; if no clock ever shows it, it shows it plus the jump."""
    run = moment_of(day, at, zone)
    shown = run.local.replace(tzinfo=None)
    if run.odd == Odd.SKIPPED:
        before, after = run.at - timedelta(hours=3), run.at + timedelta(hours=3)
        jump = (after.astimezone(zone).utcoffset() or timedelta()) - (
            before.astimezone(zone).utcoffset() or timedelta()
        )
        assert shown - run.wanted == jump > timedelta(0)
    else:
        assert shown == run.wanted


@given(zone=ZONES, day=DAYS, at=TIMES)
def test_a_time_that_comes_twice_runs_the_first_time(zone: ZoneInfo, day: date, at: time) -> None:
    """An earlier moment with the same clock time does not exist; a later one only if it comes twice."""
    run = moment_of(day, at, zone)
    minute = timedelta(minutes=1)
    again = [
        run.at + step * minute
        for step in range(-90, 91)
        if step and (run.at + step * minute).astimezone(zone).replace(tzinfo=None) == run.wanted
    ]
    assert all(moment > run.at for moment in again)
    assert bool(again) == (run.odd == Odd.TWICE)


@given(zone=ZONES, day=DAYS, at=TIMES, weekdays=st.integers(1, 127))
def test_a_weekly_rule_runs_once_on_each_of_its_days(zone: ZoneInfo, day: date, at: time, weekdays: int) -> None:
    """Four weeks have each chosen weekday four times, in order, never the same moment twice."""
    begin = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) - timedelta(seconds=1)
    chosen = weekly(zone, at, weekdays)
    found = list(islice(runs(chosen, begin), 4 * weekdays.bit_count()))
    assert [run.wanted.date() for run in found] == sorted({run.wanted.date() for run in found})
    assert all(first.at < second.at for first, second in pairwise(found))
    assert all(weekdays >> run.wanted.weekday() & 1 for run in found)
    assert found[-1].wanted.date() - found[0].wanted.date() < timedelta(days=28)


@given(zone=ZONES, day=DAYS, at=TIMES, weekdays=st.integers(1, 127), minutes=st.integers(0, 20_000))
def test_whoever_asks_later_misses_nothing(zone: ZoneInfo, day: date, at: time, weekdays: int, minutes: int) -> None:
    """The times after a moment are those of before without the ones that have passed."""
    begin = datetime.combine(day, time(), tzinfo=UTC)
    later = begin + timedelta(minutes=minutes)
    chosen = weekly(zone, at, weekdays)
    all_of_them = [run.at for run in islice(runs(chosen, begin), 40)]
    rest = [run.at for run in islice(runs(chosen, later), 40)]
    assert [moment for moment in all_of_them if moment > later] == rest[: sum(moment > later for moment in all_of_them)]


@pytest.mark.parametrize(
    ("zone", "day", "at", "odd", "utc"),
    [
        (BERLIN, date(2026, 3, 29), time(2, 30), Odd.SKIPPED, "2026-03-29T01:30"),
        (BERLIN, date(2026, 10, 25), time(2, 30), Odd.TWICE, "2026-10-25T00:30"),
        (NEW_YORK, date(2026, 3, 8), time(2, 15), Odd.SKIPPED, "2026-03-08T07:15"),
        (NEW_YORK, date(2026, 11, 1), time(1, 15), Odd.TWICE, "2026-11-01T05:15"),
        (LORD_HOWE, date(2026, 10, 4), time(2, 15), Odd.SKIPPED, "2026-10-03T15:45"),
        (LORD_HOWE, date(2026, 4, 5), time(1, 45), Odd.TWICE, "2026-04-04T14:45"),
        (BERLIN, date(2026, 3, 29), time(7), None, "2026-03-29T05:00"),
    ],
)
def test_the_known_nights(zone: ZoneInfo, day: date, at: time, odd: Odd | None, utc: str) -> None:
    """Worked out by hand from the zones' rules; Lord Howe's clocks move by half an hour."""
    run = moment_of(day, at, zone)
    assert (run.odd, f"{run.at:%Y-%m-%dT%H:%M}") == (odd, utc)


def test_a_change_of_the_clocks_between_two_runs_is_seen() -> None:
    """07:00 stays 07:00 in Berlin and is another hour elsewhere."""
    saturday, sunday = (moment_of(date(2026, 3, day), time(7), BERLIN) for day in (28, 29))
    assert clocks_change(saturday, sunday)
    assert (saturday.at.hour, sunday.at.hour) == (6, 5)


def test_a_single_time_runs_once() -> None:
    """And never after it has passed."""
    chosen = Schedule(day=date(2026, 5, 1), at=time(7), zone="Europe/Berlin")
    moment = datetime(2026, 5, 1, 5, tzinfo=UTC)
    assert [run.at for run in runs(chosen, moment - timedelta(minutes=1))] == [moment]
    assert list(runs(chosen, moment)) == []
