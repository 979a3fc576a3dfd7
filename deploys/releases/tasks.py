"""Celery's shells of the release steps."""

from __future__ import annotations

from celery import shared_task

from deploys.models import Release
from deploys.releases import steps

TICK = 2


@shared_task
def confirm_releases() -> None:
    """Look at every site whose release is not proved yet."""
    for pk in Release.objects.due_for_proof().values_list("pk", flat=True):
        confirm_release.apply_async(args=(pk,), expires=TICK)


@shared_task
def confirm_release(release_id: int) -> None:
    """Look at the site of one release."""
    related = Release.objects.select_related("environment", "build__environment", "build__site")
    release = related.due_for_proof().filter(pk=release_id).first()
    if release is not None:
        steps.confirm(release)
