"""Celery's shells of what is planned."""

from __future__ import annotations

from celery import shared_task
from django.utils.timezone import now

from deploys.schedules import steps


@shared_task
def look_ahead() -> None:
    """Note what falls due."""
    steps.look_ahead(now())


@shared_task
def keep_plans() -> None:
    """Ask for what is due, and follow what was asked for."""
    steps.keep(now())
