"""Quiet hours and the daily summary, on the reader's clock, through the nights in which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploys.models import Channel, ChannelKind, Reason, Topic, User
from deploys.notifications.timing import is_quiet, next_time, send_at, zone_of

LISBON = ZoneInfo("Europe/Lisbon")
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


def place(**facts: Any) -> Channel:
    """A place of a person, not saved."""
    given: dict[str, Any] = {"kind": ChannelKind.EMAIL, "user": User(username="mei")}
    return Channel(**given | facts)


def test_without_wishes_a_message_goes_at_once() -> None:
    """And joins nothing."""
    assert send_at(place(), Topic.FAILURES, NOON, LISBON) == (NOON, False)


def test_a_daily_summary_waits_for_its_time() -> None:
    """Today's if it is still to come, else tomorrow's."""
    assert send_at(place(digest_at=time(17, 0)), Topic.ALL, NOON, LISBON) == (NOON.replace(hour=17), True)
    assert send_at(place(digest_at=time(8, 0)), Topic.ALL, NOON, LISBON)[0] == datetime(2026, 11, 13, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "quiet"), [(21, False), (22, True), (23, True), (0, True), (6, True), (7, False), (12, False)]
)
def test_quiet_hours_go_past_midnight(hour: int, quiet: bool) -> None:
    """From ten at night until seven."""
    channel = place(quiet_from=time(22, 0), quiet_until=time(7, 0))
    assert is_quiet(channel, NOON.replace(hour=hour), LISBON) is quiet


def test_what_comes_in_quiet_hours_waits_for_their_end() -> None:
    """On the reader's clock: in New York it is still night."""
    channel = place(quiet_from=time(22, 0), quiet_until=time(8, 0))
    expected = datetime(2026, 11, 12, 8, 0, tzinfo=ZoneInfo("America/New_York"))
    assert send_at(channel, Topic.ALL, NOON, ZoneInfo("America/New_York")) == (expected, True)


@pytest.mark.parametrize("reason", [Reason.PRESSED, Reason.WISH, Reason.TEST])
def test_what_somebody_waits_for_is_never_held(reason: Reason) -> None:
    """They are awake: they pressed."""
    channel = place(quiet_from=time(0, 0), quiet_until=time(23, 59), digest_at=time(8, 0))
    assert send_at(channel, reason, NOON, LISBON) == (NOON, False)


def test_machines_get_each_event_at_once() -> None:
    """A webhook has no night."""
    channel = place(kind=ChannelKind.WEBHOOK, digest_at=time(8, 0))
    assert send_at(channel, Topic.ALL, NOON, LISBON) == (NOON, False)


def test_the_zone_is_the_persons_else_the_sites() -> None:
    """A name that nobody knows any more counts as none."""
    person = User(username="mei", time_zone="America/New_York")
    assert zone_of(place(user=person), "Europe/Lisbon").key == "America/New_York"
    assert zone_of(place(), "Europe/Lisbon").key == "Europe/Lisbon"
    assert zone_of(place(user=User(time_zone="Mars/Base")), "").key == "UTC"


def test_a_time_that_the_clocks_jump_over_comes_after_the_jump() -> None:
    """Berlin, 29 March 2026: after 01:59 it is 03:00."""
    before = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert next_time(time(2, 30), before, ZoneInfo("Europe/Berlin")) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_is_taken_when_it_comes_next() -> None:
    """Berlin, 25 October 2026: 02:30 is at 00:30 and at 01:30 UTC."""
    berlin = ZoneInfo("Europe/Berlin")
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert next_time(time(2, 30), first - timedelta(hours=1), berlin) == first
    assert next_time(time(2, 30), first + timedelta(minutes=1), berlin) == second


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
@given(
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    begin=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    end=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_nothing_waits_longer_than_a_day_and_a_bit_or_is_sent_in_the_night(
    zone: str, moment: datetime, begin: time, end: time
) -> None:
    """In every zone, on every night: after the wait it is not quiet, and clocks show the end of the quiet hours."""
    clock = ZoneInfo(zone)
    channel = place(quiet_from=begin, quiet_until=end)
    at, joins = send_at(channel, Topic.ALL, moment, clock)
    assert moment <= at <= moment + timedelta(hours=25)
    assert joins is is_quiet(channel, moment, clock)
    if joins:
        shown = at.astimezone(clock).time()
        jumped = at.astimezone(clock).utcoffset() != (at - timedelta(hours=2)).astimezone(clock).utcoffset()
        assert shown == end or jumped
