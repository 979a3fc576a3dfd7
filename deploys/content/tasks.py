"""Celery's shells of the content steps."""

from __future__ import annotations

from celery import shared_task

from deploys.content import steps
from deploys.models import ContentSource

TICK = 2
LONGEST = 2000  # seconds; a reading's own deadline comes first


@shared_task
def read_due_sources() -> None:
    """Have every source read that is due."""
    for pk in ContentSource.objects.due_for_reading().values_list("pk", flat=True):
        read_source.apply_async(args=(pk,), expires=TICK)


@shared_task(soft_time_limit=LONGEST, time_limit=LONGEST + 10)
def read_source(source_id: int) -> None:
    """Read one source."""
    steps.read_source(source_id)
