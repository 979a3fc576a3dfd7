"""Publishing by itself: some minutes after the last edit, and not too often."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from deploys.content.outlook import Outlook, Summary
from deploys.models import ContentSource, Environment, Plan, PlanKind, PlanState
from deploys.releases import actions as releases

LONGEST = 6  # quiet periods: edits without end put a publish off no further


def environments() -> list[Environment]:
    """Those that publish by themselves, or did and still have a plan. One query."""
    rows = Environment.objects.select_related("site", "live_release__build")
    on = rows.exclude(quiet_minutes=None)
    off = rows.filter(quiet_minutes=None, plans__kind=PlanKind.AUTOMATIC, plans__state=PlanState.PLANNED)
    return [*on, *off]


def look(environment: Environment, moment: datetime) -> None:
    """Plan a build for what waits, put it off after a newer edit, drop it when nothing waits. One plan at a time.

    Edits that somebody said "not now" to, or for which a build was asked already, wait for the next edit.
    """
    live = environment.live_release
    outlook = Outlook.look(environment.site, moment, [live.build] if live else [])
    waiting = outlook.since(live.build) if live else None
    seen = fingerprint(outlook.sources)
    newest = environment.plans.filter(kind=PlanKind.AUTOMATIC).order_by("-pk").first()
    is_planned = newest is not None and newest.state == PlanState.PLANNED
    if not _is_wanted(environment, waiting):
        if is_planned:
            _drop(environment)
    elif newest is None or newest.seen != seen:
        _plan(environment, moment, seen)


def _is_wanted(environment: Environment, waiting: Summary | None) -> bool:
    if environment.quiet_minutes is None or waiting is None or not waiting.total:
        return False
    return releases.held_by(environment) is None


def fingerprint(sources: list[ContentSource]) -> str:
    """Which state of the content somebody has seen."""
    return " ".join(f"{source.pk}:{source.seq}" for source in sources)[:300]


@transaction.atomic
def _drop(environment: Environment) -> None:
    environment.lock()
    if environment.plans.planned().filter(kind=PlanKind.AUTOMATIC).delete()[0]:
        environment.touch()


@transaction.atomic
def _plan(environment: Environment, moment: datetime, seen: str) -> None:
    environment.lock()
    planned = environment.plans.planned().filter(kind=PlanKind.AUTOMATIC).first()
    begun = planned.created_at if planned else moment
    due_at = _due(environment, begun, moment)
    if planned:
        Plan.objects.filter(pk=planned.pk).update(due_at=due_at, seen=seen)
    else:
        Plan.objects.create(
            environment=environment, kind=PlanKind.AUTOMATIC, due_at=due_at, seen=seen, created_at=moment
        )
    environment.touch()


def _due(environment: Environment, begun: datetime, moment: datetime) -> datetime:
    quiet = timedelta(minutes=environment.quiet_minutes or 0)
    due_at = min(moment + quiet, begun + LONGEST * quiet) if quiet else moment
    last = environment.builds.built().order_by("-number").values_list("requested_at", flat=True).first()
    if last and environment.at_most_every:
        due_at = max(due_at, last + timedelta(minutes=environment.at_most_every))
    return due_at
