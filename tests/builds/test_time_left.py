"""The time left and the bar, by properties: whatever jobs do and whenever anybody looks, the bar never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.timezone import now
from hypothesis import given, settings
from hypothesis import strategies as st

from deploys.builds import time_left
from deploys.builds.estimates import Past, Span, summary, usual_seconds
from deploys.builds.steps import bar
from deploys.lifecycle import State
from deploys.models import Build, Job, Step
from tests import scenes

START = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
SECONDS = st.floats(min_value=0, max_value=600, allow_nan=False)


def at(second: float) -> datetime:
    """So many seconds after the build left the line."""
    return START + timedelta(seconds=second)


def usual(**spans: list[float]) -> dict[str, Any]:
    """What past builds took per step, one after the other."""
    past, rows = {}, []
    for number, took in enumerate(zip(*spans.values(), strict=True)):
        second = 0.0
        for step, seconds in zip(spans, took, strict=True):
            rows.append(Span(number, step, at(second), at(second + seconds)))
            second += seconds
        past[number] = Past(START, START, at(second))
    return summary(past, rows)


def build_with(usual: dict[str, Any]) -> Build:
    """A build whose turn came at START."""
    return Build(state=State.RUNNING, requested_at=START, claimed_at=START, usual=usual)


def job(step: Step, began: float | None, ended: float | None = None, **facts: Any) -> Job:
    """A job in memory."""
    status = "created" if began is None else "running" if ended is None else "success"
    moments = {"started_at": None if began is None else at(began), "finished_at": None if ended is None else at(ended)}
    return Job(**{"job_id": 1, "name": str(step), "step": step, "status": status} | moments | facts)


USUAL = usual(
    collecting=[10.0, 12.0, 11.0], building=[100.0, 140.0, 120.0], checking=[30.0, 32.0, 31.0], going_live=[20.0] * 3
)


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[float, list[Job]]]:
    """What GitLab tells over time: jobs begin, count, end, fail, begin anew or vanish, in any order."""
    moments = sorted(draw(st.lists(SECONDS, min_size=2, max_size=12)))
    told = []
    for moment in moments:
        jobs = []
        for number in range(draw(st.integers(0, 5))):
            began = draw(st.none() | st.floats(0, moment, allow_nan=False))
            ended = None if began is None else draw(st.none() | st.floats(began, moment, allow_nan=False))
            total = draw(st.integers(1, 500))
            progress = draw(
                st.just({}) | st.integers(0, total).map(lambda done, total=total: {"done": done, "total": total})
            )
            step = draw(st.sampled_from(time_left.WORK))
            jobs.append(job(step, began, ended, job_id=number, name=f"{step}-{number % 2}", progress=progress))
        told.append((moment, jobs))
    return told


@given(told=lives(), looks=st.lists(SECONDS, max_size=20))
@settings(max_examples=60, deadline=None)
def test_the_bar_never_goes_back(told: list[tuple[float, list[Job]]], looks: list[float]) -> None:
    """The worker keeps what was reached before it writes what it learned; everybody else only looks."""
    build, known, seen = build_with(USUAL), list[Job](), list[int]()
    news = [(moment, jobs) for moment, jobs in told]
    for moment, jobs in sorted([*news, *((look, None) for look in looks)], key=lambda one: one[0]):
        if jobs is not None:
            build.percent_floor = max(build.percent_floor, time_left.percent(build, known, at(moment)) or 0)
            known = jobs
        seen.append(time_left.percent(build, known, at(moment)) or 0)
    assert seen == sorted(seen)
    assert all(0 <= percent <= time_left.MOST_BEFORE_LIVE for percent in seen)


@given(moment=SECONDS, told=lives())
@settings(max_examples=60, deadline=None)
def test_the_time_left_is_never_negative_nor_endless(moment: float, told: list[tuple[float, list[Job]]]) -> None:
    """Whatever the jobs say, it stays within a few times the usual."""
    for _moment, jobs in told:
        left = time_left.seconds_left(build_with(USUAL), jobs, at(moment))
        assert left is not None
        assert 0 <= left < 10_000


@given(factor=st.floats(0.5, 2.0), share=st.floats(0.01, 0.99))
@settings(deadline=None)
def test_builds_like_those_before_are_told_right(factor: float, share: float) -> None:
    """When all take as long as this one, the time left is exact, however long that is."""
    spans = {"collecting": 10 * factor, "building": 120 * factor, "checking": 30 * factor, "going_live": 20 * factor}
    build = build_with(usual(**{step: [seconds] * 3 for step, seconds in spans.items()}))
    moment, begins, jobs = share * sum(spans.values()), 0.0, []
    for step, seconds in spans.items():
        if begins <= moment:
            jobs.append(job(Step(step), begins, begins + seconds if begins + seconds <= moment else None))
        begins += seconds
    left = time_left.seconds_left(build, jobs, at(moment))
    assert left == pytest.approx(sum(spans.values()) - moment, abs=0.5)


def test_without_three_past_builds_there_is_no_number() -> None:
    """Neither a bar nor a time."""
    build = build_with({})
    assert time_left.percent(build, [], at(5)) is None
    assert time_left.seconds_left(build, [], at(5)) is None


def test_a_step_that_takes_longer_is_measured_by_the_longer_ones() -> None:
    """At 110 seconds of building, only the builds that took 120 and 140 are like this one."""
    jobs = [job(Step.COLLECTING, 0, 11, job_id=1), job(Step.BUILDING, 11, job_id=2)]
    left = time_left.seconds_left(build_with(USUAL), jobs, at(11 + 110))
    assert left == pytest.approx((10 + 30) / 2 + 51, abs=2)


def test_past_all_that_was_ever_seen_only_the_rest_is_told() -> None:
    """In the last step that is nothing: "past it no number"."""
    jobs = [job(Step.GOING_LIVE, 160)]
    assert time_left.seconds_left(build_with(USUAL), jobs, at(300)) == 0


def test_a_slow_start_lengthens_the_rest() -> None:
    """Collecting took four times as long: so will not all, but some."""
    quick, slow = job(Step.COLLECTING, 0, 11), job(Step.COLLECTING, 0, 44)
    build = build_with(USUAL)
    left = [time_left.seconds_left(build, [one], one.finished_at or START) for one in (quick, slow)]
    assert left[0] == pytest.approx(171, abs=2)
    assert 171 * 1.1 < (left[1] or 0) < 171 * 2


def test_a_job_that_counts_is_believed_the_more_it_has_done() -> None:
    """Nine tenths after 20 seconds: two more seconds rather than a hundred."""
    counting = job(Step.BUILDING, 11, progress={"done": 90, "total": 100})
    left = time_left.seconds_left(build_with(USUAL), [counting], at(31))
    assert 51 <= (left or 0) <= 51 + 15


@pytest.mark.django_db
def test_only_the_last_ten_good_builds_count() -> None:
    """Failed ones and copies do not, nor does what was long ago; two are not enough."""
    place = scenes.make_environment()

    def past(seconds: int, state: State = State.SUCCEEDED, **facts: Any) -> Build:
        begun = now() - timedelta(hours=1)
        times = {"requested_at": begun, "claimed_at": begun, "finished_at": begun + timedelta(seconds=seconds)}
        return scenes.make_build(environment=place, state=state, **times | facts)

    first = past(9000)
    past(9000)
    assert usual_seconds(place) == {}
    past(9000)
    assert usual_seconds(place)["total"] == 9000
    for _ in range(10):
        past(100)
        past(5, State.FAILED)
    past(1, brings_back=first)
    assert usual_seconds(place)["total"] == 100


@pytest.mark.django_db
def test_the_worker_keeps_what_the_bar_has_reached() -> None:
    """The clock says more than the first count of the job: the bar stays, and a lower reach changes nothing."""
    begun = now() - timedelta(seconds=71)
    build = scenes.make_build(state=State.RUNNING, requested_at=begun, claimed_at=begun, usual=USUAL)
    running = Job(build=build, job_id=1, name="build", step=Step.BUILDING, status="running", started_at=begun)
    before = bar.reached(build, [running])
    running.progress = {"done": 1, "total": 100}
    assert (time_left.percent(build, [running], now()) or 0) < before
    bar.keep(build, before)
    bar.keep(build, before - 5)
    build.refresh_from_db()
    assert time_left.percent(build, [running], now()) == before
