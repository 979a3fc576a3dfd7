"""The five steps of a build as people see them, out of its times and the jobs of its pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.lifecycle import State
from deploys.models import Build, Job, Step
from deploys.web import clock, pills

NAMES = {
    Step.IN_LINE: gettext_lazy("In line"),
    Step.COLLECTING: gettext_lazy("Collecting content"),
    Step.BUILDING: gettext_lazy("Building pages"),
    Step.CHECKING: gettext_lazy("Checking"),
    Step.GOING_LIVE: gettext_lazy("Going live"),
}
WORDS = {
    "done": gettext_lazy("Done"),
    "run": gettext_lazy("In progress"),
    "bad": gettext_lazy("Failed"),
    "held": gettext_lazy("Held back"),
    "stop": gettext_lazy("Stopped"),
    "todo": gettext_lazy("Not started"),
    "skip": gettext_lazy("Not reached"),
}
ICONS = {
    "done": "tick-circle",
    "run": "ring",
    "bad": "cross",
    "held": "pause-circle",
    "stop": "minus-circle",
    "todo": "dashes",
    "skip": "dashes",
}
COUNTS = {
    Step.IN_LINE: "",
    Step.COLLECTING: gettext_lazy("{done} of {total} entries"),
    Step.BUILDING: gettext_lazy("{done} of {total} pages"),
    Step.CHECKING: gettext_lazy("{done} of {total} pages"),
    Step.GOING_LIVE: gettext_lazy("{done} of {total} files"),
}
_OVER_WELL = {"success", "skipped", "manual"}
_BEGUN = {"running", "success", "failed", "canceled", "canceling"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One step: `state` is done, run, bad, held, stop, todo or skip; seconds are None when unknown.

    `done` of `total` is what the running job counts by itself, None when it does not count.
    """

    step: Step
    state: str
    seconds: float | None
    usual: float | None
    done: int | None = None
    total: int | None = None
    called: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.called or str(NAMES[self.step])

    @property
    def word(self) -> str:
        """The state in words, for those who do not see the icon."""
        return str(WORDS[self.state])

    @property
    def icon(self) -> str:
        """The icon's name."""
        return ICONS[self.state]

    @property
    def is_current(self) -> bool:
        """Where the build is, or where it ended."""
        return self.state in {"run", "bad", "held", "stop"}

    @property
    def share(self) -> float | None:
        """How much of the running step is done, 0 to 1; None when its job does not count."""
        return self.done / self.total if self.done is not None and self.total else None

    @property
    def count_words(self) -> str:
        """How far the running step is: 312 of 486 pages."""
        if self.share is None:
            return ""
        return str(COUNTS[self.step]).format(done=self.done, total=self.total)

    @property
    def time_words(self) -> str:
        """On the card: how long it took, or how far it is, or how long it usually takes while it has not."""
        if self.count_words:
            return self.count_words
        if self.state in {"done", "bad", "held", "stop"} and self.seconds is not None:
            return clock.duration(self.seconds)
        if self.usual is not None and self.state in {"run", "todo"}:
            return _("usually {time}").format(time=clock.duration(self.usual))
        return ""

    @property
    def time_and_usual(self) -> str:
        """On the build page: the time, or how far it is, with the usual time in brackets."""
        took = clock.duration(self.seconds) if self.seconds is not None and self.state != "run" else self.count_words
        usual = f"({clock.duration(self.usual)})" if self.usual is not None else ""
        return f"{took} {usual}".strip()


def rows_of(build: Build, jobs: Iterable[Job]) -> list[Row]:
    """The five steps in order, two for a copy. `jobs` are all jobs; of repeated ones only the last counts."""
    if build.is_copy:
        return _rows_of_copy(build)
    by_step: dict[str, dict[str, Job]] = {step: {} for step in Step}
    for job in sorted(jobs, key=lambda job: job.job_id):
        by_step[job.step][job.name] = job
    last_begun = _last_begun(build, by_step)
    rows: list[Row] = []
    stopped_at: Step | None = None
    for position, step in enumerate(Step):
        own = list(by_step[step].values())
        state = "skip" if stopped_at else _state(build, own, position, last_begun)
        if state in {"run", "bad", "held", "stop"}:
            stopped_at = step
        done, total = _counted(own) if state == "run" else (None, None)
        seconds, usual = _seconds(build, step, own), _usual(build, step)
        rows.append(Row(step=step, state=state, seconds=seconds, usual=usual, done=done, total=total))
    return [_not_started(row) if build.is_open else row for row in rows]


def of_preview(rows: list[Row]) -> list[Row]:
    """The same steps for a preview, which never goes live."""
    return [*rows[:-1], replace(rows[-1], called=_("Putting the preview up"))]


def _rows_of_copy(build: Build) -> list[Row]:
    """A copy of a kept version has two steps: nothing is collected, built or checked."""
    in_line = Row(
        step=Step.IN_LINE,
        state="done" if build.claimed_at else _standing(build),
        seconds=_between(build.requested_at, build.claimed_at or build.finished_at),
        usual=None,
    )
    if build.claimed_at is None:
        state, seconds = "todo" if build.is_open else "skip", None
    else:
        state, seconds = _standing(build), _between(build.claimed_at, build.finished_at)
    return [in_line, Row(step=Step.GOING_LIVE, state=state, seconds=seconds, usual=None)]


def _standing(build: Build) -> str:
    """How the step stands that the copy is at."""
    if build.is_open:
        return "run"
    return {State.SUCCEEDED: "done", State.FAILED: _failed(build), State.LOST: "bad"}.get(State(build.state), "stop")


def _counted(jobs: list[Job]) -> tuple[int | None, int | None]:
    """What the running job of the step last said of itself."""
    told = [job.progress for job in jobs if job.status == "running" and job.progress]
    return (told[-1].get("done"), told[-1].get("total")) if told else (None, None)


def _not_started(row: Row) -> Row:
    return row if row.state != "skip" else Row(step=row.step, state="todo", seconds=None, usual=row.usual)


def _last_begun(build: Build, by_step: dict[str, dict[str, Job]]) -> int:
    begun = [n for n, step in enumerate(Step) if any(job.status in _BEGUN for job in by_step[step].values())]
    return max(begun, default=1 if build.started_at else 0)


def _state(build: Build, jobs: list[Job], position: int, last_begun: int) -> str:
    if build.state == State.SUCCEEDED:
        return "done"
    if any(job.status == "failed" and not job.allow_failure for job in jobs):
        return "run" if build.is_open else _failed(build)
    has_jobs_under_way = any(job.status not in _OVER_WELL and not _is_forgiven(job) for job in jobs)
    if position < last_begun and not has_jobs_under_way:
        return "done"
    if jobs and not has_jobs_under_way and position <= last_begun:
        return "done"
    if build.is_open:
        return "run"
    return _failed(build) if build.state in {State.FAILED, State.LOST} else "stop"


def _failed(build: Build) -> str:
    return "held" if pills.is_held_back(build) else "bad"


def _is_forgiven(job: Job) -> bool:
    return job.status == "failed" and job.allow_failure


def _seconds(build: Build, step: Step, jobs: list[Job]) -> float | None:
    if step == Step.IN_LINE:
        return _between(build.requested_at, build.claimed_at or build.finished_at)
    starts = [job.started_at for job in jobs if job.started_at]
    ends = [job.finished_at for job in jobs if job.finished_at]
    return _between(min(starts), max(ends)) if starts and ends else None


def _between(start: datetime, end: datetime | None) -> float | None:
    return max(0.0, (end - start).total_seconds()) if end else None


def _usual(build: Build, step: Step) -> float | None:
    value = build.usual.get(step.value) if isinstance(build.usual, dict) else None
    return float(value) if isinstance(value, int | float) else None
