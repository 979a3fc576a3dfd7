"""Four eyes: where an environment asks for it, a second person lets a build leave the line, or declines it."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.builds import line, rights
from deploys.builds.actions import NotAllowed
from deploys.lifecycle import State
from deploys.models import Build, Kind, User
from deploys.transitions import advance, note

DECLINED = "declined"  # the error class of a build that a second person did not let go out


class NotWaiting(Exception):
    """The build does not wait for a second person (any more): it was approved, left the line, or nobody has to."""


class ChangedMeanwhile(Exception):
    """What would go live is not what the person had read."""


def who_asked(build: Build) -> set[int]:
    """The ids of everybody who asked for the build, first or by joining it. One query.

    Of a token of the site also who made it: nobody is a second person to their own program.
    """
    rows = build.requests.exclude(user=None).values_list("user_id", "user__api_tokens__created_by_id")
    ids: set[int | None] = {build.requested_by_id, *(pk for row in rows for pk in row)}
    return {pk for pk in ids if pk is not None}


def who_may_approve(build: Build) -> list[User]:
    """The people who can be the second one: those with the right who did not ask for it. Two queries."""
    asked = who_asked(build)
    return [person for person in rights.who_may_approve(build.environment) if person.pk not in asked]


def may_approve(build: Build, actor: User) -> bool:
    """True when this person can be the second one. Two queries at most."""
    role = rights.role_of(actor, build.site)
    return rights.may_approve(role, build.environment) and actor.pk not in who_asked(build)


@transaction.atomic
def approve(*, build: Build, actor: User, is_as_read: bool = True) -> None:
    """Let the build leave the line when its turn comes. Raises NotWaiting, NotAllowed, ChangedMeanwhile.

    `is_as_read` False: what would go live has changed since the person read it, so that they have to look again.
    """
    _check(build, actor)
    if not is_as_read:
        raise ChangedMeanwhile
    words, moment = f"{actor.name} approved it", now()
    note(build, words, actor=actor, tells=Kind.APPROVED, approved_by=actor, approved_at=moment)
    transaction.on_commit(partial(wake.start, build.pk))


@transaction.atomic
def decline(*, build: Build, actor: User, reason: str) -> None:
    """Take the build out of the line, with a reason that everybody reads. Raises NotWaiting, NotAllowed."""
    _check(build, actor)
    advance(
        build,
        State.CANCELED,
        actor=actor,
        note=f"{actor.name} declined it: {reason}"[:300],
        cancel_requested_by=actor,
        error_class=DECLINED,
        error_facts={"reason": reason[:300]},
    )


def _check(build: Build, actor: User) -> None:
    """Lock the environment, so that nobody joins or stops the build meanwhile, and look at the row as it is now."""
    environment = build.environment
    environment.lock()
    environment.refresh_from_db(fields=["four_eyes"])
    build.refresh_from_db()
    build.environment = environment
    if not line.waits_for_approval(build):
        raise NotWaiting
    if not may_approve(build, actor):
        raise NotAllowed(who_may_approve(build))
