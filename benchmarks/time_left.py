"""How wrong the time left is that people read: real durations replayed, each build judged by the ten before it.

`durations.csv` holds builds of the demo's own pipeline (collect, build, check, publish; the jobs are real processes),
recorded on the machine that the README names by `python benchmarks/time_left.py --record 40 --pace 3`: one after the
other, on a machine that others used meanwhile, so that they do not take equally long. `--file` takes another such file.

Each build is looked at a hundred times, evenly over its course. What is shown is compared with the time that it really
took from there: |shown - true| / true. The median over a build's looks is the build's error, the median over the builds
is the figure. Beside it stand the error of the words on the card (whole minutes, rounded up), and that of two simpler
ways: the usual total less the time that has passed, and the usual steps that are ahead. Steps that count for
themselves (`buildhub:progress`) are not replayed: with them the estimate only gets better.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import _durations
from _durations import Course
from _report import Figure, median, report, share

from deploys.builds.estimates import FEWEST, SAMPLE, Past, Span, summary
from deploys.builds.time_left import WORK, percent, seconds_left
from deploys.lifecycle import State
from deploys.models import Build, Job

LOOKS = 100
MOST_PERCENT = 15
USUAL_SECONDS = 240
START = datetime(2026, 1, 1, tzinfo=UTC)

type Way = Callable[[Build, list[Job], datetime], float | None]


def main() -> int:
    """Replay and print; exit code 1 when the target is missed or a bar went back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=_durations.FILE)
    parser.add_argument("--record", type=int, default=0, help="run so many builds first and write the file anew")
    parser.add_argument("--pace", type=float, default=3, help="seconds that each stage takes longer while recording")
    asked = parser.parse_args()
    if asked.record:
        _durations.record(asked.record, pace=asked.pace, file=asked.file)
    courses = _durations.read(asked.file)
    errors = {name: _errors(courses, way) for name, way in WAYS.items()}
    stretched = _errors(_stretched(courses), _in_words)
    shown, backwards = errors["as shown"], sum(_steps_back(courses))
    figures = [
        Figure(name="error of the time left, median of the builds", value=median(shown), unit="%", most=MOST_PERCENT),
        Figure(name="the same, p90 of the builds", value=share(shown, 90), unit="%"),
        Figure(name="median, in words (about 3 minutes), as if they took 4", value=median(stretched), unit="%"),
        *(Figure(name=f"median, {name}", value=median(errors[name]), unit="%") for name in list(WAYS)[1:]),
        Figure(name="steps that the bar goes back", value=backwards, unit="", most=0),
    ]
    took = [course.finished for course in courses]
    how = f"{len(shown)} builds of {min(took):.0f} to {max(took):.0f} s, {LOOKS} looks at each, from {asked.file.name}."
    report("time left", how, figures)
    return 0 if all(figure.is_met for figure in figures) else 1


def _errors(courses: list[Course], way: Way) -> list[float]:
    """Per cent by which each build's time left is wrong, for those with enough builds before them."""
    return [median(list(_errors_of(build, course, way))) for build, course in _replayed(courses)]


def _errors_of(build: Build, course: Course, way: Way) -> Iterator[float]:
    for second in _looks(course):
        left, true = way(build, _jobs_at(course, second), _at(second)), course.finished - second
        if left is None:
            raise RuntimeError("Three past builds are enough for a number.")
        yield 100 * abs(left - true) / true


def _stretched(courses: list[Course]) -> list[Course]:
    """The same builds, so much longer that they usually take as long as real ones: whole minutes mean nothing below."""
    factor = USUAL_SECONDS / median([course.finished for course in courses])
    return [
        Course(
            steps={step: (began * factor, ended * factor) for step, (began, ended) in course.steps.items()},
            finished=course.finished * factor,
        )
        for course in courses
    ]


def _steps_back(courses: list[Course]) -> Iterator[int]:
    """How often the bar of each build shows less than before; the floor is kept as the worker keeps it."""
    for build, course in _replayed(courses):
        seen, known = 0, _jobs_at(course, 0)
        for second in _looks(course):
            before = percent(build, known, _at(second)) or 0
            build.percent_floor, known = max(build.percent_floor, before), _jobs_at(course, second)
            now = percent(build, known, _at(second)) or 0
            yield int(now < seen)
            seen = now


def _replayed(courses: list[Course]) -> Iterator[tuple[Build, Course]]:
    """Each build with what was known of the ones before it."""
    for position in range(FEWEST, len(courses)):
        before = courses[max(0, position - SAMPLE) : position]
        past = {n: Past(START, START, _at(course.finished)) for n, course in enumerate(before)}
        spans = [
            Span(n, step, _at(began), _at(ended))
            for n, course in enumerate(before)
            for step, (began, ended) in course.steps.items()
        ]
        usual = summary(past, spans)
        yield Build(state=State.RUNNING, requested_at=START, claimed_at=START, usual=usual), courses[position]


def _jobs_at(course: Course, second: float) -> list[Job]:
    """The jobs as they are known at this second of the build."""
    jobs = []
    for number, step in enumerate(WORK):
        began, ended = course.steps.get(step, (second + 1, second + 1))
        is_begun, is_over = began <= second, ended <= second
        status = "success" if is_over else "running" if is_begun else "created"
        job = Job(job_id=number, name=str(step), step=step, status=status)
        job.started_at, job.finished_at = _at(began) if is_begun else None, _at(ended) if is_over else None
        jobs.append(job)
    return jobs


def _looks(course: Course) -> list[float]:
    return [course.finished * (look + 0.5) / LOOKS for look in range(LOOKS)]


def _at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def _in_words(build: Build, jobs: list[Job], now: datetime) -> float | None:
    """The number in "about 3 minutes left"; a minute below a minute and a half, half of one when almost done."""
    left = seconds_left(build, jobs, now) or 0.0
    if left < 90:
        return 15.0 if left < 30 else 60.0
    return -(-left // 60) * 60


def _total_less_elapsed(build: Build, _jobs: list[Job], now: datetime) -> float:
    return max(0.0, float(build.usual["total"]) - (now - START).total_seconds())


def _steps_ahead(build: Build, jobs: list[Job], now: datetime) -> float:
    """The usual steps that have not begun, and the rest of those that run."""
    left = 0.0
    for job in jobs:
        usual = float(build.usual.get(job.step, 0))
        if job.started_at is None:
            left += usual
        elif job.finished_at is None:
            left += max(0.0, usual - (now - job.started_at).total_seconds())
    return left


WAYS: dict[str, Way] = {
    "as shown": seconds_left,
    "usual total less the time that has passed": _total_less_elapsed,
    "usual steps that are ahead": _steps_ahead,
}


if __name__ == "__main__":
    sys.exit(main())
