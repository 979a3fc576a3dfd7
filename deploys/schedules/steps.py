"""What the worker does for plans: notes what falls due, asks for builds, and notes what became of them.

Every step may run twice, late or beside itself: the environment is locked, and the rows say what was done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from deploys.models import Environment, Kind, Plan, PlanKind, PlanState, Schedule
from deploys.models.plan import LOOK_BACK
from deploys.outbox import tell
from deploys.releases import actions as releases
from deploys.schedules import asking, automatic, rows, settle
from deploys.schedules.due import Due, due, name_of

logger = logging.getLogger(__name__)

AHEAD = timedelta(minutes=2)  # a dated entry gets its row so long before its time, so that nothing that happens is lost
LATE = timedelta(minutes=15)  # after this, people are told that it is not live


def look_ahead(moment: datetime) -> None:
    """Once a minute: rows for what falls due, the next times of schedules, and a word about what is late."""
    note_due(moment)
    for schedule in Schedule.objects.running().weekly().exclude(plans__due_at__gt=moment).select_related("environment"):
        rows.renew(schedule, moment)
    tell_late(moment)


def keep(moment: datetime) -> None:
    """Every few seconds: what is due is asked for, what was asked for is followed. Two queries if there is nothing."""
    for environment in automatic.environments():
        _guarded(environment.pk, partial(automatic.look, environment, moment))
    wanted = Plan.objects.unsettled(moment).order_by().values_list("environment", flat=True).distinct()
    for pk in list(wanted):
        _guarded(pk, partial(keep_environment, pk, moment))


def _guarded(pk: int, action: Callable[[], None]) -> None:
    """Carry it out; one site's trouble must not keep the others waiting."""
    try:
        action()
    except Exception:
        logger.exception("The plans of environment %s could not be looked at.", pk)


@transaction.atomic
def keep_environment(pk: int, moment: datetime) -> None:
    """Bring the plans of one environment up to date: one build for everything that is due."""
    Environment(pk=pk).lock()
    environment = Environment.objects.select_related("site", "gitlab_project", "live_release__build").get(pk=pk)
    found = environment.plans.unsettled(moment).select_for_update(of=["self"])
    plans = list(found.select_related("schedule__owner", "build__release", "build__cancel_requested_by"))
    carriers = settle.Carriers.read(environment)
    changed = settle.settle(environment, plans, carriers)
    for plan in changed:
        if plan.state == PlanState.MISSED and plan.kind != PlanKind.AUTOMATIC and plan.alarmed_at is None:
            Plan.objects.filter(pk=plan.pk).update(alarmed_at=moment)
    waiting = [plan for plan in plans if plan.state == PlanState.PLANNED]
    if waiting:
        changed += asking.ask(environment, waiting, carriers, moment)
    if changed:
        environment.touch()
        _tell_programs(environment, changed)


def _tell_programs(environment: Environment, changed: list[Plan]) -> None:
    """What nobody needs a message about, but programs may."""
    kinds = {PlanState.ASKED: Kind.PLAN_BEGAN, PlanState.KEPT: Kind.PLAN_KEPT}
    for plan in changed:
        if kind := kinds.get(PlanState(plan.state)):
            key, facts = f"plan-{plan.pk}-{plan.state}", {"planned_at": plan.due_at.isoformat()}
            tell(kind, key=key, environment=environment, build=plan.build, facts=facts)


@transaction.atomic
def note_due(moment: datetime) -> None:
    """Give every dated entry that falls due its row, and take those away that the CMS dates otherwise by now."""
    found = due(moment, until=moment + AHEAD)
    known = _known(found, moment)
    fresh = [one for one in found if (one.environment_id, one.name) not in known]
    Plan.objects.bulk_create([_plan(one) for one in fresh], ignore_conflicts=True)
    again = {known[key] for one in found if (key := (one.environment_id, one.name)) in known}
    # A date that was taken back and set again is a plan again.
    _move(Plan.objects.filter(pk__in=again, state=PlanState.CANCELED), PlanState.PLANNED)
    early = Plan.objects.planned().filter(kind=PlanKind.CONTENT, due_at__gt=moment)
    wanted = {(one.environment_id, one.name) for one in found}
    gone = [plan.pk for plan in early if (plan.environment_id, name_of(plan)) not in wanted]
    Plan.objects.filter(pk__in=gone).delete()


def _known(found: list[Due], moment: datetime) -> dict[tuple[int, tuple[int | None, str, datetime, bool]], int]:
    """The ids of the rows there are. One query."""
    if not found:
        return {}
    rows_there = Plan.objects.filter(
        kind=PlanKind.CONTENT,
        due_at__gte=min(one.due_at for one in found),
        due_at__lte=moment + AHEAD,
        environment__in={one.environment_id for one in found},
    )
    return {(plan.environment_id, name_of(plan)): plan.pk for plan in rows_there}


def _plan(one: Due) -> Plan:
    return Plan(
        environment_id=one.environment_id,
        kind=PlanKind.CONTENT,
        due_at=one.due_at,
        source_id=one.source_id,
        entry_key=one.entry_key,
        title=one.title,
        leaves=one.leaves,
    )


def tell_late(moment: datetime) -> None:
    """Note, once for each, what should be live and was not even asked for; give up what is a week old."""
    late = Plan.objects.unsettled(moment).planned().filter(due_at__lte=moment - LATE, alarmed_at=None)
    late = late.exclude(kind=PlanKind.AUTOMATIC)
    for pk in list(late.order_by().values_list("environment", flat=True).distinct()):
        environment = Environment.objects.get(pk=pk)
        if releases.held_by(environment):
            continue  # the card says that nothing happens by itself
        with transaction.atomic():
            environment.touch()
            found = list(late.filter(environment=pk).order_by("due_at", "pk"))
            Plan.objects.filter(pk__in=[plan.pk for plan in found]).update(alarmed_at=moment)
            _tell(environment, found)
    given_up = Plan.objects.planned().filter(due_at__lte=moment - LOOK_BACK)
    _move(given_up, PlanState.MISSED, "Buildhub could not publish it within a week.")


def _tell(environment: Environment, plans: list[Plan]) -> None:
    """One message for what the CMS holds back, one for the rest; without titles, which are not public yet."""
    pending = [plan for plan in plans if plan.note == asking.PENDING]
    missed = [plan for plan in plans if plan.note != asking.PENDING]
    if pending:
        facts = {"planned_at": pending[0].due_at.isoformat(), "count": len(pending)}
        tell(Kind.CONTENT_LATE, key=f"plan-{pending[0].pk}-cms", environment=environment, facts=facts)
    if missed:
        facts = {"planned_at": missed[0].due_at.isoformat()}
        tell(Kind.PLAN_MISSED, key=f"plan-{missed[0].pk}-missed", environment=environment, facts=facts)


def _move(plans: Iterable[Plan], to: PlanState, note: str = "") -> None:
    for plan in plans:
        plan.state, plan.note = to, note
        plan.save(update_fields=["state", "note"])
