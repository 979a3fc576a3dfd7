"""How far a build is and how long it still takes, out of what the last good builds took: never invented."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from deploys.models import Build, Job, Step

MOST_BEFORE_LIVE = 95  # per cent: the rest comes with the proof
OVER = frozenset({"success", "failed", "canceled", "skipped", "manual"})
WORK = tuple(step for step in Step if step != Step.IN_LINE)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one step stands: when its first job began, when its last ended, how much it counts of itself by now."""

    step: Step
    began: datetime | None
    ended: datetime | None
    share: float | None


def standing_of(jobs: Iterable[Job]) -> list[Standing]:
    """The steps with jobs that began, in order; of repeated jobs only the last counts."""
    by_step: dict[str, dict[str, Job]] = {step: {} for step in Step}
    for job in sorted(jobs, key=lambda job: job.job_id):
        by_step[job.step][job.name] = job
    found = (_standing(step, list(by_step[step].values())) for step in WORK)
    return [standing for standing in found if standing.began]


def _standing(step: Step, jobs: list[Job]) -> Standing:
    begun = [job.started_at for job in jobs if job.started_at]
    over = [job.finished_at for job in jobs if job.finished_at]
    is_over = bool(jobs) and all(job.status in OVER for job in jobs)
    told = [job.progress for job in jobs if job.status == "running" and job.progress]
    share = told[-1]["done"] / told[-1]["total"] if told and told[-1].get("total") else None
    return Standing(
        step=step, began=min(begun, default=None), ended=max(over) if is_over and over else None, share=share
    )


def total_of(usual: object) -> float | None:
    """Seconds that builds usually take from their turn to the end; None without enough of them."""
    total = usual.get("total") if isinstance(usual, dict) else None
    return float(total) if isinstance(total, int | float) and total > 0 else None


def seconds_left(build: Build, jobs: Iterable[Job], now: datetime) -> float | None:
    """Seconds until it is usually over, 0 when it should be by now; None when the usual time is not known.

    Counted from the last thing that happened: a step that began or ended tells more than the start of the build.
    """
    total = total_of(build.usual)
    if total is None:
        return None
    begun = standing_of(jobs)
    if not begun:
        waited = _since(build.claimed_at or build.requested_at, now)
        return max(total - waited, _rest_of(build.usual, 0) if waited < total else 0.0)
    last = begun[-1]
    position = WORK.index(last.step)
    after = _after(build.usual, position) * _pace(build.usual, begun)
    if last.ended:
        waited = _since(last.ended, now)
        return max(after - waited, _rest_of(build.usual, position + 1) if waited < after else 0.0)
    elapsed = _since(last.began or now, now)
    return _left_of_step(build.usual, last, elapsed, _pace(build.usual, begun)) + after


def percent(build: Build, jobs: Iterable[Job], now: datetime) -> int | None:
    """Per cent of the usual work that is done, 0 to 95; None when the usual time is not known.

    Finished steps count with their usual time. What the bar has reached before (`percent_floor`) it keeps.
    """
    total = total_of(build.usual)
    if total is None:
        return None
    weights = [_usual(build.usual, step) for step in WORK]
    begun = standing_of(jobs)
    if not sum(weights):
        share = _since(build.claimed_at or build.requested_at, now) / total
    else:
        share = _done(build, begun, weights, now) / sum(weights)
    return max(build.percent_floor, min(MOST_BEFORE_LIVE, int(100 * share)))


def _done(build: Build, begun: list[Standing], weights: list[float], now: datetime) -> float:
    """The usual seconds of all that is done."""
    if not begun:
        return min(weights[0], _since(build.claimed_at or build.requested_at, now))
    last = begun[-1]
    position = WORK.index(last.step)
    weight = weights[position]
    if last.ended:
        part = weight
    elif last.share is not None:
        part = weight * last.share
    else:
        part = min(weight, _since(last.began or now, now))
    return sum(weights[:position]) + part


def _left_of_step(usual: Any, standing: Standing, elapsed: float, pace: float) -> float:
    """Seconds that the running step still takes: by its own count the more of it is done, else as those before it."""
    spans = _spans(usual, standing.step)
    longer = [span * pace - elapsed for span in spans if span * pace > elapsed]
    by_past = median(longer) if longer else 0.0
    if not standing.share:
        return by_past
    by_count = elapsed * (1 - standing.share) / standing.share
    return standing.share * by_count + (1 - standing.share) * by_past


def _pace(usual: Any, begun: list[Standing]) -> float:
    """How much slower than usual the finished steps were, drawn towards 1 the less of the build they are."""
    over = [one for one in begun if one.ended and one.began]
    took = sum(_since(one.began, one.ended) for one in over if one.began and one.ended)
    expected = sum(_usual(usual, one.step) for one in over)
    whole = sum(_usual(usual, step) for step in WORK)
    return (took + whole) / (expected + whole) if whole else 1.0


def _after(usual: Any, position: int) -> float:
    """Usual seconds from the end of a step to the end of all, with what lies between the steps."""
    known = usual.get("after", {}).get(WORK[position])
    return float(known) if known is not None else sum(_usual(usual, step) for step in WORK[position + 1 :])


def _rest_of(usual: Any, position: int) -> float:
    """Usual seconds of the steps from this one on: so much is left at least while they have not begun."""
    return sum(_usual(usual, step) for step in WORK[position:])


def _spans(usual: Any, step: str) -> list[float]:
    known = usual.get("spans", {}).get(step)
    return list(known) if known else [_usual(usual, step)]


def _usual(usual: Any, step: str) -> float:
    value = usual.get(step)
    return float(value) if isinstance(value, int | float) else 0.0


def _since(begun: datetime, now: datetime) -> float:
    return max(0.0, (now - begun).total_seconds())
