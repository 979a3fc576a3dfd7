"""Pausing publishing of an environment, and letting it go on. What is asked for meanwhile waits in line."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.builds import actions, rights
from deploys.models import Build, Environment, Freeze, Kind, Role, User
from deploys.outbox import tell
from deploys.transitions import note


class AlreadyPaused(Exception):
    """Somebody paused publishing here before; `freeze` says who, why and until when."""

    def __init__(self, freeze: Freeze) -> None:
        super().__init__(f"{freeze} is in force already.")
        self.freeze = freeze


def may_pause(role: Role | None) -> bool:
    """Admins pause publishing, let it go on, and publish all the same."""
    return role is not None and role.includes(Role.ADMIN)


@transaction.atomic
def begin(*, environment: Environment, actor: User, reason: str, ends_at: datetime) -> Freeze:
    """Pause publishing until a moment that is still to come. Raises NotAllowed, AlreadyPaused."""
    _check_right(environment, actor)
    environment.lock()
    known = environment.freezes.filter(ended_at=None).first()
    if known and known.is_in_force(now()):
        raise AlreadyPaused(known)
    if known:
        _close(known, None)
    freeze = Freeze.objects.create(environment=environment, reason=reason[:300], begun_by=actor, ends_at=ends_at)
    Environment.objects.filter(pk=environment.pk).update(freeze=freeze)
    environment.touch()
    environment.freeze = freeze
    for build in environment.builds.in_line():
        note(build, f"{actor.name} paused publishing: {reason}", actor=actor)
    facts = {"reason": freeze.reason, "until": ends_at.isoformat()}
    tell(Kind.FREEZE_BEGAN, key=f"freeze-{freeze.pk}-began", environment=environment, actor=actor, facts=facts)
    return freeze


@transaction.atomic
def end(*, environment: Environment, actor: User) -> None:
    """Let publishing go on. Nothing happens where it is not paused. Raises NotAllowed."""
    _check_right(environment, actor)
    environment.lock()
    if freeze := environment.freezes.filter(ended_at=None).first():
        _close(freeze, actor)


def end_due() -> None:
    """End the pauses whose time is over, so that what waits for them goes out."""
    for pk in Freeze.objects.filter(ended_at=None, ends_at__lte=now()).values_list("pk", flat=True):
        with transaction.atomic():
            freeze = Freeze.objects.select_related("environment").get(pk=pk)
            freeze.environment.lock()
            freeze.refresh_from_db(fields=["ended_at"])
            if freeze.ended_at is None:
                _close(freeze, None)


def _close(freeze: Freeze, actor: User | None) -> None:
    """The environment is locked."""
    Freeze.objects.filter(pk=freeze.pk).update(ended_at=now(), ended_by=actor)
    environment = freeze.environment
    Environment.objects.filter(pk=environment.pk).update(freeze=None)
    environment.touch()
    environment.freeze = None
    words = f"{actor.name} let publishing go on" if actor else "The pause of publishing is over"
    waiting = list(environment.builds.in_line())
    for build in waiting:
        note(build, words, actor=actor)
        transaction.on_commit(partial(wake.start, build.pk))
    facts = {"waiting": len(waiting)}
    tell(Kind.FREEZE_ENDED, key=f"freeze-{freeze.pk}-ended", environment=environment, actor=actor, facts=facts)


@transaction.atomic
def publish_through(*, environment: Environment, actor: User, reason: str, key: str = "") -> Build:
    """Publish although publishing is paused: what waits in line, or a new build. Raises NotAllowed, NotConfigured."""
    _check_right(environment, actor)
    build = actions.request(environment=environment, actor=actor, key=key)
    if not build.through_freeze:
        words = f"{actor.name} publishes although publishing is paused: {reason}"
        note(build, words, actor=actor, through_freeze=True, reason=reason[:300], not_before=None)
        transaction.on_commit(lambda: wake.start(build.pk))
    return build


def _check_right(environment: Environment, actor: User) -> None:
    if not may_pause(rights.role_of(actor, environment.site)):
        raise actions.NotAllowed(rights.people_with(environment.site, [Role.ADMIN]))
