"""Every version of one entry, newest first, with the readings between which it came and went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from deploys.models import ContentSource, ContentState, EntryVersion


class Step(StrEnum):
    """What happened to the entry in the CMS."""

    NEW = "new"
    EDITED = "edited"
    TECHNICAL = "technical"
    SHOWN = "shown"
    HIDDEN = "hidden"
    REMOVED = "removed"
    BACK = "back"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One step. `version` is what came of it, for a removal what was removed; `before` is what it is compared with.

    `after` is the last reading without it, empty for what the first reading found.
    """

    step: Step
    version: EntryVersion
    before: EntryVersion | None = None
    after: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class History:
    """A page of versions, newest first. `older_than` is where the next page begins, empty at the end."""

    versions: list[EntryVersion]
    moments: list[Moment]
    older_than: int | None = None

    @property
    def begins_later(self) -> bool:
        """True on the last page when versions before its oldest one are no longer kept."""
        return self.older_than is None and self.versions[-1].follows_gone

    @property
    def newest(self) -> EntryVersion:
        """The newest version on this page."""
        return self.versions[0]

    @property
    def is_deleted(self) -> bool:
        """True when the CMS no longer holds the entry."""
        return self.newest.last_seq is not None


def history(source: ContentSource, key: str, *, most: int, older_than: int | None = None) -> History | None:
    """Read the newest versions, or those before a state; None when nobody ever read such an entry. Two queries."""
    rows = EntryVersion.objects.filter(source=source, entry_key=key).order_by("-first_seq")
    if older_than is not None:
        rows = rows.filter(first_seq__lt=older_than)
    found = list(rows[: most + 1])
    if not found:
        return None
    for version in found:
        version.source = source
    shown = found[:most]
    return History(
        versions=shown,
        moments=list(_moments(found, len(shown), _reading_times(source, shown), older_than)),
        older_than=shown[-1].first_seq if len(found) > most else None,
    )


def _reading_times(source: ContentSource, versions: list[EntryVersion]) -> dict[int, datetime]:
    """When the states that ended before a version came, and with it, were last read."""
    wanted = {version.first_seq - 1 for version in versions} | {
        version.last_seq for version in versions if version.last_seq
    }
    states = ContentState.objects.filter(source=source, seq__in=wanted)
    return {seq: read_to for seq, read_to in states.values_list("seq", "read_to") if seq is not None}


def _moments(
    found: list[EntryVersion], shown: int, times: dict[int, datetime], followed_by: int | None
) -> Iterator[Moment]:
    """`followed_by` is the state with which the page before begins, None when there is none."""
    for at, version in enumerate(found[:shown]):
        ended, next_seq = version.last_seq, found[at - 1].first_seq if at else followed_by
        followed_by_gone = at > 0 and found[at - 1].follows_gone
        if not followed_by_gone and ended is not None and (next_seq is None or next_seq > ended + 1):
            yield Moment(step=Step.REMOVED, version=version, before=version, after=times.get(ended))
        before = found[at + 1] if at + 1 < len(found) else None
        step = _step(before, version)
        yield Moment(step=step, version=version, before=before, after=times.get(version.first_seq - 1))


def _step(before: EntryVersion | None, version: EntryVersion) -> Step:
    if version.follows_gone:
        return Step.EDITED  # from what is no longer kept
    if before is None:
        return Step.NEW
    if before.last_seq is not None and before.last_seq < version.first_seq - 1:
        return Step.BACK
    if before.is_published != version.is_published:
        return Step.SHOWN if version.is_published else Step.HIDDEN
    return Step.TECHNICAL if bytes(before.compare_hash) == bytes(version.compare_hash) else Step.EDITED
