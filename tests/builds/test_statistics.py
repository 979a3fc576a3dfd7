"""The numbers of a period, and the last builds one by one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from deploys.builds.statistics import last, numbers
from deploys.lifecycle import State
from deploys.models import Environment
from tests.scenes import make_build, make_environment, make_release

pytestmark = pytest.mark.django_db


def ended(environment: Environment, state: State, *, days: float, took: int = 240, **facts: Any) -> None:
    """A build that was asked for so many days ago, waited 5 seconds, and took so many seconds in all."""
    asked = now() - timedelta(days=days)
    given = {"claimed_at": asked + timedelta(seconds=5), "finished_at": asked + timedelta(seconds=took)}
    make_build(environment=environment, state=state, requested_at=asked, **given | facts)


def test_stopped_builds_count_neither_way() -> None:
    """Published by published and failed: three of four; what was held back or replaced is left out too."""
    place = make_environment()
    for took in (100, 200, 600):
        ended(place, State.SUCCEEDED, days=3, took=took)
    ended(place, State.LOST, days=3)
    for state in (State.CANCELED, State.SUPERSEDED):
        ended(place, state, days=3)
    ended(place, State.FAILED, days=3, error_class="held_back")
    found = numbers(place, now())
    assert (found.published, found.failed, found.rate, found.rate_before) == (3, 1, 75, None)
    assert (found.took, found.took_at_most) == (timedelta(seconds=200), timedelta(seconds=520))
    assert (found.waited, found.waited_longest) == (timedelta(seconds=5), timedelta(seconds=5))


def test_the_period_before_is_counted_apart() -> None:
    """31 to 60 days ago; what is older, of another place or a bring-back counts nowhere."""
    place = make_environment()
    ended(place, State.SUCCEEDED, days=2)
    ended(place, State.SUCCEEDED, days=2, took=6, brings_back=place.builds.get())
    for state in (State.SUCCEEDED, State.FAILED):
        ended(place, state, days=40)
        ended(place, state, days=70)
        ended(make_environment(site=place.site, slug=f"other-{state}"), state, days=2)
    found = numbers(place, now())
    assert (found.rate, found.rate_before, found.published, found.took) == (100, 50, 1, timedelta(seconds=240))


def test_without_builds_there_is_nothing_to_say() -> None:
    """No division, no time."""
    found = numbers(make_environment(), now())
    assert (found.rate, found.took, found.waited_longest, found.published) == (None, None, None, 0)


def test_the_last_builds_come_oldest_first_and_the_live_one_is_known() -> None:
    """Copies, replaced ones and those under way are left out."""
    place = make_environment()
    ended(place, State.FAILED, days=9)
    ended(place, State.SUCCEEDED, days=8, took=300)
    ended(place, State.SUPERSEDED, days=7)
    first = place.builds.get(number=2)
    ended(place, State.SUCCEEDED, days=6, brings_back=first)
    make_build(environment=place, state=State.RUNNING)
    make_release(build=first)
    place.refresh_from_db()
    assert [(one.state, one.is_live) for one in last(place, 30)] == [("failed", False), ("succeeded", True)]
    assert [one.took for one in last(place, 1)] == [timedelta(seconds=300)]
