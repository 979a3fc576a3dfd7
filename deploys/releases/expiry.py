"""The end of a preview: its files leave the web host, and what could not be deleted is tried again and told."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from deploys.models import Preview, ReleasePages
from deploys.releases.hosting import Host
from deploys.transitions import note
from publisher.errors import PublisherError

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


def delete(preview: Preview) -> None:
    """Delete the preview from the web host. Safe to run at any time, any number of times."""
    build = preview.build
    if _is_needed(preview):
        return
    try:
        Host.of(build).erase()
    except PublisherError as error:
        _try_again(preview, str(error))
        return
    with transaction.atomic():
        Preview.objects.filter(pk=preview.pk).update(deleted_at=now(), next_try_at=None, trouble="")
        ReleasePages.objects.filter(environment=build.environment, host_id=str(build.key)).delete()
        why = "The preview was deleted from the web host"
        note(build, why if preview.delete_asked_at else f"{why}: its time was over")


@transaction.atomic
def _is_needed(preview: Preview) -> bool:
    """Whether a copy needs its files. Whoever asks for one locks the row too, so that one of us sees the other."""
    return Preview.objects.select_for_update().get(pk=preview.pk).is_being_copied()


def _try_again(preview: Preview, finding: str) -> None:
    """Set the next try, soon at first, then hourly; the first failure is told in the history of the build."""
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(preview.tries, 10))
    with transaction.atomic():
        Preview.objects.filter(pk=preview.pk).update(
            tries=preview.tries + 1, next_try_at=now() + pause, trouble=finding[:300]
        )
        if not preview.trouble:
            note(preview.build, f"The preview could not be deleted yet; Buildhub tries again. {finding}")
