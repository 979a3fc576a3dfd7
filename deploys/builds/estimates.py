"""How long builds of an environment usually take, from those that went well lately."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from django.db.models import F, Max, Min

from deploys.lifecycle import State
from deploys.models import Environment, Job, Step

SAMPLE = 10
FEWEST = 3


def usual_seconds(environment: Environment) -> dict[str, float]:
    """Return the median seconds per step and in `total`, over the last 10 good builds; {} below three of them."""
    good = environment.builds.built().filter(state=State.SUCCEEDED, claimed_at__isnull=False, finished_at__isnull=False)
    timed = good.annotate(in_line=F("claimed_at") - F("requested_at"), work=F("finished_at") - F("claimed_at"))
    rows = list(timed.order_by("-number").values_list("pk", "in_line", "work")[:SAMPLE])
    if len(rows) < FEWEST:
        return {}
    spans = (
        Job.objects.filter(build__in=[pk for pk, _, _ in rows], started_at__isnull=False, finished_at__isnull=False)
        .values("build", "step")
        .annotate(span=Max("finished_at") - Min("started_at"))
        .values_list("step", "span")
    )
    samples: dict[str, list[float]] = defaultdict(list)
    for _, in_line, work in rows:
        samples[Step.IN_LINE].append(in_line.total_seconds())
        samples["total"].append(work.total_seconds())
    for step, span in spans:
        samples[step].append(span.total_seconds())
    return {str(name): round(median(seconds), 1) for name, seconds in samples.items()}
