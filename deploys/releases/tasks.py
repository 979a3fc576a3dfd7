"""Celery's shells of the release steps."""

from __future__ import annotations

from celery import shared_task

from deploys.models import HostState, Preview, Release
from deploys.releases import expiry, host_check, prove, steps

TICK = 2
CHECK_TICK = 60
LOOKS = 4  # at the pages of entries that do not show their version yet
PAUSE = 30  # seconds between two looks


@shared_task
def confirm_releases() -> None:
    """Look at every site whose release is not proved yet."""
    for pk in Release.objects.due_for_proof().values_list("pk", flat=True):
        confirm_release.apply_async(args=(pk,), expires=TICK)


@shared_task
def confirm_release(release_id: int) -> None:
    """Look at the site of one release."""
    related = Release.objects.select_related("environment", "build__environment", "build__site", "build__preview")
    release = related.due_for_proof().filter(pk=release_id).first()
    if release is not None:
        steps.confirm(release)


@shared_task
def check_hosts() -> None:
    """Look at every web host whose regular look has come."""
    for pk in HostState.objects.due_for_a_check().values_list("pk", flat=True):
        check_host.apply_async(args=(pk,), expires=CHECK_TICK)


@shared_task(soft_time_limit=1800, time_limit=1810)
def check_host(state_id: int) -> None:
    """Look at one web host."""
    related = HostState.objects.select_related("environment__site", "environment__live_release__build")
    state = related.due_for_a_check().filter(pk=state_id).first()
    if state is not None:
        host_check.check(state)


@shared_task
def delete_previews() -> None:
    """Delete every preview whose time has come."""
    for pk in Preview.objects.to_delete().values_list("pk", flat=True):
        delete_preview.apply_async(args=(pk,), expires=CHECK_TICK)


@shared_task(soft_time_limit=1800, time_limit=1810)
def delete_preview(preview_id: int) -> None:
    """Delete one preview from the web host."""
    related = Preview.objects.select_related("build__environment__site", "build__site")
    preview = related.to_delete().filter(pk=preview_id).first()
    if preview is not None:
        expiry.delete(preview)


@shared_task(soft_time_limit=120, time_limit=130)
def prove_entries(release_id: int, look: int = 1) -> None:
    """Look at the public pages of what a release changed, a few times while caches may still hold the old ones."""
    related = Release.objects.select_related("environment", "build__site", "build__base")
    release = related.filter(pk=release_id).first()
    if release is not None and not prove.prove(release) and look < LOOKS:
        prove_entries.apply_async(args=(release_id, look + 1), countdown=PAUSE)
