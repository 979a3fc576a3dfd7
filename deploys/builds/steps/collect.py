"""Collecting: which state of the content a build carries, read after it was asked for and before its pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import now

from deploys.builds import pace
from deploys.content import actions, comparison, steps
from deploys.content.comparison import Comparison
from deploys.content.readings import OutOfTime
from deploys.models import Build, BuildContent, ContentSource, ContentState
from deploys.transitions import note

TITLES = 10_000  # characters of titles that are kept of one build


class StillReading(Exception):
    """A source is being read and takes its time: the build waits, and is woken when that has ended."""


def collect(build: Build) -> None:
    """Note what the build carries of each source, and what that changes for visitors. Raises StillReading.

    A source that cannot be read does not hold the build up: the pipeline reads the CMS itself. The last good reading
    counts then, which is older, so that later edits stay listed as waiting rather than vanish.
    """
    sources = list(build.site.sources.active())
    if not sources or build.contents.exists():
        return
    bring_up_to_date(build, sources)
    record(build, list(build.site.sources.active()), now())


def bring_up_to_date(build: Build, sources: Iterable[ContentSource]) -> None:
    """Have readings of these sources that began after the last request, or tried to. Raises StillReading."""
    asked_at = build.requests.aggregate(at=Max("requested_at"))["at"] or build.requested_at
    for source in sources:
        _read_anew(source, asked_at, build)


def _read_anew(source: ContentSource, asked_at: datetime, build: Build) -> None:
    """Have one that began after this time, or tried to. Raises StillReading."""
    if _has_tried(source, asked_at):
        return
    if _is_quick(source):
        with suppress(OutOfTime):
            steps.read_within(source, pace.READING_PATIENCE)
        source.refresh_from_db()
        if _has_tried(source, asked_at):
            return
    if build.claimed_at and now() - build.claimed_at > pace.COLLECTING_AT_MOST:
        return
    if source.wanted_at is None or source.wanted_at < asked_at:
        actions.request_reading(source=source, actor=None)
    raise StillReading


def _has_tried(source: ContentSource, asked_at: datetime) -> bool:
    return source.tried_from is not None and source.tried_from >= asked_at


def _is_quick(source: ContentSource) -> bool:
    state = source.last_state
    return state is not None and state.read_to - state.read_from <= pace.QUICK_READING


def record_as_of(build: Build, moment: datetime) -> None:
    """Note what a build carries that began without us at this time: what was surely in the CMS before.

    What was saved since stays listed as waiting, although its pipeline may have found it.
    """
    known = []
    for source in build.site.sources.active():
        states = source.states.filter(is_complete=True, seq__isnull=False, read_from__lte=moment)
        if state := states.order_by("-seq").first():
            source.seq = state.seq or 0
            known.append(source)
    if known:
        record(build, known, moment)


@transaction.atomic  # a page must not see what is carried without what it is compared with
def record(build: Build, sources: list[ContentSource], moment: datetime) -> None:
    """Note that the build carries these sources as they were last read, with what was visible at this moment."""
    contents = [
        BuildContent(build=build, source=source, seq=source.seq, read_at=moment) for source in sources if source.seq
    ]
    BuildContent.objects.bulk_create(contents, ignore_conflicts=True)
    if build.environment.is_for_previews:
        return  # it holds drafts too and replaces nothing, so a count of changes for visitors would mislead
    release = build.environment.live_release
    base = release.build if release else None
    found = comparison.between(base, build, moment)
    Build.objects.filter(pk=build.pk).update(base=base, **what_changes(found))
    if any(source.trouble for source in sources) and not build.is_foreign:
        note(build, "The content could not be read anew; the last complete reading counts")
    if build.approved_at and _changed_since(build.approved_at, sources):
        note(build, "The content changed between the approval and the start; what was saved then goes live too")


def _changed_since(moment: datetime, sources: Iterable[ContentSource]) -> bool:
    """True when a reading that began after this time made a new state: one that finds nothing new makes none."""
    return ContentState.objects.filter(source__in=list(sources), is_complete=True, read_from__gt=moment).exists()


def what_changes(found: Comparison) -> dict[str, Any]:
    """What a build keeps of its comparison with what visitors saw: how many entries of each kind, and their titles."""
    return {"change_counts": found.counts if found.is_possible else None, "titles": found.titles(TITLES)}
