"""Publishing later: times and weekly rules of an environment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfoNotFoundError

from django.http import Http404, HttpRequest
from django.utils.timezone import now
from ninja import Router, Schema, Status
from pydantic import Field

from deploys.api.v1 import places
from deploys.api.v1.auth import PUBLISH, READ
from deploys.api.v1.idempotency import once
from deploys.api.v1.problems import Problem
from deploys.api.v1.shown_problems import CHANGING, MISSING
from deploys.api.v1.types import Clock, Day, EnvironmentSlug, Given, RowId, SiteSlug
from deploys.models import Environment, Schedule
from deploys.schedules import actions
from deploys.schedules.clock_times import runs
from deploys.web.permissions import Visit
from deploys.web.time_zone import zone_named

router = Router(tags=["schedules"], auth=READ)


class Weekday(StrEnum):
    """Days of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


WEEK = list(Weekday)
Zone = Annotated[str, Field("", max_length=64, description="IANA name; empty: the site's.", examples=["Europe/Lisbon"])]
IfChanges = Annotated[bool, Field(True, description="Nothing is published when nothing waits then.")]


class Once(Given):
    """One time."""

    kind: Literal["once"]
    day: Day
    at: Clock
    zone: Zone = ""
    only_if_changes: IfChanges = True


class Weekly(Given):
    """A rule that repeats."""

    kind: Literal["weekly"]
    weekdays: list[Annotated[Weekday, Field(strict=False)]] = Field(min_length=1, max_length=7)
    at: Clock
    zone: Zone = ""
    only_if_changes: IfChanges = True


class ShownSchedule(Schema):
    """One time or rule."""

    self: str = Field(description="Its address here; /pause, /resume and /cancel below it are for POST.")
    id: int
    kind: str = Field(description="once or weekly.")
    day: date | None
    weekdays: list[Weekday]
    at: str = Field(description="By the clock of the zone.", examples=["07:00"])
    zone: str = Field(examples=["Europe/Lisbon"])
    only_if_changes: bool
    owner: str = Field(examples=["Mei Okafor"])
    is_paused: bool
    is_canceled: bool
    next_at: datetime | None = Field(description="When it publishes next; null: not any more, or while it is paused.")

    @classmethod
    def of(cls, schedule: Schedule, moment: datetime) -> Self:
        """Show a schedule, whose environment and owner are read."""
        place = schedule.environment
        known = {"site": place.site.slug, "environment": place.slug}
        return cls(
            self=places.address("schedule", **known, schedule=schedule.pk),
            id=schedule.pk,
            kind="weekly" if schedule.is_weekly else "once",
            day=schedule.day,
            weekdays=[WEEK[day] for day in schedule.chosen_days],
            at=f"{schedule.at:%H:%M}",
            zone=schedule.zone,
            only_if_changes=schedule.only_if_changes,
            owner=schedule.owner.name,
            is_paused=schedule.paused_at is not None,
            is_canceled=schedule.canceled_at is not None,
            next_at=_next(schedule, moment),
        )


class Schedules(Schema):
    """What is planned by people: not the dates of entries in the CMS."""

    items: list[ShownSchedule]


@router.get(
    "/sites/{site}/environments/{environment}/schedules",
    response={200: Schedules, **MISSING},
    url_name="schedules",
    operation_id="list_schedules",
    summary="List schedules",
)
def list_schedules(request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug) -> Schedules:
    """Times that are to come and rules, paused ones too."""
    _visit, place = places.environment(request, site, environment)
    rows = place.schedules.kept().select_related("owner")
    shown = [ShownSchedule.of(_placed(each, place), now()) for each in rows]
    return Schedules(items=[each for each in shown if each.next_at or each.is_paused])


@router.post(
    "/sites/{site}/environments/{environment}/schedules",
    response={201: ShownSchedule, **CHANGING},
    url_name="make-schedule",
    operation_id="make_schedule",
    summary="Publish later",
    auth=PUBLISH,
)
@once
def make(
    request: HttpRequest,
    site: SiteSlug,
    environment: EnvironmentSlug,
    body: Annotated[Once | Weekly, Field(discriminator="kind")],
) -> Status[ShownSchedule]:
    """Choose a time, or weekdays. Rules that repeat are for publishers."""
    visit, place = places.environment(request, site, environment)
    zone = body.zone or place.site.time_zone
    if zone_named(zone) is None:
        raise Problem(404, "unknown-zone", f"There is no time zone {zone[:64]!r}. Use a name such as Europe/Lisbon.")
    schedule = Schedule(
        environment=place,
        owner=visit.user,
        day=body.day if isinstance(body, Once) else None,
        weekdays=0 if isinstance(body, Once) else sum({1 << WEEK.index(day) for day in body.weekdays}),
        at=body.at,
        zone=zone,
        only_if_changes=body.only_if_changes,
    )
    try:
        actions.save(schedule=schedule, actor=visit.user, moment=now())
    except OverflowError as error:
        raise Problem(409, "is-over", "This day is out of reach. Choose another one.") from error
    return Status(201, ShownSchedule.of(schedule, now()))


@router.get(
    "/sites/{site}/environments/{environment}/schedules/{int:schedule}",
    response={200: ShownSchedule, **MISSING},
    url_name="schedule",
    operation_id="get_schedule",
    summary="Get a schedule",
)
def get_schedule(request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug, schedule: RowId) -> ShownSchedule:
    """One time or rule, also one that is over or was canceled."""
    _visit, found = _find(request, site, environment, schedule)
    return ShownSchedule.of(found, now())


def _changing(word: str, summary: str) -> dict[str, Any]:
    return {
        "response": {200: ShownSchedule, **CHANGING},
        "url_name": f"{word}-schedule",
        "operation_id": f"{word}_schedule",
        "summary": summary,
        "auth": PUBLISH,
    }


@router.post(
    "/sites/{site}/environments/{environment}/schedules/{int:schedule}/pause", **_changing("pause", "Pause a schedule")
)
@once
def pause(request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug, schedule: RowId) -> Status[ShownSchedule]:
    """Let its times pass until it is resumed."""
    return _do(actions.pause, request, site, environment, schedule)


@router.post(
    "/sites/{site}/environments/{environment}/schedules/{int:schedule}/resume", **_changing("resume", "Go on with it")
)
@once
def resume(
    request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug, schedule: RowId
) -> Status[ShownSchedule]:
    """Go on with its next time; those that passed meanwhile are not made up for."""
    return _do(actions.resume, request, site, environment, schedule)


@router.post(
    "/sites/{site}/environments/{environment}/schedules/{int:schedule}/cancel", **_changing("cancel", "Take it back")
)
@once
def cancel(
    request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug, schedule: RowId
) -> Status[ShownSchedule]:
    """Take a schedule back for good."""
    return _do(actions.cancel, request, site, environment, schedule)


def _do(
    action: Callable[..., None], request: HttpRequest, site: str, environment: str, pk: int
) -> Status[ShownSchedule]:
    """Carry out one of the actions on a schedule that was not canceled."""
    visit, found = _find(request, site, environment, pk, kept=True)
    action(schedule=found, actor=visit.user, moment=now())
    return Status(200, ShownSchedule.of(found, now()))


def _find(request: HttpRequest, site: str, environment: str, pk: int, *, kept: bool = False) -> tuple[Visit, Schedule]:
    """The caller before a schedule. Raises Http404; Problem for a canceled one where a `kept` one is needed."""
    visit, place = places.environment(request, site, environment)
    found = place.schedules.select_related("owner").filter(pk=pk).first()
    if found is None:
        raise Http404("This schedule does not exist (any more).")
    if kept and found.canceled_at:
        raise Problem(409, "is-over", "This schedule was canceled before.")
    return visit, _placed(found, place)


def _placed(schedule: Schedule, place: Environment) -> Schedule:
    schedule.environment = place
    return schedule


def _next(schedule: Schedule, moment: datetime) -> datetime | None:
    if schedule.paused_at or schedule.canceled_at:
        return None
    try:
        run = next(islice(runs(schedule, moment), 1), None)
    except ZoneInfoNotFoundError:
        return None
    return run.at if run else None
