"""What someone asks of kept releases: bring one back, take that back, copy staging's to the live site. Rows only."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.builds import line, promotable, rights
from deploys.builds.actions import NotAllowed
from deploys.lifecycle import OPEN, State
from deploys.models import Build, BuildRequest, Cause, Environment, HostState, Preview, Release, User
from deploys.releases import actions as releases
from deploys.transitions import note

UNDO_WITHIN = timedelta(minutes=10)


class NotKept(Exception):
    """The release cannot be brought back; str() says why in plain words."""


class IsLive(Exception):
    """The release is what visitors see already."""


def why_not_kept(build: Build, host: HostState) -> str:
    """Why the release of this build cannot be brought back, in plain words; "" when it can. `build.release` is read."""
    environment = build.environment
    if not environment.target:
        return "This site keeps no earlier versions."
    release: Release | None = getattr(build, "release", None)
    if release is None:
        return "This build never reached the web host."
    if not host.keeps(release):
        return "No longer kept."
    return ""


def why_not_promoted(build: Build, environment: Environment) -> str:
    """Why the release of this build cannot be copied to that environment, in plain words; "" when it can.

    Its files must not name the address that they were built for: visitors of the other place would be sent back. Those
    of a preview must be what a build of the environment would make now.
    """
    if not environment.target:
        return f"{environment.name} keeps no versions, so none can be copied to it."
    if build.environment.is_for_previews:
        return promotable.why_not_published(build, environment)
    if why := why_not_kept(build, HostState.of(build.environment)):
        return why
    return promotable.why_tied(build, environment)


@transaction.atomic
def bring_back(
    *,
    build: Build,
    actor: User | None,
    reason: str = "",
    key: str = "",
    anyway: bool = False,
    cause: Cause = Cause.PERSON,
) -> Build:
    """Ask for the release of this build to be live again, without a pipeline; automatic builds are held from now on.

    `key` is the form's idempotency key; `anyway` goes on although much of the site would vanish, which the person has
    read. Raises NotAllowed, NotKept, IsLive.
    """
    environment = build.environment
    if actor and not rights.may_bring_back(rights.role_of(actor, environment.site), environment):
        raise NotAllowed(rights.who_may_bring_back(environment))
    original = build.brings_back or build
    environment.lock()
    if known := _asked_before(environment, key):
        return known
    _check(original, build, environment)
    who = actor.name if actor else "Buildhub"
    return _ask(
        environment,
        actor,
        key,
        words=f"{who} asked to bring back build {original.number}",
        brings_back=original,
        reason=reason[:300],
        anyway=anyway,
        cause=cause,
    )


def _check(original: Build, build: Build, environment: Environment) -> None:
    """Raises NotKept, IsLive; the latter only while nothing else is on its way."""
    if why := why_not_kept(original, HostState.of(environment)):
        raise NotKept(why)
    fresh = Environment.objects.select_related("live_release").get(pk=environment.pk)
    live = fresh.live_release
    busy = environment.builds.filter(state__in=OPEN).exists()
    if live and not busy and live.host_id == original.release.host_id and live.is_proved and not _is_mending(fresh):
        raise IsLive(f"Build {build.number} is what visitors see already.")


def _is_mending(environment: Environment) -> bool:
    """True when files on the host are not as published: then the live release itself can be put back."""
    return bool(HostState.of(environment).trouble)


def undo(*, build: Build, actor: User, key: str = "") -> Build:
    """Take a bring-back back: make what was live before it live again. Raises NotAllowed, NotKept, IsLive."""
    if build.base is None:
        raise NotKept("Nothing was live before it.")
    return bring_back(build=build.base, actor=actor, reason=f"Undo of build {build.number}", key=key, anyway=True)


@transaction.atomic
def promote(
    *, build: Build, environment: Environment, actor: User, key: str = "", reason: str = "", anyway: bool = False
) -> Build:
    """Ask for the release of another environment's build to be copied to this one. Raises NotAllowed, NotKept.

    A preview may go live by whoever publishes, as it holds nothing else than a build now would. `anyway` goes on
    although much of the site would vanish.
    """
    original = build.brings_back or build
    is_preview = original.environment.is_for_previews
    role = rights.role_of(actor, environment.site)
    if not rights.may_promote(role, original, environment) or (anyway and not rights.may_bring_back(role, environment)):
        raise NotAllowed(
            rights.who_may_bring_back(environment) if anyway else rights.who_may_promote(original, environment)
        )
    environment.lock()
    if known := _asked_before(environment, key):
        return known
    if is_preview:
        # Whoever deletes it waits for this lock, and then sees the copy.
        original.preview = Preview.objects.select_for_update().get(build=original)
    if why := why_not_promoted(original, environment):
        raise NotKept(why)
    words = f"{actor.name} asked to copy build {original.number} of {original.environment.name} here"
    if is_preview:
        words = f"{actor.name} asked to publish the preview of build {original.number} as it is"
    return _ask(environment, actor, key, words=words, promotes=original, reason=reason[:300], anyway=anyway)


def lift_hold(*, environment: Environment, actor: User) -> None:
    """Let automatic publishing go on although an earlier version is live. Raises NotAllowed."""
    if not rights.may_bring_back(rights.role_of(actor, environment.site), environment):
        raise NotAllowed(rights.who_may_bring_back(environment))
    releases.lift_hold(environment=environment, actor=actor)


def _asked_before(environment: Environment, key: str) -> Build | None:
    earlier = BuildRequest.build_asked_for(key) if key else None
    return environment.builds.filter(pk=earlier).first() if earlier else None


def _ask(environment: Environment, actor: User | None, key: str, *, words: str, **facts: object) -> Build:
    build = Build.create_queued(environment=environment, requested_by=actor, **facts)
    note(build, words, actor=actor)
    line.note_if_held(build)
    BuildRequest.objects.create(build=build, user=actor, key=key or uuid.uuid4().hex)
    pk = build.pk
    transaction.on_commit(lambda: wake.start(pk))
    return build


def can_be_undone(build: Build) -> bool:
    """True for a while after a bring-back went well, when something was live before it."""
    if build.brings_back_id is None or build.state != State.SUCCEEDED or build.base_id is None:
        return False
    return build.finished_at is not None and now() - build.finished_at < UNDO_WITHIN
