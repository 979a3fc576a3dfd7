"""Comparing two builds, or a build with the content as it is now, over all sources of a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deploys.content.changes import Change, Point, changes, counts
from deploys.models import Build, BuildContent, ContentSource, Environment, Site

BEFORE_EVERYTHING = Point(seq=0, moment=datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What visitors of `to` see other than those of `base`, newest edit first.

    `base` None: nothing had been published, so everything is new. `to` None: the content as it was last read.
    `uncompared` are sources of which one side was never read, `troubled` those whose newest reading does not count.
    `read_at` is when the oldest of the newest readings ended; None before the first one. `is_gone`: what was in one of
    the builds is no longer kept.
    """

    base: Build | None
    to: Build | None
    changes: list[Change]
    uncompared: list[ContentSource]
    troubled: list[ContentSource]
    read_at: datetime | None
    base_after: Mapping[int, int] = field(default_factory=dict)
    is_gone: bool = False

    @property
    def is_possible(self) -> bool:
        """True when at least one source could be compared."""
        return self.read_at is not None

    @property
    def counts(self) -> dict[str, int]:
        """How many are new, edited and removed."""
        return counts(self.changes)

    def titles(self, most: int) -> str:
        """The titles of what differs, a line each, cut to so many characters."""
        return "\n".join(dict.fromkeys(change.version.title for change in self.changes if change.version.title))[:most]

    def may_be_in_base(self, change: Change) -> bool:
        """True for an entry that moved while the pipeline of the base ran: visitors may see it already."""
        after = self.base_after.get(change.version.source_id)
        if after is None:
            return False
        if change.new is not None:
            return change.new.first_seq <= after
        return change.old is not None and change.old.last_seq is not None and change.old.last_seq < after


def waiting(environment: Environment, moment: datetime, *, technical: bool = False) -> Comparison:
    """What would go live now: the content as it was last read against what visitors see.

    The base is the release in place; one that no marker proves counts too, as there is nothing better to name.
    """
    release = environment.live_release
    base = release.build if release else None
    return _compare(environment.site, base, None, moment, technical=technical)


def since(build: Build, moment: datetime, *, technical: bool = False) -> Comparison:
    """What was saved since a build began, so that it waits for the next one."""
    return _compare(build.site, build, None, moment, technical=technical)


def between(base: Build | None, to: Build, moment: datetime, *, technical: bool = False) -> Comparison:
    """What differs between two builds; each is taken as it was when its content was read."""
    return _compare(to.site, base, to, moment, technical=technical)


def _compare(site: Site, base: Build | None, to: Build | None, moment: datetime, *, technical: bool) -> Comparison:
    sources = list(site.sources.filter(is_active=True))
    old, new = _contents(base), _contents(to)
    found: list[Change] = []
    uncompared: list[ContentSource] = []
    for source in sources:
        left = _point(old.get(source.pk)) if base else BEFORE_EVERYTHING
        right = _point(new.get(source.pk)) if to else _now(source, moment)
        if left is None or right is None:
            uncompared.append(source)
        else:
            found += changes(source, left, right, technical=technical)
    compared = [source for source in sources if source not in uncompared]
    return Comparison(
        base=base,
        to=to,
        changes=sorted(found, key=Change.newest_first) if len(compared) > 1 else found,
        uncompared=uncompared,
        troubled=[source for source in sources if source.trouble] if to is None else [],
        read_at=min((at for source in compared if (at := _read_at(source, new.get(source.pk)))), default=None),
        base_after={pk: content.seq_after for pk, content in old.items() if content.seq_after},
        is_gone=any(content.gone_at for side in (old, new) for content in side.values()),
    )


def _contents(build: Build | None) -> dict[int, BuildContent]:
    return BuildContent.of(build) if build else {}


def _point(content: BuildContent | None) -> Point | None:
    return Point(seq=content.seq, moment=content.read_at) if content and content.gone_at is None else None


def _now(source: ContentSource, moment: datetime) -> Point | None:
    return Point(seq=source.seq, moment=moment) if source.seq else None


def _read_at(source: ContentSource, content: BuildContent | None) -> datetime | None:
    if content:
        return content.read_at
    state = source.last_state
    return state.read_to if state else None
