"""What waits to go live, in numbers and the newest few: small enough to be kept between two looks at a page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.cache import caches

from deploys.content.changes import (
    Change,
    ChangeKind,
    Point,
    Reason,
    changes,
    counts,
    counts_of_each,
    next_due,
    next_due_of_each,
    upcoming,
)
from deploys.models import Build, BuildContent, ContentSource, EntryVersion, Site

SHOWN = 4
AWAITED_FOR = timedelta(minutes=2)  # so long after an edit was told, news of it may come at any moment
OVERDUE = timedelta(minutes=5)  # after this, a reading that does not come is said
KEPT_FOR = 3600  # seconds; the key names the content, so that what is kept is never wrong, only unused


def who_changed(change: Change) -> str:
    """The name that the CMS gives. Who edited a deleted entry last did not delete it, so nobody is named there."""
    return change.version.changed_by if change.reason != Reason.DELETED else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One change as a line. `who` is empty where the CMS does not tell; `number` names the version that is shown."""

    number: int
    kind: ChangeKind
    reason: Reason
    title: str
    section: str
    who: str
    at: datetime | None

    @classmethod
    def of(cls, change: Change) -> Item:
        """The line of a change."""
        version = change.version
        return cls(
            number=version.pk,
            kind=change.kind,
            reason=change.reason,
            title=version.title or change.key,
            section=version.kind,
            who=who_changed(change),
            at=version.changed_at if change.reason != Reason.DELETED else None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """How many entries differ and the newest of them. `due_at` is when time alone changes the answer.

    `people` are those whose changes they are, as far as the CMS tells.
    `next_title` and `next_at` are of the entry that the CMS will show next by schedule; `drafts` are not counted.
    """

    counts: dict[str, int]
    newest: tuple[Item, ...]
    due_at: datetime | None
    next_title: str
    next_at: datetime | None
    drafts: int
    people: frozenset[str] = frozenset()

    @property
    def total(self) -> int:
        """All changes."""
        return sum(self.counts.values())


def is_overdue(source: ContentSource, moment: datetime) -> bool:
    """True when a reading should have begun a while ago and none runs: whoever reads is perhaps not there."""
    if source.next_read_at is None or moment - source.next_read_at < OVERDUE:
        return False
    return source.reading_until is None or source.reading_until <= moment


def is_awaited(source: ContentSource, moment: datetime) -> bool:
    """True when somebody, such as the CMS after an edit, asked for a reading a moment ago that has not ended yet."""
    wanted, tried = source.wanted_at, source.tried_from
    return wanted is not None and moment - wanted < AWAITED_FOR and (tried is None or tried < wanted)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """The sources of a site and what some builds carried of them, read with two queries."""

    moment: datetime
    sources: list[ContentSource]
    contents: dict[int, dict[int, BuildContent]] = field(default_factory=dict)

    @classmethod
    def look(cls, site: Site, moment: datetime, builds: Iterable[Build]) -> Outlook:
        """Read the sources, and for sites that have some what the builds carried."""
        sources = list(site.sources.filter(is_active=True))
        contents: dict[int, dict[int, BuildContent]] = {}
        if sources:
            for content in BuildContent.objects.filter(build__in=list(builds)):
                contents.setdefault(content.build_id, {})[content.source_id] = content
        return cls(moment=moment, sources=sources, contents=contents)

    @property
    def is_read(self) -> bool:
        """True when a reading of some source counts."""
        return any(source.seq for source in self.sources)

    @property
    def is_awaited(self) -> bool:
        """True when news of the content may come at any moment."""
        return any(is_awaited(source, self.moment) for source in self.sources)

    @property
    def troubled(self) -> list[ContentSource]:
        """Sources of which the newest reading does not count, or that nobody reads any more."""
        return [source for source in self.sources if source.trouble or is_overdue(source, self.moment)]

    def since(self, build: Build) -> Summary | None:
        """What differs between what the build carried and the content as it was last read; None when not comparable.

        The same question is answered from memory until the content changes or an entry becomes due.
        """
        sides = list(self.sides(build))
        if not sides:
            return None
        key = _key(sides)
        known: Summary | None = caches["memory"].get(key)
        if known is None or _is_over(known.due_at, self.moment):
            known = _summary(sides)
            caches["memory"].set(key, known, KEPT_FOR)
        return known

    def sides(self, build: Build) -> Iterator[tuple[ContentSource, Point, Point]]:
        """Per source what the build carried, and the content as it was last read."""
        carried = self.contents.get(build.pk, {})
        for source in self.sources:
            content = carried.get(source.pk)
            if content and source.seq:
                yield (
                    source,
                    Point(seq=content.seq, moment=content.read_at),
                    Point(seq=source.seq, moment=self.moment),
                )


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """How many entries differ. `due_at` is when time alone changes the answer."""

    count: int
    due_at: datetime | None


def totals(asked: Mapping[int, tuple[Outlook, Build]], moment: datetime) -> dict[int, Total]:
    """How much waits at many places, whose names are the keys: at most two queries, however many there are.

    Places that cannot be compared are left out.
    """
    sides = {place: found for place, (outlook, build) in asked.items() if (found := list(outlook.sides(build)))}
    keys = {place: f"total-{_key(found)}" for place, found in sides.items()}
    kept: dict[str, Total] = caches["memory"].get_many(keys.values())
    known = {place: kept[key] for place, key in keys.items() if key in kept}
    known = {place: total for place, total in known.items() if not _is_over(total.due_at, moment)}
    if missing := [place for place in sides if place not in known]:
        fresh = _count(missing, sides, moment)
        caches["memory"].set_many({keys[place]: total for place, total in fresh.items()}, KEPT_FOR)
        known |= fresh
    return known


def _count(
    places: list[int], sides: dict[int, list[tuple[ContentSource, Point, Point]]], moment: datetime
) -> dict[int, Total]:
    every = [(place, side) for place in places for side in sides[place]]
    due = next_due_of_each([side[0] for _place, side in every], moment)
    counted: dict[int, int] = dict.fromkeys(places, 0)
    ends: dict[int, list[datetime]] = {place: [] for place in places}
    for (place, (source, _base, _to)), found in zip(every, counts_of_each([side for _, side in every]), strict=True):
        counted[place] += sum(found.values())
        ends[place] += [due[source.pk]] if source.pk in due else []
    return {place: Total(count=counted[place], due_at=min(ends[place], default=None)) for place in places}


def _is_over(due_at: datetime | None, moment: datetime) -> bool:
    """True when time has changed the answer."""
    return due_at is not None and due_at <= moment


def _key(sides: list[tuple[ContentSource, Point, Point]]) -> str:
    """Everything that the answer depends on but the passing of time, for which the answer knows its end."""
    parts = [f"{source.pk}:{base.seq}:{base.moment.isoformat()}:{to.seq}" for source, base, to in sides]
    return f"outlook-2-{hashlib.sha256(' '.join(parts).encode()).hexdigest()}"


def _summary(sides: list[tuple[ContentSource, Point, Point]]) -> Summary:
    found = sorted((change for side in sides for change in changes(*side)), key=Change.newest_first)
    moment, sources = sides[0][2].moment, [source for source, _base, _to in sides]
    due = [at for source in sources if (at := next_due(source, moment))]
    coming = [version for source in sources for version in upcoming(source, moment, limit=1)]
    first = min(coming, key=lambda version: version.publish_at or moment, default=None)
    drafts = EntryVersion.objects.filter(source__in=sources, last_seq=None, is_published=False)
    return Summary(
        counts=counts(found),
        newest=tuple(map(Item.of, found[:SHOWN])),
        due_at=min(due, default=None),
        next_title=(first.title or first.entry_key) if first else "",
        next_at=first.publish_at if first else None,
        drafts=drafts.count(),
        people=frozenset(name for change in found if (name := who_changed(change))),
    )
