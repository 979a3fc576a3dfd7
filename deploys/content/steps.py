"""What the worker does for content: reads sources, and settles what waited for a reading."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.timezone import now

from deploys import wake
from deploys.content import readings
from deploys.lifecycle import ENDED, State
from deploys.models import Build, BuildContent, ContentSource, ContentState


def read_source(source_id: int) -> None:
    """Read a source that is due, and wake the builds that wait for it. Safe to run at any time."""
    source = ContentSource.objects.due_for_reading().filter(pk=source_id).first()
    if source is None:
        return
    state = readings.read(source)
    settle(source, state)


def read_within(source: ContentSource, seconds: float) -> None:
    """Read a source here and now. Raises readings.OutOfTime when it takes longer."""
    settle(source, readings.read(source, within=seconds))


def settle(source: ContentSource, state: ContentState | None) -> None:
    """After a reading, good or not: note it with the builds that ended before it, and wake those that wait."""
    if state is not None and state.seq is not None:
        note_after(source, state.seq, state.read_from)
    for pk in _waiting_builds(source).values_list("pk", flat=True):
        wake.start(pk)


def note_after(source: ContentSource, seq: int, read_from: datetime) -> None:
    """This state was read after these builds ended: what moved in between may be in them or not."""
    ended = Build.objects.filter(state__in=ENDED, finished_at__lte=read_from)
    BuildContent.objects.filter(source=source, seq_after=None, build__in=ended).update(seq_after=seq)


def _waiting_builds(source: ContentSource) -> QuerySet[Build]:
    lapsed = Q(lease_until=None) | Q(lease_until__lte=now())
    return Build.objects.filter(lapsed, site_id=source.site_id, state=State.STARTING, sent_at=None)
