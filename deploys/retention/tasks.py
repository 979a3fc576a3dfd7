"""Celery's shell of the daily cleaning."""

from __future__ import annotations

from celery import shared_task

from deploys.retention import prune


@shared_task
def prune_if_due() -> None:
    """Remove what is no longer kept, once a day."""
    prune.prune_if_due()
