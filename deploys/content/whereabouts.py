"""Where versions of entries are: waiting, on their way, or in place at an environment, and since which build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from deploys.lifecycle import OPEN
from deploys.models import PROVED, BuildContent, EntryVersion, Environment, Proof

MOST = 2000  # builds that are looked back upon; "since" of what is older names the oldest of these


class Place(StrEnum):
    """Where a version stands at one environment."""

    HIDDEN = "hidden"  # the CMS does not show it: a draft, or taken offline
    SCHEDULED = "scheduled"  # goes live at `at`, with the first publish after it
    EXPIRED = "expired"  # its time ended at `at`
    WAITING = "waiting"  # the next publish carries it
    PUBLISHING = "publishing"  # in build `build`, which is in line or under way
    CONFIRMING = "confirming"  # in build `build`, which is over and not seen on the site yet
    UNCONFIRMED = "unconfirmed"  # the same, and it was looked for long enough
    LIVE = "live"  # proved to be in place with build `build` since `at`
    FINISHED = "finished"  # in the newest finished build of a place that cannot be checked
    GONE = "gone"  # was in place; build `build` came without it at `at`
    SKIPPED = "skipped"  # replaced or removed in the CMS before any build brought it out


@dataclass(frozen=True, kw_only=True, slots=True)
class Whereabouts:
    """Where one version is. `build` and `at` belong to the place; `first_build` and `since` to when it was brought out.

    `may_be_in` is a build in place that ran while the version was saved: visitors may see it already.
    `is_leaving`: in place, but the next publish takes it away or brings a newer version.
    """

    place: Place
    build: int | None = None
    at: datetime | None = None
    first_build: int | None = None
    since: datetime | None = None
    last_build: int | None = None
    may_be_in: int | None = None
    is_leaving: bool = False
    is_checked: bool = True

    @property
    def is_out(self) -> bool:
        """True while visitors get this version, as far as can be known."""
        return self.place in {Place.LIVE, Place.FINISHED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Carrier:
    """A build that carried a state of a source, and how far it came. `from_at` is empty if it never was in place."""

    number: int
    source: int
    seq: int
    seq_after: int | None
    read_at: datetime
    is_open: bool
    proof: str
    from_at: datetime | None
    is_in_place: bool

    def covers(self, version: EntryVersion) -> bool:
        """True when the build surely has this version, and the version was visible when its content was read."""
        begun = version.first_seq <= self.seq and version.source_id == self.source
        return begun and (version.last_seq is None or version.last_seq >= self.seq) and version.is_visible(self.read_at)

    def lacks(self, version: EntryVersion) -> bool:
        """True when the build was read after the version came, and surely comes without it."""
        return version.source_id == self.source and version.first_seq <= self.seq and not self.covers(version)

    def may_have(self, version: EntryVersion) -> bool:
        """True when the version came while the pipeline ran."""
        return (
            version.source_id == self.source
            and self.seq_after is not None
            and self.seq < version.first_seq <= self.seq_after
        )


@dataclass(frozen=True, kw_only=True)
class Carriers:
    """What builds carried of some sources, newest first, by environment."""

    by_environment: Mapping[int, list[Carrier]] = field(default_factory=dict)

    @classmethod
    def read(
        cls, environments: Iterable[Environment], versions: Iterable[EntryVersion], *, only_open: bool = False
    ) -> Carriers:
        """Read what is needed to place these versions, or only to see what is on its way. One query, however many."""
        known, places = list(versions), {environment.pk: environment for environment in environments}
        found: dict[int, list[Carrier]] = {pk: [] for pk in places}
        if not known or not places:
            return cls(by_environment=found)
        oldest = min(version.first_seq for version in known)
        rows = BuildContent.objects.filter(
            Q(seq__gte=oldest) | Q(seq_after__gte=oldest),
            build__environment__in=list(places),
            source__in={version.source_id for version in known},
        )
        if only_open:
            rows = rows.filter(build__state__in=OPEN)
        for content in rows.select_related("build__release").order_by("-build__number")[:MOST]:
            environment = places[content.build.environment_id]
            found[environment.pk].append(_carrier(content, environment.live_release_id))
        return cls(by_environment=found)

    def place(self, version: EntryVersion, environment: Environment, moment: datetime) -> Whereabouts:
        """Where the version is at the environment."""
        carriers = [one for one in self.by_environment.get(environment.pk, []) if one.source == version.source_id]
        out = [one for one in carriers if one.from_at]
        here = next((one for one in out if one.is_in_place), None)
        if here is not None and here.covers(version):
            return _in_place(version, here, out, moment)
        coming = next((one for one in reversed(carriers) if one.is_open and one.covers(version)), None)
        if coming is not None:
            return Whereabouts(place=Place.PUBLISHING, build=coming.number, at=coming.read_at)
        unproved = next((one for one in carriers if _is_unproved(one) and one.covers(version)), None)
        if unproved is not None and (here is None or unproved.number > here.number):
            place = Place.CONFIRMING if unproved.proof == Proof.PENDING else Place.UNCONFIRMED
            return Whereabouts(place=place, build=unproved.number)
        return _not_in_place(version, here, out, moment)

    def on_its_way(self, old: EntryVersion | None, new: EntryVersion | None, environment: Environment) -> int | None:
        """The open build that brings a change: it has the new version or, where there is none, lacks the old one."""
        for one in reversed(self.by_environment.get(environment.pk, [])):
            if not one.is_open:
                continue
            if new is not None and one.covers(new):
                return one.number
            if new is None and old is not None and one.lacks(old):
                return one.number
        return None


def _carrier(content: BuildContent, live_release: int | None) -> Carrier:
    build = content.build
    release = getattr(build, "release", None)
    from_at = None
    if release is not None:
        from_at = release.created_at if release.proof == Proof.UNCHECKED else release.live_at
    return Carrier(
        number=build.number,
        source=content.source_id,
        seq=content.seq,
        seq_after=content.seq_after,
        read_at=content.read_at,
        is_open=build.state in OPEN,
        proof=release.proof if release else "",
        from_at=from_at,
        is_in_place=release is not None and release.pk == live_release,
    )


def _is_unproved(carrier: Carrier) -> bool:
    return not carrier.is_in_place and carrier.proof in {Proof.PENDING, Proof.MISSING}


def _in_place(version: EntryVersion, here: Carrier, out: list[Carrier], moment: datetime) -> Whereabouts:
    first = here
    for one in _before(here, out):
        if not one.covers(version):
            break
        first = one
    is_checked = here.proof in PROVED
    return Whereabouts(
        place=Place.LIVE if is_checked else Place.FINISHED,
        build=first.number,
        at=first.from_at,
        first_build=first.number,
        since=first.from_at,
        last_build=here.number,
        is_leaving=version.last_seq is not None or not version.is_visible(moment),
        is_checked=is_checked,
    )


def _before(here: Carrier, out: list[Carrier]) -> Iterator[Carrier]:
    """The builds that were in place before this one, newest first."""
    ordered = sorted(out, key=_brought_out, reverse=True)
    return iter(ordered[ordered.index(here) + 1 :])


def _brought_out(carrier: Carrier) -> tuple[datetime, int]:
    return (carrier.from_at or carrier.read_at, carrier.number)


def _not_in_place(version: EntryVersion, here: Carrier | None, out: list[Carrier], moment: datetime) -> Whereabouts:
    past = sorted(out, key=_brought_out)
    had = [at for at, one in enumerate(past) if one.covers(version)]
    if version.last_seq is None:
        ahead = _ahead(version, here, moment)
        if ahead.place == Place.WAITING or not had:
            return ahead
    if not had:
        return Whereabouts(place=Place.SKIPPED if version.is_published else Place.HIDDEN)
    first, last = past[had[0]], past[had[-1]]
    after = past[had[-1] + 1] if had[-1] + 1 < len(past) else None
    return Whereabouts(
        place=Place.GONE,
        build=after.number if after else None,
        at=after.from_at if after else None,
        first_build=first.number,
        since=first.from_at,
        last_build=last.number,
        is_checked=last.proof in PROVED,
    )


def _ahead(version: EntryVersion, here: Carrier | None, moment: datetime) -> Whereabouts:
    """A version that the CMS holds now and that no build has brought out."""
    if not version.is_published:
        return Whereabouts(place=Place.HIDDEN)
    if version.publish_at and version.publish_at > moment:
        return Whereabouts(place=Place.SCHEDULED, at=version.publish_at)
    if version.expire_at and version.expire_at <= moment:
        return Whereabouts(place=Place.EXPIRED, at=version.expire_at)
    may_be_in = here.number if here is not None and here.may_have(version) else None
    return Whereabouts(place=Place.WAITING, may_be_in=may_be_in)
