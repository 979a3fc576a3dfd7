"""The read side for builders: what a build has to know of the content, whole or since the last time it asked.

A builder hands the cursor of its last answer back and gets what differs: entries that changed, and keys that are gone.
Time moves it too: an entry that became visible or expired since is in the answer though nobody edited it. States are
stored in one transaction each, so an answer never mixes two of them; its pages are all of the same points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.core import signing
from django.utils.dateparse import parse_datetime

from deploys.content.changes import ChangeKind, Point, changes
from deploys.content.comparison import BEFORE_EVERYTHING
from deploys.models import Build, BuildContent, ContentSource, EntryVersion, Site

SALT = "content-feed"
FORMAT = 1
MOST_AT_ONCE = 5000  # a difference with more entries is told as a whole, page by page


class Scope(StrEnum):
    """Who will see what is built: visitors, or people who look at drafts."""

    LIVE = "live"
    PREVIEW = "preview"


class NothingRead(Exception):
    """No source of the site has been read yet, so there is nothing to build from."""


class NoLongerKept(Exception):
    """The build is so old that the content it carried is not there any more."""


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """How far a builder is: it has everything at `base`, and of the way to `to` all up to (source, key) `after`.

    `to` is empty between two answers. An unknown base is everything from the beginning.
    """

    scope: Scope
    base: Mapping[int, Point] = field(default_factory=dict)
    to: Mapping[int, Point] = field(default_factory=dict)
    after: tuple[int, str] | None = None

    def encode(self) -> str:
        """As text that only this installation can have made."""
        packed = [FORMAT, self.scope.value, _packed(self.base), _packed(self.to), self.after]
        return signing.dumps(packed, salt=SALT, compress=True)

    @classmethod
    def decode(cls, text: str, scope: Scope) -> Cursor:
        """The cursor in this text; one of the beginning for any that is unknown, of another scope or of older days."""
        try:
            form, of_scope, base, to, after = signing.loads(text, salt=SALT)
            if form != FORMAT or of_scope != scope:
                return cls(scope=scope)
            return cls(
                scope=scope,
                base=_unpacked(base),
                to=_unpacked(to),
                after=(int(after[0]), str(after[1])) if after else None,
            )
        except (signing.BadSignature, ValueError, TypeError):
            return cls(scope=scope)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One page: `full` says that the builder forgets what it had before the first page of this answer."""

    versions: list[EntryVersion]
    deleted: list[EntryVersion]
    full: bool
    has_more: bool
    cursor: Cursor


def read(site: Site, cursor: Cursor, moment: datetime, *, limit: int, build: Build | None = None) -> Answer:
    """The next page after the cursor. With `build`, up to what that build carries. Raises NothingRead, NoLongerKept.

    Entries come by source and key, so pages never overlap; what is gone is told with the last page.
    """
    sources = {source.pk: source for source in site.sources.active()}
    if not _are_whole(cursor.to, sources):
        cursor = Cursor(scope=cursor.scope)
    to = dict(cursor.to) or _target(sources, moment, build)
    if not to:
        raise NothingRead
    base = dict(cursor.base) if set(cursor.base) == set(to) and _are_whole(cursor.base, sources) else {}
    steps = [Step(sources[pk], base.get(pk, BEFORE_EVERYTHING), to[pk]) for pk in sorted(to) if pk in sources]
    if base and cursor.after is None and _is_much(steps, cursor.scope):
        base = {}
        steps = [Step(step.source, BEFORE_EVERYTHING, step.to) for step in steps]
    found = _page(steps, cursor, limit + 1)
    has_more, found = len(found) > limit, found[:limit]
    last = (found[-1].source_id, found[-1].entry_key) if has_more else None
    return Answer(
        versions=found,
        deleted=[] if has_more else [one for step in steps for one in _gone(step, cursor.scope)],
        full=not base,
        has_more=has_more,
        cursor=Cursor(scope=cursor.scope, base=base, to=to, after=last)
        if last
        else Cursor(scope=cursor.scope, base=to),
    )


def _are_whole(points: Mapping[int, Point], sources: Mapping[int, ContentSource]) -> bool:
    """False when what a builder has is so old that nobody can tell any more what it lacks: then it gets everything."""
    return all(pk in sources and point.seq >= sources[pk].whole_from for pk, point in points.items())


@dataclass(frozen=True, slots=True)
class Step:
    """What a builder has of a source, and what it is to have."""

    source: ContentSource
    base: Point
    to: Point


def _is_much(steps: list[Step], scope: Scope) -> bool:
    return sum(len(_came(step, scope)) for step in steps) > MOST_AT_ONCE


def _page(steps: list[Step], cursor: Cursor, limit: int) -> list[EntryVersion]:
    """The next versions that a builder lacks, by source and key."""
    found: list[EntryVersion] = []
    for step in steps:
        if cursor.after and step.source.pk < cursor.after[0]:
            continue
        after = cursor.after[1] if cursor.after and step.source.pk == cursor.after[0] else ""
        if step.base.seq == 0:
            found += _all(step, cursor.scope, after, limit - len(found))
        else:
            came = [version for version in _came(step, cursor.scope) if version.entry_key > after]
            found += came[: limit - len(found)]
        if len(found) >= limit:
            break
    return found


def _all(step: Step, scope: Scope, after: str, limit: int) -> list[EntryVersion]:
    there = EntryVersion.objects.filter(source=step.source, entry_key__gt=after).at(step.to.seq)
    if scope is Scope.LIVE:
        there = there.visible(step.to.moment)
    return list(there.order_by("entry_key")[:limit])


def _came(step: Step, scope: Scope) -> list[EntryVersion]:
    """Versions that are new to the builder, by key."""
    if scope is Scope.LIVE:
        found = changes(step.source, step.base, step.to, technical=True)
        came = [change.new for change in found if change.kind != ChangeKind.REMOVED and change.new]
    else:
        before, there = _states(step)
        came = [one for key, one in there.items() if key not in before or before[key].pk != one.pk]
    return sorted(came, key=lambda version: version.entry_key)


def _gone(step: Step, scope: Scope) -> list[EntryVersion]:
    """Versions whose entries the builder has and is to forget."""
    if step.base.seq == 0:
        return []
    if scope is Scope.LIVE:
        found = changes(step.source, step.base, step.to, technical=True)
        return [change.version for change in found if change.kind == ChangeKind.REMOVED]
    before, there = _states(step)
    return [one for key, one in before.items() if key not in there]


def _states(step: Step) -> tuple[dict[str, EntryVersion], dict[str, EntryVersion]]:
    """Everything that the CMS held, visible or not: of drafts the states count, not the time."""
    rows = EntryVersion.objects.filter(source=step.source)
    before, there = rows.at(step.base.seq), rows.at(step.to.seq)
    return {one.entry_key: one for one in before}, {one.entry_key: one for one in there}


def _target(sources: Mapping[int, ContentSource], moment: datetime, build: Build | None) -> dict[int, Point]:
    """The newest complete states, or those that the build carries."""
    if build is not None and (carried := BuildContent.of(build)):
        if any(one.gone_at for one in carried.values()):
            raise NoLongerKept
        return {pk: Point(seq=one.seq, moment=one.read_at) for pk, one in carried.items() if pk in sources}
    return {pk: Point(seq=source.seq, moment=moment) for pk, source in sources.items() if source.seq}


def _packed(points: Mapping[int, Point]) -> list[list[Any]]:
    return [[pk, point.seq, point.moment.isoformat()] for pk, point in sorted(points.items())]


def _unpacked(rows: list[list[Any]]) -> dict[int, Point]:
    points = {}
    for pk, seq, moment in rows:
        at = parse_datetime(moment)
        if at is None:
            raise ValueError("no time")
        points[int(pk)] = Point(seq=int(seq), moment=at)
    return points
