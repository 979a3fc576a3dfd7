"""Earlier content: versions of entries that no kept build carries, and the readings that only they remember.

Everything from one state on is kept whole (`ContentSource.whole_from`): the oldest one that was still being read
within the period. Of earlier states only what a kept build carries is there; a build whose content goes is marked
first (`BuildContent.gone_at`), so that nothing is ever compared with half a state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from deploys.models import BuildContent, ContentSource, ContentState, EntryVersion, Environment
from deploys.models.retention import cutoff
from deploys.retention.amounts import Amount, Kind, Scope, amount_of, stored_size
from deploys.retention.protected import builds_to_compare

AT_ONCE = 1000
_SIZE = stored_size("deploys_entryversion.*")


def _sources(scope: Scope) -> list[tuple[ContentSource, int, datetime]]:
    """The sources that something may go of, each with the first state that is kept whole, and the cutoff."""
    end = cutoff(scope.retention.content_days, scope.moment) if scope.retention else None
    if scope.site is None or end is None:
        return []
    return [(one, _floor(one, end), end) for one in scope.site.sources.filter(seq__gt=0)]


def _floor(source: ContentSource, end: datetime) -> int:
    young = source.states.filter(seq__isnull=False, read_to__gte=end)
    first = young.aggregate(first=Min("seq"))["first"]
    return max(source.whole_from, min(first or source.seq, source.seq))


def _kept_contents(source: ContentSource, end: datetime) -> QuerySet[BuildContent]:
    return BuildContent.objects.filter(source=source, gone_at=None, build__in=builds_to_compare(source.site, end))


def _doomed(source: ContentSource, floor: int, end: datetime) -> QuerySet[EntryVersion]:
    """Versions that ended before the floor and that no kept build carries.

    Dated ones stay since the oldest version that some place shows: whether an entry has fallen due there is told from
    the dates that it had.
    """
    within = Q(seq__gte=OuterRef("first_seq"), seq__lte=OuterRef("last_seq"))
    within |= Q(seq_after__gte=OuterRef("first_seq"), seq_after__lte=OuterRef("last_seq"))
    rows = EntryVersion.objects.filter(source=source, last_seq__lt=floor)
    rows = rows.exclude(Exists(_kept_contents(source, end).filter(within)))
    shown = Environment.objects.filter(site=source.site, live_release__isnull=False).values("live_release__build")
    oldest = BuildContent.objects.filter(source=source, build__in=shown).aggregate(first=Min("seq"))["first"]
    if oldest is None:
        return rows
    return rows.filter(Q(publish_at=None, expire_at=None) | Q(last_seq__lt=oldest))


def _look(scope: Scope) -> Amount:
    return sum((amount_of(_doomed(*one), _SIZE) for one in _sources(scope)), Amount())


def _batch(scope: Scope) -> Amount:
    for source, floor, end in _sources(scope):
        _mark(source, floor, end, scope.moment)
        gone = _remove(_doomed(source, floor, end))
        if gone.rows:
            return gone
    return Amount()


@transaction.atomic
def _mark(source: ContentSource, floor: int, end: datetime, moment: datetime) -> None:
    """Say what cannot be compared any more, before it is half gone."""
    rows = BuildContent.objects.filter(source=source, gone_at=None, seq__lt=floor)
    rows.exclude(build__in=builds_to_compare(source.site, end)).update(gone_at=moment)
    ContentSource.objects.filter(pk=source.pk, whole_from__lt=floor).update(whole_from=floor)


@transaction.atomic
def _remove(doomed: QuerySet[EntryVersion]) -> Amount:
    rows = doomed.select_for_update(of=("self",), skip_locked=True).annotate(stored=_SIZE).order_by("last_seq", "pk")
    found = list(rows.only("pk", "source_id", "entry_key", "last_seq")[:AT_ONCE])
    if found:
        _note_gaps(found)
        EntryVersion.objects.filter(pk__in=[one.pk for one in found]).delete()
    return Amount(rows=len(found), size=sum(getattr(one, "stored", 0) for one in found))


def _note_gaps(found: Sequence[EntryVersion]) -> None:
    """The version that came after each of these, if it stays, says that one is missing before it."""
    gone, newest = {one.pk for one in found}, {one.entry_key: one.last_seq for one in found}
    others = EntryVersion.objects.filter(source=found[0].source_id, entry_key__in=list(newest)).exclude(pk__in=gone)
    ends: dict[str, list[int]] = {}
    for one in found:
        ends.setdefault(one.entry_key, []).append(one.last_seq or 0)
    firsts: dict[str, list[tuple[int, int]]] = {}
    for pk, key, first in others.values_list("pk", "entry_key", "first_seq"):
        firsts.setdefault(key, []).append((first, pk))
    following = {
        min(later)[1]
        for key, all_ends in ends.items()
        for end in all_ends
        if (later := [one for one in firsts.get(key, []) if one[0] > end])
    }
    EntryVersion.objects.filter(pk__in=following, follows_gone=False).update(follows_gone=True)


def _old_states(source: ContentSource, floor: int) -> QuerySet[ContentState]:
    """States that nothing names any more: no version begins after or ends with them, and no build carries them."""
    rows = ContentState.objects.filter(source=source, seq__lt=floor)
    versions = EntryVersion.objects.filter(source=source)
    rows = rows.exclude(Exists(versions.filter(Q(first_seq=OuterRef("seq") + 1) | Q(last_seq=OuterRef("seq")))))
    carried = BuildContent.objects.filter(source=source, gone_at=None)
    return rows.exclude(Exists(carried.filter(Q(seq=OuterRef("seq")) | Q(seq_after=OuterRef("seq")))))


def _look_at_states(scope: Scope) -> Amount:
    """Before the versions are gone it cannot be known of all: those that are free already."""
    return sum((amount_of(_old_states(source, floor)) for source, floor, _ in _sources(scope)), Amount())


@transaction.atomic
def _batch_of_states(scope: Scope) -> Amount:
    for source, floor, _end in _sources(scope):
        some = list(_old_states(source, floor).order_by("seq").values_list("pk", flat=True)[:AT_ONCE])
        if some:
            ContentState.objects.filter(pk__in=some).delete()
            return Amount(rows=len(some))
    return Amount()


def is_whole(source: ContentSource, seq: int) -> bool:
    """True when everything of this state is still there, whatever builds are kept."""
    return seq >= source.whole_from


VERSIONS = Kind(key="versions", label="Earlier versions of entries", look=_look, batch=_batch)
STATES = Kind(key="states", label="Readings without them", look=_look_at_states, batch=_batch_of_states)
