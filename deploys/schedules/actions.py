"""What people ask of plans: choose a time, pause, cancel, take that back, publish by itself. Rows only, no network."""

from __future__ import annotations

import uuid
from datetime import datetime
from itertools import islice

from django.db import transaction

from deploys import audit
from deploys.builds import rights
from deploys.builds.actions import NotAllowed
from deploys.content import comparison
from deploys.models import Environment, Kind, Plan, PlanKind, PlanState, Role, Schedule, User
from deploys.outbox import tell
from deploys.schedules import rows
from deploys.schedules.clock_times import runs

AUTOMATIC = ("quiet_minutes", "at_most_every", "publishes_dated")  # fields of an environment

MOST_FORESEEN = 200  # entries that a plan remembers

_OWNED = ("day", "weekdays", "at", "zone", "only_if_changes")


class IsOver(Exception):
    """The time has passed, or what it was about is gone; str() says so in plain words."""


def may_schedule(role: Role | None, environment: Environment, *, weekly: bool = False) -> bool:
    """Whoever may publish may do so later; rules that repeat are for publishers."""
    least = Role.PUBLISHER if weekly else Role.READER
    return rights.may_publish(role, environment) and role is not None and role.includes(least)


def may_change(user: User, role: Role | None, schedule: Schedule) -> bool:
    """True for the owner's own one, and for publishers."""
    if not may_schedule(role, schedule.environment, weekly=schedule.is_weekly):
        return False
    return schedule.owner_id == user.pk or (role is not None and role.includes(Role.PUBLISHER))


@transaction.atomic
def save(*, schedule: Schedule, actor: User, moment: datetime) -> Schedule:
    """Store a new schedule, or what was changed of one, and plan its next time.

    Raises NotAllowed, IsOver when it would never run.
    """
    environment = schedule.environment
    _check(environment, actor, schedule)
    if next(islice(runs(schedule, moment), 1), None) is None:
        raise IsOver("This time has passed. Choose a later one.")
    environment.lock()
    schedule.changed_at = moment
    if schedule.pk:
        schedule.save(update_fields=[*_OWNED, "changed_at"])
        schedule.plans.planned().delete()
    else:
        schedule.save()
    if schedule.paused_at is None:
        rows.renew(schedule, moment, foreseen=_foreseen(schedule, moment))
    environment.touch()
    _tell(schedule, actor, "saved")
    return schedule


def _foreseen(schedule: Schedule, moment: datetime) -> list[list[object]]:
    """What waits now, for a time that is chosen with it in mind."""
    if schedule.is_weekly or schedule.environment.live_release_id is None:
        return []
    found = comparison.waiting(schedule.environment, moment).changes[:MOST_FORESEEN]
    return [[one.version.source_id, one.key, one.version.title or one.key] for one in found]


@transaction.atomic
def pause(*, schedule: Schedule, actor: User, moment: datetime) -> None:
    """Let times pass without a publish until it is resumed. Raises NotAllowed."""
    _check(schedule.environment, actor, schedule)
    schedule.environment.lock()
    schedule.paused_at, schedule.paused_by = moment, actor
    schedule.save(update_fields=["paused_at", "paused_by"])
    schedule.plans.planned().delete()
    schedule.environment.touch()
    _tell(schedule, actor, "paused")


@transaction.atomic
def resume(*, schedule: Schedule, actor: User, moment: datetime) -> None:
    """Go on with its next time; those that passed meanwhile are not made up for. Raises NotAllowed."""
    _check(schedule.environment, actor, schedule)
    _take_up(schedule, moment)
    _tell(schedule, actor, "resumed")


@transaction.atomic
def cancel(*, schedule: Schedule, actor: User, moment: datetime) -> None:
    """Take a schedule back for good. Raises NotAllowed."""
    _check(schedule.environment, actor, schedule)
    schedule.environment.lock()
    schedule.canceled_at, schedule.canceled_by = moment, actor
    schedule.save(update_fields=["canceled_at", "canceled_by"])
    for plan in schedule.plans.planned().select_for_update():
        _cancel(plan, f"{actor.name} canceled it.")
    schedule.environment.touch()
    _tell(schedule, actor, "canceled")


@transaction.atomic
def restore(*, schedule: Schedule, actor: User, moment: datetime) -> None:
    """Take a cancelation back. Raises NotAllowed, IsOver when its time has passed meanwhile."""
    _check(schedule.environment, actor, schedule)
    if next(islice(runs(schedule, moment), 1), None) is None:
        raise IsOver("Its time has passed meanwhile. Choose a new one.")
    schedule.environment.lock()
    for plan in schedule.plans.filter(state=PlanState.CANCELED, due_at__gt=moment):
        plan.state, plan.note = PlanState.PLANNED, ""
        plan.save(update_fields=["state", "note"])
    _take_up(schedule, moment)
    _tell(schedule, actor, "restored")


def _tell(schedule: Schedule, actor: User, change: str) -> None:
    """Programs may want to know."""
    facts = {"schedule": schedule.pk, "change": change}
    key = f"schedule-{schedule.pk}-{uuid.uuid4().hex}"
    tell(Kind.SCHEDULE, key=key, environment=schedule.environment, actor=actor, facts=facts)


def _take_up(schedule: Schedule, moment: datetime) -> None:
    schedule.environment.lock()
    schedule.paused_at = schedule.paused_by = schedule.canceled_at = schedule.canceled_by = None
    schedule.changed_at = moment
    schedule.save(update_fields=["paused_at", "paused_by", "canceled_at", "canceled_by", "changed_at"])
    if not schedule.plans.filter(due_at__gt=moment).exists():
        rows.renew(schedule, moment)
    schedule.environment.touch()


def _check(environment: Environment, actor: User, schedule: Schedule) -> None:
    role = rights.role_of(actor, environment.site)
    allowed = (
        may_change(actor, role, schedule) if schedule.pk else may_schedule(role, environment, weekly=schedule.is_weekly)
    )
    if not allowed:
        weekly = schedule.is_weekly
        raise NotAllowed((rights.who_may_bring_back if weekly else rights.who_may_publish)(environment))


@transaction.atomic
def set_automatic(
    *, environment: Environment, actor: User, quiet_minutes: int | None, at_most_every: int, dated: bool = True
) -> None:
    """Publish by itself so many minutes after the last edit and at most so often; None: never. Raises NotAllowed.

    `dated`: entries that the CMS dates go live and leave by themselves.
    """
    if not is_admin(actor, environment):
        raise NotAllowed(rights.people_with(environment.site, [Role.ADMIN]))
    environment.lock()
    row = Environment.objects.select_related("site").get(pk=environment.pk)
    before = audit.values_of(row, AUTOMATIC)
    row.quiet_minutes, row.at_most_every, row.publishes_dated = quiet_minutes, at_most_every, dated
    row.save(update_fields=AUTOMATIC)
    audit.record_change(actor=actor, row=row, before=before, subject=f"Environment {row.name}", site=row.site)
    forget_automatic(row)
    environment.touch()


def forget_automatic(environment: Environment) -> None:
    """Drop what was foreseen by the rules as they were; by the new ones it is foreseen anew."""
    over = [PlanKind.AUTOMATIC] if environment.publishes_dated else [PlanKind.AUTOMATIC, PlanKind.CONTENT]
    environment.plans.planned().filter(kind__in=over).delete()


def is_admin(actor: User, environment: Environment) -> bool:
    """True for those who may change how an environment publishes by itself."""
    role = rights.role_of(actor, environment.site)
    return role is not None and role.includes(Role.ADMIN)


@transaction.atomic
def not_now(*, environment: Environment, actor: User) -> Plan:
    """Leave what waits to a person until something else is edited. Raises NotAllowed, IsOver."""
    _may_publish(environment, actor)
    environment.lock()
    plan = environment.plans.planned().filter(kind=PlanKind.AUTOMATIC).first()
    if plan is None:
        raise IsOver("Nothing was about to be published by itself any more.")
    _cancel(plan, f"{actor.name} said “not now”.")
    environment.touch()
    return plan


@transaction.atomic
def now_after_all(*, plan: Plan, actor: User, moment: datetime) -> None:
    """Take "not now" back. Raises NotAllowed, IsOver when something newer is planned or was published."""
    environment = plan.environment
    _may_publish(environment, actor)
    environment.lock()
    newest = environment.plans.filter(kind=PlanKind.AUTOMATIC).order_by("-pk").first()
    if newest is None or newest.pk != plan.pk or newest.state != PlanState.CANCELED:
        raise IsOver("Something newer was planned meanwhile.")
    newest.state, newest.note, newest.due_at = PlanState.PLANNED, "", max(newest.due_at, moment)
    newest.save(update_fields=["state", "note", "due_at"])
    environment.touch()


@transaction.atomic
def hide_late(*, environment: Environment, actor: User, moment: datetime) -> None:
    """Put the word about what is not live though it should be away, for everybody. Raises NotAllowed."""
    _may_publish(environment, actor)
    environment.lock()
    environment.plans.alarming(moment).update(hidden_at=moment)
    environment.touch()


def _may_publish(environment: Environment, actor: User) -> None:
    if not rights.may_publish(rights.role_of(actor, environment.site), environment):
        raise NotAllowed(rights.who_may_publish(environment))


def _cancel(plan: Plan, note: str) -> None:
    plan.state, plan.note = PlanState.CANCELED, note[:300]
    plan.save(update_fields=["state", "note"])
