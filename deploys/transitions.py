"""The only place that changes a build's state: the row and its event in one transaction."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from deploys.lifecycle import ENDED, MOVES, State
from deploys.models import Build, Event, Kind, User
from deploys.outbox import tell

TOLD = {
    State.FAILED: Kind.FAILED,
    State.LOST: Kind.FAILED,
    State.UNKNOWN: Kind.UNCLEAR,
    State.CANCELED: Kind.STOPPED,
}

NEWS = timedelta(hours=1)  # an end in GitLab that is found later is history

logger = logging.getLogger(__name__)


class IllegalMove(Exception):
    """The table of moves does not allow this one; the build stays as it is."""

    def __init__(self, build: Build, to: State) -> None:
        super().__init__(f"{build} cannot go from {build.state} to {to}.")


def advance(
    build: Build,
    to: State,
    *,
    actor: User | None = None,
    note: str = "",
    event_facts: dict[str, Any] | None = None,
    attempt: int | None = None,
    **facts: Any,
) -> bool:
    """Move the build to a state and record it; `facts` are further columns to set in the same write.

    With `attempt`, only while the row's attempts still have that value (fencing of a late worker).
    Returns False when another worker already moved it; raises IllegalMove when the table does not allow the move.
    Locks the environment first, then the build: every writer takes them in this order.
    """
    old = State(build.state)
    if to == old:
        return False
    if to not in MOVES[old]:
        raise IllegalMove(build, to)
    if to in ENDED:
        facts.setdefault("finished_at", now())
        facts.update(lease_until=None, next_look_at=None, waiting_note="")
    elif old in ENDED:
        facts.update(finished_at=None, error_class="", error_facts={}, hidden_at=None, cancel_requested_at=None)
    fence = {} if attempt is None else {"attempts": attempt}
    environment = build.environment
    with transaction.atomic(savepoint=False):
        environment.touch()
        moved = Build.objects.filter(pk=build.pk, state=old, **fence).update(state=to, **facts)
        if moved:
            event = Event.record(build.pk, old=old, new=to, actor=actor, note=note, facts=event_facts or {})
            if kind := _kind(build, to, actor, facts):
                tell(kind, key=f"event-{event.pk}", build=build, actor=actor)
    build.refresh_from_db()
    build.environment = environment  # a refresh forgets what hangs on the row, and asking again is three queries
    if moved:
        _log_move(build, old)
    return bool(moved)


def _kind(build: Build, to: State, actor: User | None, facts: dict[str, Any]) -> Kind | None:
    """What people hear of the move, if anything. Going live is told when it is proved, not here.

    A press that the same person took back in line is as if nobody had pressed. `build` still stands where it was.
    """
    if build.state == State.QUEUED and actor is not None and actor.pk == build.requested_by_id:
        return None
    if build.is_foreign and (facts.get("finished_at") or now()) < now() - NEWS:
        return None
    if to == State.FAILED and facts.get("error_class") == "held_back":
        return Kind.HELD_BACK
    return TOLD.get(to)


def _log_move(build: Build, old: State) -> None:
    """Write the line that ties the build's id to its key, by which GitLab knows it."""
    named = {"build_id": build.pk, "build": str(build.key)}
    logger.info("Build %s went from %s to %s.", build.number, old, build.state, extra=named)


def note(build: Build, text: str, *, actor: User | None = None, tells: Kind | None = None, **facts: Any) -> None:
    """Record something that happened to the build without a move, and set further columns with it.

    `tells`: what people may want to hear of it as.
    """
    with transaction.atomic(savepoint=False):
        build.environment.touch()
        if facts:
            Build.objects.filter(pk=build.pk).update(**facts)
        event = Event.record(build.pk, actor=actor, note=text)
        if tells:
            tell(tells, key=f"event-{event.pk}", build=build, actor=actor)
    _take_over(build, facts)


def learn(build: Build, **facts: Any) -> None:
    """Set columns that pages may show, without an event."""
    with transaction.atomic(savepoint=False):
        build.environment.touch()
        Build.objects.filter(pk=build.pk).update(**facts)
    _take_over(build, facts)


def _take_over(build: Build, facts: dict[str, Any]) -> None:
    """Give the object in hand what was written, without reading the whole row again."""
    for name, value in facts.items():
        setattr(build, name, value)
