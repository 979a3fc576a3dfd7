"""Celery's shell of what the worker does for people."""

from __future__ import annotations

from celery import shared_task

from deploys.models import User
from deploys.notifications.channels.errors import Unavailable
from deploys.people import letters


@shared_task(autoretry_for=(Unavailable,), retry_backoff=True, max_retries=5)
def send_new_password(user_id: int) -> None:
    """Mail a person the link to a new password."""
    letters.send_new_password(User.objects.get(pk=user_id))
