"""Wake-up messages to the worker. Every one of them may get lost: the sweep repairs it.

They leave from a thread of their own, so that a frozen broker never holds up a page.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from celery import current_app

logger = logging.getLogger(__name__)

MOST_WAITING = 200  # messages beyond these are dropped while the broker does not answer

_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wake")
_places = BoundedSemaphore(MOST_WAITING)


def start(build_id: int, *, in_seconds: float = 0) -> None:
    """Tell a worker that this build waits to be started: now, or when so many seconds are over."""
    _submit("builds.tasks.start_build", build_id, in_seconds)


def copy(build_id: int) -> None:
    """Tell a worker to copy a kept release on the web host, which this build asks for."""
    _submit("builds.tasks.copy_release", build_id)


def explain_held_back(build_id: int) -> None:
    """Tell a worker to read on the web host what this build would have taken off the site."""
    _submit("builds.tasks.explain_held_back", build_id)


def settle(build_id: int) -> None:
    """Tell a worker to look once more for a build whose fate is unknown."""
    _submit("builds.tasks.settle_build", build_id)


def cancel(build_id: int) -> None:
    """Tell a worker that somebody wants this build stopped."""
    _submit("builds.tasks.cancel_build", build_id)


def observe(project_id: int) -> None:
    """Tell a worker that something changed in this GitLab project."""
    _submit("builds.tasks.observe_project", project_id)


def check_token(project_id: int) -> None:
    """Tell a worker to ask GitLab about the API token of this project."""
    _submit("builds.tasks.check_token", project_id)


def fetch_logs(build_id: int) -> None:
    """Tell a worker that somebody reads this build's log."""
    _submit("builds.tasks.fetch_logs", build_id)


def read(source_id: int) -> None:
    """Tell a worker that somebody wants this source of content read."""
    _submit("content.tasks.read_source", source_id)


def prove_entries(release_id: int) -> None:
    """Tell a worker to look at the public pages of what this release changed."""
    _submit("releases.tasks.prove_entries", release_id)


def check_host(state_id: int) -> None:
    """Tell a worker that somebody wants this web host looked at."""
    _submit("releases.tasks.check_host", state_id)


def delete_preview(preview_id: int) -> None:
    """Tell a worker that somebody wants this preview gone."""
    _submit("releases.tasks.delete_preview", preview_id)


def tell(occurrence_id: int) -> None:
    """Tell a worker that something happened which people want to hear of."""
    _submit("notifications.tasks.tell", occurrence_id)


def send_new_password(user_id: int) -> None:
    """Tell a worker to mail this person the link to a new password. Lost, they ask once more."""
    _submit("people.tasks.send_new_password", user_id)


def _submit(task: str, pk: int, in_seconds: float = 0) -> None:
    if not _places.acquire(blocking=False):
        logger.warning("Too many messages wait for the broker; %s(%s) is left to the sweep.", task, pk)
        return
    _sender.submit(_send, task, pk, in_seconds)


def _send(task: str, pk: int, in_seconds: float) -> None:
    try:
        current_app.send_task(f"deploys.{task}", args=(pk,), retry=False, countdown=in_seconds or None)
    except Exception:  # noqa: BLE001 - whatever the broker does, the row is committed and the sweep will find it
        logger.warning("The broker did not take %s(%s); the sweep will repeat it.", task, pk)
    finally:
        _places.release()
