"""What changed between two points: a state of the content, and the time that decides what was visible."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Min, Q, Value

from deploys.models import ContentSource, EntryVersion

# What `is_visible` and the comparison read of a version.
_COMPARED = (
    *("source", "entry_key", "hash", "compare_hash", "first_seq", "last_seq"),
    *("is_published", "publish_at", "expire_at"),
)


class ChangeKind(StrEnum):
    """What visitors will notice."""

    NEW = "new"
    EDITED = "edited"
    REMOVED = "removed"


class Reason(StrEnum):
    """Why a visitor will notice it."""

    EDIT = "edit"
    SCHEDULE = "schedule"
    EXPIRED = "expired"
    UNPUBLISHED = "unpublished"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A state of a source, and the time at which it was visible. seq 0 is before everything."""

    seq: int
    moment: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One entry that differs between two points."""

    key: str
    kind: ChangeKind
    reason: Reason
    old: EntryVersion | None
    new: EntryVersion | None
    is_technical: bool = False

    @property
    def version(self) -> EntryVersion:
        """The version that is shown: the newer one if there is one."""
        version = self.new or self.old
        if version is None:
            raise ValueError("a change has at least one side")
        return version

    def newest_first(self) -> tuple[float, str]:
        """Sort key: the newest edit first, then by key."""
        moment = self.version.changed_at
        return (-moment.timestamp() if moment else 0.0, self.key)


def changes(source: ContentSource, base: Point, to: Point, *, technical: bool = False) -> list[Change]:
    """List what visitors of `to` see other than those of `base`, newest edit first.

    Untouched entries are never read: both sides are short ranges of an index. With `technical`, also entries whose
    content differs in noise only.
    """
    found = [change for change in _pairs(source, base, to) if technical or not change.is_technical]
    return sorted(found, key=Change.newest_first)


def counts(found: list[Change]) -> dict[str, int]:
    """How many are new, edited and removed."""
    return dict(Counter(change.kind.value for change in found))


def fingerprint(found: list[Change]) -> str:
    """A short text that is another one as soon as other changes, or other versions of them, are among these."""
    sides = sorted((change.old.pk if change.old else 0, change.new.pk if change.new else 0) for change in found)
    return hashlib.sha256(repr(sides).encode()).hexdigest()[:32]


def counts_of_each(sides: Sequence[tuple[ContentSource, Point, Point]]) -> list[dict[str, int]]:
    """The counts of many sides in their order, with one query. A source may stand in several of them."""
    parts = [
        EntryVersion.objects.filter(condition, source=source)
        .only(*_COMPARED)
        .annotate(side=Value(number), part=Value(part))
        for number, (source, base, to) in enumerate(sides)
        for part, condition in enumerate(_conditions(*_in_order(base, to)))
    ]
    rows: dict[tuple[int, int], list[EntryVersion]] = defaultdict(list)
    for version in parts[0].union(*parts[1:], all=True) if parts else []:
        noted: Any = version  # the annotations above are not in its type
        rows[noted.side, noted.part].append(version)
    return [_counts_of_side(rows, number, base, to) for number, (_source, base, to) in enumerate(sides)]


def _in_order(base: Point, to: Point) -> tuple[Point, Point]:
    return (to, base) if base.seq > to.seq else (base, to)


def _counts_of_side(
    rows: dict[tuple[int, int], list[EntryVersion]], number: int, base: Point, to: Point
) -> dict[str, int]:
    older, newer = _in_order(base, to)
    found = _paired(rows[number, 0], rows[number, 1], rows[number, 2], older, newer)
    seen = [change for change in found if not change.is_technical]
    return counts(seen if older is base else [_turned(change) for change in seen])


def next_due_of_each(sources: Sequence[ContentSource], after: datetime) -> dict[int, datetime]:
    """As `next_due` per source id, for many sources with one query; without those where nothing is due."""
    current = EntryVersion.objects.filter(source__in=sources, last_seq=None, is_published=True)
    coming = current.filter(Q(publish_at__gt=after) | Q(expire_at__gt=after)).values("source")
    firsts = coming.annotate(
        goes_live=Min("publish_at", filter=Q(publish_at__gt=after)),
        expires=Min("expire_at", filter=Q(expire_at__gt=after)),
    )
    found = {row["source"]: [moment for moment in (row["goes_live"], row["expires"]) if moment] for row in firsts}
    return {source: min(moments) for source, moments in found.items() if moments}


def next_due(source: ContentSource, after: datetime) -> datetime | None:
    """The next time at which something goes live or expires by itself."""
    current = EntryVersion.objects.filter(source=source, last_seq=None, is_published=True)
    due = [
        current.filter(**{f"{column}__gt": after}).order_by(column).values_list(column, flat=True).first()
        for column in ("publish_at", "expire_at")
    ]
    return min((moment for moment in due if moment), default=None)


def upcoming(source: ContentSource, after: datetime, limit: int = 20) -> list[EntryVersion]:
    """Entries that will go live by schedule, soonest first."""
    future = EntryVersion.objects.filter(source=source, last_seq=None, is_published=True, publish_at__gt=after)
    return list(future.order_by("publish_at")[:limit])


def _pairs(source: ContentSource, base: Point, to: Point) -> Iterator[Change]:
    if base.seq > to.seq:
        backwards = _pairs(source, to, base)
        yield from (_turned(change) for change in backwards)
        return
    versions = EntryVersion.objects.filter(source=source)
    left, came, timed = (versions.filter(condition) for condition in _conditions(base, to))
    yield from _paired(left, came, timed, base, to)


def _conditions(base: Point, to: Point) -> tuple[Q, Q, Q]:
    """Which versions went, which came, and which stayed while time changed what they show. `base` is the older."""
    still_there = Q(last_seq=None) | Q(last_seq__gte=to.seq)
    left = Q(first_seq__lte=base.seq, last_seq__gte=base.seq, last_seq__lt=to.seq)
    came = still_there & Q(first_seq__gt=base.seq, first_seq__lte=to.seq)
    window = (base.moment, to.moment)
    by_time = Q(publish_at__gt=min(window), publish_at__lte=max(window)) | Q(
        expire_at__gt=min(window), expire_at__lte=max(window)
    )
    return left, came, by_time & still_there & Q(first_seq__lte=base.seq)


def _paired(
    left: Iterable[EntryVersion], came: Iterable[EntryVersion], timed: Iterable[EntryVersion], base: Point, to: Point
) -> Iterator[Change]:
    old = {version.entry_key: version for version in left}
    new = {version.entry_key: version for version in came}
    for key in old.keys() | new.keys():
        yield from _change(key, old.get(key), new.get(key), base, to)
    for version in timed:
        yield from _change(version.entry_key, version, version, base, to)


def _change(key: str, old: EntryVersion | None, new: EntryVersion | None, base: Point, to: Point) -> Iterator[Change]:
    was_visible = old is not None and old.is_visible(base.moment)
    is_visible = new is not None and new.is_visible(to.moment)
    if was_visible and is_visible and old is not None and new is not None:
        if bytes(old.hash) != bytes(new.hash):
            technical = bytes(old.compare_hash) == bytes(new.compare_hash)
            yield Change(key=key, kind=ChangeKind.EDITED, reason=Reason.EDIT, old=old, new=new, is_technical=technical)
    elif is_visible:
        yield Change(key=key, kind=ChangeKind.NEW, reason=_reason_new(old, new, base), old=None, new=new)
    elif was_visible:
        yield Change(key=key, kind=ChangeKind.REMOVED, reason=_reason_removed(new, to), old=old, new=new)


def _reason_new(old: EntryVersion | None, new: EntryVersion | None, base: Point) -> Reason:
    waited = new is not None and new.publish_at is not None and new.publish_at > base.moment
    return Reason.SCHEDULE if waited and old is not None else Reason.EDIT


def _reason_removed(new: EntryVersion | None, to: Point) -> Reason:
    if new is None:
        return Reason.DELETED
    return Reason.EXPIRED if new.expire_at and new.expire_at <= to.moment else Reason.UNPUBLISHED


def _turned(change: Change) -> Change:
    """The same difference seen from the other side."""
    kind = {ChangeKind.NEW: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.NEW}.get(change.kind, change.kind)
    return Change(
        key=change.key,
        kind=kind,
        reason=change.reason,
        old=change.new,
        new=change.old,
        is_technical=change.is_technical,
    )
