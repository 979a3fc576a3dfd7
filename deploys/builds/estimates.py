"""How long builds of an environment usually take, from those that went well lately."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from statistics import median
from typing import Any, NamedTuple

from django.db.models import Max, Min

from deploys.lifecycle import State
from deploys.models import Environment, Job, Step

SAMPLE = 10
FEWEST = 3


class Past(NamedTuple):
    """A build that went well: when it was asked for, when its turn came, when it was over."""

    requested_at: datetime
    claimed_at: datetime
    finished_at: datetime


class Span(NamedTuple):
    """One step of the build with this key: from its first job's start to its last job's end."""

    build: int
    step: str
    began: datetime
    ended: datetime


def usual_seconds(environment: Environment) -> dict[str, Any]:
    """What the last 10 good builds took (see `summary`); {} below three of them. Two queries."""
    good = environment.builds.built().filter(state=State.SUCCEEDED, claimed_at__isnull=False, finished_at__isnull=False)
    rows = good.order_by("-number").values_list("pk", "requested_at", "claimed_at", "finished_at")[:SAMPLE]
    past = {pk: Past(asked, claimed, finished) for pk, asked, claimed, finished in rows if claimed and finished}
    if len(past) < FEWEST:
        return {}
    spans = (
        Job.objects.filter(build__in=past, started_at__isnull=False, finished_at__isnull=False)
        .values("build", "step")
        .annotate(began=Min("started_at"), ended=Max("finished_at"))
        .values_list("build", "step", "began", "ended")
    )
    return summary(past, [Span(*row) for row in spans])


def summary(past: dict[int, Past], spans: Iterable[Span]) -> dict[str, Any]:
    """The median seconds per step and in `total`; `after`: from the end of a step to the end of all; `spans`: each.

    `past` are the builds by their keys.
    """
    took: dict[str, list[float]] = defaultdict(list)
    after: dict[str, list[float]] = defaultdict(list)
    for build in past.values():
        took[Step.IN_LINE].append((build.claimed_at - build.requested_at).total_seconds())
        took["total"].append((build.finished_at - build.claimed_at).total_seconds())
    for span in spans:
        took[span.step].append((span.ended - span.began).total_seconds())
        after[span.step].append(max(0.0, (past[span.build].finished_at - span.ended).total_seconds()))
    medians = {str(name): round(median(seconds), 1) for name, seconds in took.items()}
    return medians | {
        "after": {str(step): round(median(seconds), 1) for step, seconds in after.items()},
        "spans": {str(step): sorted(round(one, 1) for one in took[step]) for step in after},
    }
