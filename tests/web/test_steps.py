"""The five steps, the progress and the time left, out of jobs in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from deploys.builds import time_left
from deploys.lifecycle import ENDED, State
from deploys.models import Build, Job, Step
from deploys.web import progress
from deploys.web.steps import rows_of

START = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
USUAL = {"total": 100, "in_line": 5, "collecting": 15, "building": 50, "checking": 20, "going_live": 10}


def build_at(state: State, **facts: Any) -> Build:
    """A build in memory."""
    given: dict[str, Any] = {"state": state, "requested_at": START, "usual": USUAL}
    if state != State.QUEUED:
        given["claimed_at"] = START + timedelta(seconds=5)
    if state in ENDED:
        given["finished_at"] = START + timedelta(seconds=90)
    return Build(**given | facts)


def job(step: Step, status: str, *, begun: int = 10, ended: int | None = None, **facts: Any) -> Job:
    """A job in memory; begun and ended in seconds after the request."""
    has_begun = status not in {"created", "pending", "manual", "skipped"}
    given: dict[str, Any] = {"job_id": begun, "name": f"{step}-{begun}", "step": step, "status": status}
    given["started_at"] = START + timedelta(seconds=begun) if has_begun else None
    given["finished_at"] = START + timedelta(seconds=ended) if ended else None
    return Job(**given | facts)


def states(build: Build, *jobs: Job) -> list[str]:
    """The states of the five steps."""
    return [row.state for row in rows_of(build, jobs)]


@pytest.mark.parametrize(
    ("state", "jobs", "expected"),
    [
        (State.QUEUED, [], ["run", "todo", "todo", "todo", "todo"]),
        (State.PENDING, [job(Step.BUILDING, "created")], ["run", "todo", "todo", "todo", "todo"]),
        (State.RUNNING, [job(Step.COLLECTING, "running")], ["done", "run", "todo", "todo", "todo"]),
        (
            State.RUNNING,
            [job(Step.BUILDING, "running"), job(Step.GOING_LIVE, "created")],
            ["done", "done", "run", "todo", "todo"],
        ),
        (
            State.RUNNING,
            [job(Step.BUILDING, "success", ended=20), job(Step.GOING_LIVE, "created")],
            ["done", "done", "done", "run", "todo"],
        ),
        (
            State.RUNNING,
            [job(Step.BUILDING, "success", ended=20), job(Step.GOING_LIVE, "running", begun=30)],
            ["done", "done", "done", "done", "run"],
        ),
        (
            State.FAILED,
            [job(Step.COLLECTING, "success"), job(Step.BUILDING, "failed"), job(Step.CHECKING, "skipped")],
            ["done", "done", "bad", "skip", "skip"],
        ),
        (State.FAILED, [], ["bad", "skip", "skip", "skip", "skip"]),
        (
            State.CANCELED,
            [job(Step.BUILDING, "canceled"), job(Step.GOING_LIVE, "canceled", begun=0, started_at=None)],
            ["done", "done", "stop", "skip", "skip"],
        ),
        (State.CANCELED, [], ["stop", "skip", "skip", "skip", "skip"]),
        (State.SUCCEEDED, [], ["done"] * 5),
        (
            State.RUNNING,
            [job(Step.CHECKING, "failed", allow_failure=True), job(Step.GOING_LIVE, "running", begun=20)],
            ["done", "done", "done", "done", "run"],
        ),
    ],
)
def test_steps_follow_the_jobs(state: State, jobs: list[Job], expected: list[str]) -> None:
    """Steps without jobs are done when a later one began; what failed, stopped or was not reached is told apart."""
    assert states(build_at(state), *jobs) == expected


@pytest.mark.parametrize(
    ("state", "facts", "expected"),
    [
        (State.QUEUED, {}, ["run", "todo"]),
        (State.STARTING, {}, ["done", "run"]),
        (State.SUCCEEDED, {}, ["done", "done"]),
        (State.FAILED, {}, ["done", "bad"]),
        (State.CANCELED, {"claimed_at": None}, ["stop", "skip"]),
    ],
)
def test_a_copy_has_two_steps(state: State, facts: dict[str, Any], expected: list[str]) -> None:
    """Nothing is collected, built or checked when a kept version is put in place."""
    rows = rows_of(build_at(state, brings_back_id=1, **facts), [])
    assert [row.step for row in rows] == [Step.IN_LINE, Step.GOING_LIVE]
    assert [row.state for row in rows] == expected


def test_a_repeated_job_counts_as_its_last_try() -> None:
    """GitLab keeps the failed try in the list."""
    tries = [job(Step.BUILDING, "failed", name="build"), job(Step.BUILDING, "running", begun=40, name="build")]
    assert states(build_at(State.RUNNING), *tries)[2] == "run"


def test_an_open_build_has_one_current_step() -> None:
    """For `aria-current`, whatever the jobs say."""
    for jobs in ([], [job(Step.BUILDING, "failed")], [job(Step.GOING_LIVE, "success")]):
        rows = rows_of(build_at(State.RUNNING), jobs)
        assert sum(row.is_current for row in rows) <= 1


def test_the_bar_never_goes_back_and_stops_before_the_end() -> None:
    """Over a whole build, second by second, it only grows, and stays below what is only reached when live."""
    seen = []
    build = build_at(State.RUNNING)
    for second in range(10, 400):
        moment = START + timedelta(seconds=second)
        jobs = [job(Step.COLLECTING, "running")]
        if second > 20:
            jobs = [job(Step.COLLECTING, "success", ended=20), job(Step.BUILDING, "running", begun=20)]
        if second > 200:
            jobs = [job(Step.BUILDING, "success", begun=20), job(Step.CHECKING, "running", begun=200)]
        if second > 210:
            jobs = [job(Step.CHECKING, "success", begun=200), job(Step.GOING_LIVE, "running", begun=210)]
        seen.append(time_left.percent(build, jobs, moment) or 0)
    assert all(before <= after for before, after in pairwise(seen))
    assert seen[0] < seen[1] < seen[-1] == 95


def test_without_past_builds_there_is_no_number() -> None:
    """No percentage, no time left, no "longer than usual"."""
    build = build_at(State.RUNNING, usual={})
    assert time_left.percent(build, [], START) is None
    assert time_left.seconds_left(build, [], START) is None
    assert progress.slow_from(build) is None


def test_time_left_counts_down_through_the_steps() -> None:
    """The usual time of what is ahead and of the rest of the step under way."""
    build = build_at(State.RUNNING)
    jobs = [job(Step.BUILDING, "running", begun=20)]
    assert time_left.seconds_left(build, jobs, START + timedelta(seconds=40)) == 20 + 10 + 30
    assert time_left.seconds_left(build, jobs, START + timedelta(seconds=400)) == 20 + 10


@pytest.mark.parametrize(("total", "slow_after"), [(60, 120), (240, 360)])
def test_slow_is_half_more_but_at_least_a_minute(total: int, slow_after: int) -> None:
    """Counted from when the build left the line."""
    build = build_at(State.RUNNING, usual={"total": total})
    assert progress.slow_from(build) == START + timedelta(seconds=5 + slow_after)


def test_a_job_that_counts_says_how_far_it_is() -> None:
    """312 of 486 pages stands in the running row, and the bar follows the count, not the clock."""
    build = build_at(State.RUNNING)
    counting = job(Step.BUILDING, "running", begun=20, progress={"done": 243, "total": 486})
    jobs = [job(Step.COLLECTING, "success", begun=5, ended=20), counting]
    rows = rows_of(build, jobs)
    assert [row.time_words for row in rows][2] == "243 of 486 pages"
    assert [row.time_and_usual for row in rows][2] == "243 of 486 pages (50 s)"
    at_once = START + timedelta(seconds=20)
    assert time_left.percent(build, jobs, at_once) == 42
    assert time_left.seconds_left(build, jobs, at_once) == 55


def test_a_count_is_no_longer_said_when_the_step_is_over() -> None:
    """Then the time that it took says more."""
    done = job(Step.BUILDING, "success", begun=20, ended=70, progress={"done": 486, "total": 486})
    assert rows_of(build_at(State.RUNNING), [done])[2].time_words == "50 s"


def test_what_was_held_back_did_not_fail() -> None:
    """The step where a publish was held back has a word and an icon of its own."""
    build = build_at(State.FAILED, error_class="held_back")
    rows = rows_of(build, [job(Step.BUILDING, "success", ended=20), job(Step.GOING_LIVE, "failed", begun=30, ended=40)])
    assert [(row.state, row.word) for row in rows][-1] == ("held", "Held back")
    assert rows[-1].icon == "pause-circle"
