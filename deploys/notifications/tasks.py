"""Celery's shells of the steps for messages. The rows are the queue; each message to the worker may get lost."""

from __future__ import annotations

from celery import shared_task

from deploys.notifications import silence, steps


@shared_task
def tell(_occurrence_id: int) -> None:
    """Something happened: tell people of it, and of whatever else waits."""
    steps.tell_people()


@shared_task
def tell_people() -> None:
    """Tell people of whatever waits."""
    steps.tell_people()


@shared_task
def look_for_silence() -> None:
    """Tell of builds that nothing is heard of."""
    silence.look()
