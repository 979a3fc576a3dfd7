"""Whether what a build of drafts holds is by now what visitors may see: then its pages may go live as they are.

Of drafts everything in the CMS counts, visible or not; of the live site what is visible at one moment. Untouched
entries are never read: both sides are ranges of an index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from django.db.models import Q

from deploys.content.canonical import canonical
from deploys.content.changes import Point
from deploys.models import Build, BuildContent, ContentBlob, ContentSource, EntryVersion, Site

STATUS = "is_published"  # says whether visitors may see an entry, not what they see


@dataclass(frozen=True, kw_only=True)
class Parity:
    """How the two differ. `unseen` are entries of the build that visitors may not see, `newer` what was saved since.

    `unknown` are sources of which nobody can say it: not read, in trouble, or edited while the build ran; `pending`
    those whose reading after the build has not come yet.
    """

    unseen: list[EntryVersion] = field(default_factory=list)
    newer: list[EntryVersion] = field(default_factory=list)
    unknown: list[ContentSource] = field(default_factory=list)
    pending: list[ContentSource] = field(default_factory=list)
    is_read: bool = True

    @property
    def is_equal(self) -> bool:
        """True when both hold the same, which is known."""
        return self.is_read and not (self.unseen or self.newer or self.unknown or self.pending)


def points_now(site: Site, moment: datetime) -> dict[int, Point]:
    """What visitors may see at this moment, by the newest reading of each source that is in use."""
    return {source.pk: Point(seq=source.seq, moment=moment) for source in site.sources.active()}


def compare(drafts: Build, live: Mapping[int, Point]) -> Parity:
    """Compare what a build of drafts holds with what visitors may see at these points, by source."""
    carried = BuildContent.of(drafts)
    sources = {source.pk: source for source in ContentSource.objects.filter(pk__in=carried.keys() | live.keys())}
    unseen: list[EntryVersion] = []
    newer: list[EntryVersion] = []
    unknown: list[ContentSource] = []
    pending: list[ContentSource] = []
    for pk, source in sorted(sources.items()):
        content, point = carried.get(pk), live.get(pk)
        if content is None or content.gone_at or point is None or point.seq == 0 or source.trouble:
            unknown.append(source)
            continue
        if content.seq_after != content.seq:
            (pending if content.seq_after is None else unknown).append(source)
            continue
        of_source = _differences(source, content.seq, point)
        unseen += of_source.unseen
        newer += of_source.newer
    return Parity(unseen=unseen, newer=newer, unknown=unknown, pending=pending, is_read=bool(sources))


def _differences(source: ContentSource, seq: int, live: Point) -> Parity:
    rows = EntryVersion.objects.filter(source=source)
    still = Q(last_seq=None) | Q(last_seq__gte=live.seq)
    shown = rows.at(live.seq).visible(live.moment)
    in_both = shown.filter(first_seq__lte=seq).filter(Q(last_seq=None) | Q(last_seq__gte=seq))
    only_drafts = {one.entry_key: one for one in rows.at(seq).exclude(pk__in=in_both.values("pk"))}
    only_live = {one.entry_key: one for one in shown.filter(still, first_seq__gt=seq)}
    same = _same_but_for_status(only_drafts, only_live)
    return Parity(
        unseen=_newest_first(one for key, one in only_drafts.items() if key not in only_live),
        newer=_newest_first(one for key, one in only_live.items() if key not in same),
    )


def _same_but_for_status(drafts: Mapping[str, EntryVersion], live: Mapping[str, EntryVersion]) -> set[str]:
    """The entries that became visible, or were saved, without another word in them."""
    both = [(drafts[key], live[key]) for key in drafts.keys() & live.keys()]
    hashes = {bytes(one.hash) for pair in both for one in pair}
    contents = {
        bytes(blob.hash): _without_status(bytes(blob.data)) for blob in ContentBlob.objects.filter(pk__in=hashes)
    }
    return {
        old.entry_key
        for old, new in both
        if old.marker == new.marker
        and contents.get(bytes(old.hash), b"old") == contents.get(bytes(new.hash), b"new")  # unknown is never equal
    }


def _without_status(data: bytes) -> bytes:
    content = orjson.loads(data)
    content.pop(STATUS, None)
    return canonical(content)


def _newest_first(versions: Iterable[EntryVersion]) -> list[EntryVersion]:
    return sorted(versions, key=lambda one: (-one.changed_at.timestamp() if one.changed_at else 0.0, one.entry_key))
