"""The bar never goes back: before anything new is learned of a build, what its bar has reached is kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.timezone import now

from deploys.builds import time_left
from deploys.models import Build, Job

UNSEEN = timedelta(seconds=1)  # a page may be drawn between this look and the commit


def reached(build: Build, jobs: Iterable[Job]) -> int:
    """Per cent that a page may have shown by what is known so far; 0 without past builds."""
    return time_left.percent(build, jobs, now() + UNSEEN) or 0


def keep(build: Build, percent: int) -> None:
    """From now on the bar shows at least this."""
    if percent <= build.percent_floor:
        return
    Build.objects.filter(pk=build.pk).update(percent_floor=Greatest(F("percent_floor"), percent))
    build.percent_floor = percent
