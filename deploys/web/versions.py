"""Versions of a site as people speak of them: since when one was live, which is the newest, which can come back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from deploys.builds import copies, rights
from deploys.lifecycle import State
from deploys.models import Build, Environment, HostState, Release, Role
from deploys.web import clock
from deploys.web.card_model import either


def original_of(build: Build) -> Build:
    """The build that made this version: for a bring-back the one that it put back."""
    return build.brings_back or build


def dated(build: Build) -> datetime:
    """What names a version: since when visitors first saw it. Reads the release of the original."""
    original = original_of(build)
    release: Release | None = getattr(original, "release", None)
    return (release.live_at or release.created_at) if release else original.requested_at


def returning(build: Build, now: datetime) -> str:
    """What a copy under way does: "Bringing back the version from today at 11:20"."""
    if build.promotes and build.promotes.environment.is_for_previews:
        return _("Publishing the preview of build {number} as it is").format(number=build.promotes.number)
    if build.promotes:
        return _("Copying the version of {place} here").format(place=build.promotes.environment.name)
    return _("Bringing back the version from {time}").format(time=clock.moment_words(dated(build), now))


def newest(environment: Environment) -> Release | None:
    """The last version that was put on the web host, other than by bringing an earlier one back. One query."""
    rows = environment.releases.filter(build__brings_back=None).select_related("build__requested_by")
    return rows.order_by("-build__number").first()


def before(release: Release) -> Release | None:
    """What visitors saw before this release went live, if that was another version. One query."""
    rows = Release.objects.filter(environment_id=release.environment_id, replaced_at__isnull=False)
    found = (
        rows.select_related("build__brings_back__release")
        .exclude(pk=release.pk)
        .exclude(live_at=None)
        .order_by("-replaced_at")
        .first()
    )
    return found if found and found.host_id != release.host_id else None


def no_right_words(environment: Environment) -> str:
    """To somebody who may not bring versions back: who can. One query."""
    names = [person.name for person in rights.who_may_bring_back(environment)]
    if not names:
        return _("Nobody may bring a version back here yet. An admin can change that.")
    return _("Your role does not allow bringing a version back. Ask {names}.").format(names=either(names))


def live_words() -> str:
    """Why the version that is live cannot be brought back."""
    return _("This is what visitors see now.")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the web hosts of some environments keep, and what is live on each: read once for a whole page."""

    hosts: dict[int, HostState]
    live: dict[int, Release]
    allowed: frozenset[int]

    @classmethod
    def of(cls, environments: Iterable[Environment], role: Role | None) -> Kept:
        """Look at the environments that keep versions, for a person with this role. One query, none without such."""
        places = [environment for environment in environments if environment.target]
        rows = HostState.objects.filter(environment__in=places) if places else []
        return cls(
            hosts={host.environment_id: host for host in rows},
            live={place.pk: place.live_release for place in places if place.live_release},
            allowed=frozenset(place.pk for place in places if rights.may_bring_back(role, place)),
        )

    def is_live(self, build: Build) -> bool:
        """True when visitors see the files of this build, whichever build put them there. Reads `build.release`."""
        live, release = self.live.get(build.environment_id), getattr(build, "release", None)
        return live is not None and release is not None and live.is_proved and live.host_id == release.host_id

    def why_not(self, build: Build) -> str:
        """Why the web host cannot show this build again, in words; "" when it can, or when it is live."""
        host = self.hosts.get(build.environment_id) or HostState(environment=build.environment)
        return copies.why_not_kept(build, host)

    def offers(self, build: Build) -> bool:
        """True when the person may bring this build back, and it would be another version than the one that is live."""
        is_whole = build.state == State.SUCCEEDED and build.brings_back_id is None
        if not is_whole or build.environment_id not in self.allowed or self.is_live(build):
            return False
        return not self.why_not(build)
