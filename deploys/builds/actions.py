"""What someone asks of builds: each action writes rows and enqueues on commit; no network here."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.builds import line, preview_limits, rights
from deploys.builds.taking_over import takes_over
from deploys.lifecycle import ACTIVE, ENDED, State
from deploys.models import Build, BuildRequest, Cause, Environment, Job, Kind, Preview, Role, SendAs, Step, User
from deploys.releases import actions as releases
from deploys.transitions import advance, learn, note


class NotAllowed(Exception):
    """The person's role does not allow this; `people` are those who can."""

    def __init__(self, people: list[User]) -> None:
        super().__init__("This person's role does not allow this.")
        self.people = people


class NotConfigured(Exception):
    """Publishing is not set up here; `missing` names the settings."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"Publishing is not set up here: {', '.join(missing)} missing.")
        self.missing = missing


class AlreadyBuilding(Exception):
    """A build began that the page of this press did not know about yet."""

    def __init__(self, build: Build) -> None:
        super().__init__(f"{build} is already under way.")
        self.build = build


class Held(Exception):
    """Nothing is built by itself while an earlier version is live; `build` brought it back."""

    def __init__(self, build: Build) -> None:
        super().__init__(f"An earlier version is live ({build}): automatic builds are held.")
        self.build = build


class CannotTell(Exception):
    """The pipeline takes nothing from Buildhub, so that it cannot be told to publish anyway."""


class TooLate(Exception):
    """The build is past the point where it can be stopped, or over."""


AUTOMATIC = frozenset({Cause.SCHEDULE, Cause.CMS})  # nobody pressed anything: held while an earlier version is live


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a request led to: its build, and every open build of the environment, oldest first.

    `open_builds` is None when the request had been made before, so that nobody looked.
    """

    build: Build
    open_builds: list[Build] | None


def request(
    *,
    environment: Environment,
    actor: User | None,
    cause: Cause = Cause.PERSON,
    key: str = "",
    seen_number: int | None = None,
    retry_of: Build | None = None,
    anyway: bool = False,
) -> Build:
    """Ask for a build and return it: a new one, or the one in line that this request joins. See `ask`."""
    asked = ask(
        environment=environment,
        actor=actor,
        cause=cause,
        key=key,
        seen_number=seen_number,
        retry_of=retry_of,
        anyway=anyway,
    )
    return asked.build


@transaction.atomic
def ask(
    *,
    environment: Environment,
    actor: User | None,
    cause: Cause = Cause.PERSON,
    key: str = "",
    seen_number: int | None = None,
    retry_of: Build | None = None,
    role: Role | None = None,
    anyway: bool = False,
    is_asked_twice: bool = False,
) -> Asked:
    """Ask for a build: a new one, or the one in line that this request joins.

    `key` is the form's idempotency key: the same key returns the same build. `seen_number` is the newest build that
    the page knew; a newer one under way raises AlreadyBuilding, so that a stale page makes no second build.
    `actor` None means the system itself; `role` is the actor's on this site, for a caller that has just read it.
    `anyway` publishes although much of the site would vanish; `is_asked_twice`: the person has read what goes live and
    meant it, so that no seconds to undo it pass. Raises NotAllowed, NotConfigured, Held, TooManyPreviews.
    """
    if actor and not rights.may_publish(role or rights.role_of(actor, environment.site), environment):
        raise NotAllowed(rights.who_may_publish(environment))
    _check_settings(environment)
    environment.lock()
    if known := _asked_before(environment, key):
        return Asked(build=known, open_builds=None)
    open_builds = list(environment.builds.open().order_by("number"))
    active = line.under_way(open_builds, now())
    if active and seen_number is not None and active.number > seen_number:
        raise AlreadyBuilding(active)
    _check_hold(environment, cause)
    build = _to_join(open_builds, anyway=anyway)
    if build is None:
        build = _create(environment, actor, cause, retry_of, anyway=anyway, is_asked_twice=is_asked_twice or anyway)
        open_builds = [one for one in open_builds if not takes_over(build, one)] + [build]
    else:
        _join(build, actor, cause)
    BuildRequest.objects.create(build=build, user=actor, key=key or uuid.uuid4().hex)
    transaction.on_commit(partial(wake.start, build.pk, in_seconds=line.grace_left(build, now())))
    return Asked(build=build, open_builds=open_builds)


def _asked_before(environment: Environment, key: str) -> Build | None:
    """The build that the form with this key asked for when it came the first time."""
    if not key:
        return None
    earlier = BuildRequest.build_asked_for(key)
    return environment.builds.filter(pk=earlier).first() if earlier else None


def _check_settings(environment: Environment) -> None:
    if missing := environment.missing_settings():
        raise NotConfigured(missing)


def _check_hold(environment: Environment, cause: Cause) -> None:
    if cause in AUTOMATIC and (holding := releases.held_by(environment)):
        raise Held(holding)


def _to_join(open_builds: list[Build], *, anyway: bool) -> Build | None:
    """The build in line that does what is asked for: one with a pipeline, and last in line, so that it has the word."""
    last = next((build for build in reversed(open_builds) if not build.is_foreign), None)
    fits = last is not None and last.state == State.QUEUED and not last.is_copy and last.anyway == anyway
    return last if fits else None


def _join(build: Build, actor: User | None, cause: Cause) -> None:
    """Somebody asks for what is in line already. What a second person approved before is not what goes live now."""
    who, is_new = (actor.name if actor else cause.label), actor is not None and actor.pk != build.requested_by_id
    if build.approved_at:
        words = f"{who} asked for it too, so it has to be approved again"
        note(build, words, actor=actor, tells=Kind.TO_APPROVE, approved_by=None, approved_at=None)
    elif is_new:
        note(build, f"{who} joined this build", actor=actor)


def _create(
    environment: Environment,
    actor: User | None,
    cause: Cause,
    retry_of: Build | None,
    *,
    anyway: bool,
    is_asked_twice: bool,
) -> Build:
    if environment.is_for_previews:
        preview_limits.check(environment, actor)
    build = Build.create_queued(
        environment=environment,
        requested_by=actor,
        cause=cause,
        retry_of=retry_of,
        anyway=anyway,
        not_before=_grace_until(environment, cause, is_asked_twice=is_asked_twice),
    )
    who = actor.name if actor else cause.label
    words = f"{who} pressed Publish" if cause == Cause.PERSON else f"{who} asked for a build"
    if environment.is_for_previews:
        Preview.create_for(build, lasts=preview_limits.LASTS)
        words = f"{who} asked for a preview"
    note(build, f"{words} again after build {retry_of.number}" if retry_of else words, actor=actor)
    line.note_if_held(build)
    return build


def _grace_until(environment: Environment, cause: Cause, *, is_asked_twice: bool) -> datetime | None:
    """Until when a press can be undone; None where nobody pressed, or was asked whether it is meant."""
    if cause != Cause.PERSON or is_asked_twice or not environment.grace_seconds:
        return None
    return now() + timedelta(seconds=environment.grace_seconds)


def cancel(*, build: Build, actor: User | None) -> Build:
    """Stop a build: at once while it is in line, else by asking GitLab. Raises NotAllowed, TooLate."""
    if actor and not rights.may_stop(actor, rights.role_of(actor, build.site), build):
        raise NotAllowed(rights.people_with(build.site, [Role.PUBLISHER, Role.ADMIN]))
    if build.state in ENDED or is_going_live(build):
        raise TooLate
    who = actor.name if actor else "Buildhub"
    if build.state in {State.QUEUED, State.UNKNOWN}:
        advance(build, State.CANCELED, actor=actor, note=f"{who} stopped it", cancel_requested_by=actor)
        line.wake_next(build.environment_id)
        return build
    if build.cancel_requested_at is None:
        note(build, f"{who} asked to stop", actor=actor, cancel_requested_at=now(), cancel_requested_by=actor)
    pk = build.pk
    transaction.on_commit(lambda: wake.cancel(pk))
    return build


def retry(*, build: Build, actor: User | None, key: str = "", seen_number: int | None = None) -> Build:
    """Ask for a new build in place of an ended one. Raises as `request` does."""
    return request(environment=build.environment, actor=actor, key=key, seen_number=seen_number, retry_of=build)


def publish_anyway(*, build: Build, actor: User, key: str = "") -> Build:
    """Build anew and publish although much of the site would vanish. Raises NotAllowed, NotConfigured, CannotTell."""
    environment = build.environment
    if not rights.may_bring_back(rights.role_of(actor, build.site), environment):
        raise NotAllowed(rights.who_may_bring_back(environment))
    if environment.send_as == SendAs.NONE:
        raise CannotTell
    return request(environment=environment, actor=actor, key=key, retry_of=build, anyway=True)


def stop_and_retry(*, build: Build, actor: User, key: str = "") -> Build:
    """Stop a build that does not answer and ask for a new one, which starts when the old one has ended."""
    if build.state not in ENDED:
        cancel(build=build, actor=actor)
    return retry(build=build, actor=actor, key=key)


def look_again(*, build: Build, actor: User) -> None:
    """Search GitLab once more for a build whose fate is unknown; a known one needs no search. Raises NotAllowed."""
    if not rights.may_publish(rights.role_of(actor, build.site), build.environment):
        raise NotAllowed(rights.who_may_publish(build.environment))
    if build.state != State.UNKNOWN:
        return
    with transaction.atomic():
        note(build, f"{actor.name} asked to look again", actor=actor)
        pk = build.pk
        transaction.on_commit(lambda: wake.settle(pk))


def ask_again(*, environment: Environment, actor: User) -> None:
    """Have GitLab asked now, without waiting for the next look. Raises NotAllowed, NotConfigured."""
    if not rights.may_publish(rights.role_of(actor, environment.site), environment):
        raise NotAllowed(rights.who_may_publish(environment))
    if environment.gitlab_project_id is None:
        raise NotConfigured(environment.missing_settings())
    wake.observe(environment.gitlab_project_id)


def keep_waiting(*, build: Build, actor: User) -> None:
    """Put off calling a silent build stuck, for everybody and as long again. Raises NotAllowed."""
    if not rights.may_publish(rights.role_of(actor, build.site), build.environment):
        raise NotAllowed(rights.who_may_publish(build.environment))
    if build.state in ACTIVE:
        until = now() + timedelta(seconds=settings.SILENCE_IS_STUCK)
        note(build, f"{actor.name} keeps waiting for it", actor=actor, patient_until=until)


def hide_failure(*, build: Build, actor: User) -> None:
    """Put the failure notice of a build away for everybody; the build page still shows it."""
    if not rights.may_publish(rights.role_of(actor, build.site), build.environment):
        raise NotAllowed(rights.who_may_publish(build.environment))
    learn(build, hidden_at=now())


def is_going_live(build: Build) -> bool:
    """True past the last safe point: a job of the last step runs or has run well; a copy has none."""
    if build.is_copy:
        return build.state != State.QUEUED
    return Job.objects.filter(build=build, step=Step.GOING_LIVE, status__in=["running", "success"]).exists()
