"""Pauses of publishing: what is asked for meanwhile waits in line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Self

from django.http import Http404, HttpRequest
from django.utils.http import urlencode
from django.utils.timezone import now
from ninja import Query, Router, Schema, Status
from pydantic import Field

from deploys.api.v1 import places
from deploys.api.v1.auth import ADMIN, READ
from deploys.api.v1.idempotency import once
from deploys.api.v1.problems import Problem
from deploys.api.v1.shown_problems import CHANGING, MISSING
from deploys.api.v1.types import BIGGEST_ID, EnvironmentSlug, Given, Moment, RowId, SiteSlug, Words
from deploys.builds import freezes
from deploys.builds.actions import NotAllowed
from deploys.models import Environment, Freeze
from deploys.web.permissions import Visit

router = Router(tags=["freezes"], auth=READ)

A_PAGE = 50
LONGEST = timedelta(days=366)


class Begin(Given):
    """Why, and until when."""

    reason: Words = Field(description="Everybody who wants to publish reads it.")
    ends_at: Moment


class ShownFreeze(Schema):
    """One pause."""

    self: str = Field(description="Its address here; /end below it is for POST.")
    id: int
    reason: str
    begun_by: str
    begun_at: datetime
    ends_at: datetime = Field(description="When publishing goes on by itself.")
    ended_at: datetime | None
    ended_by: str | None
    is_in_force: bool

    @classmethod
    def of(cls, freeze: Freeze, place: Environment, moment: datetime) -> Self:
        """Show a pause, whose people are read."""
        known = {"site": place.site.slug, "environment": place.slug}
        return cls(
            self=places.address("freeze", **known, freeze=freeze.pk),
            id=freeze.pk,
            reason=freeze.reason,
            begun_by=freeze.begun_by.name,
            begun_at=freeze.begun_at,
            ends_at=freeze.ends_at,
            ended_at=freeze.ended_at,
            ended_by=freeze.ended_by.name if freeze.ended_by else None,
            is_in_force=freeze.is_in_force(moment),
        )


class Freezes(Schema):
    """Pauses, newest first."""

    items: list[ShownFreeze]
    next: str | None = Field(description="The address of the next page; null on the last one.")


@router.get(
    "/sites/{site}/environments/{environment}/freezes",
    response={200: Freezes, **MISSING},
    url_name="freezes",
    operation_id="list_freezes",
    summary="List pauses",
)
def list_freezes(
    request: HttpRequest,
    site: SiteSlug,
    environment: EnvironmentSlug,
    before: Annotated[int | None, Query(ge=1, le=BIGGEST_ID, description="Only ids below this: the next page.")] = None,
) -> Freezes:
    """The pause that is in force, if any, and those before."""
    _visit, place = places.environment(request, site, environment)
    rows = place.freezes.select_related("begun_by", "ended_by")
    found = list((rows.filter(pk__lt=before) if before else rows)[: A_PAGE + 1])
    shown = [ShownFreeze.of(each, place, now()) for each in found[:A_PAGE]]
    here = places.address("freezes", site=site, environment=environment)
    has_more = len(found) > A_PAGE
    return Freezes(items=shown, next=f"{here}?{urlencode({'before': shown[-1].id})}" if has_more else None)


@router.get(
    "/sites/{site}/environments/{environment}/freezes/{int:freeze}",
    response={200: ShownFreeze, **MISSING},
    url_name="freeze",
    operation_id="get_freeze",
    summary="Get a pause",
)
def get_freeze(request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug, freeze: RowId) -> ShownFreeze:
    """One pause, also one that is over."""
    _visit, place, found = _find(request, site, environment, freeze)
    return ShownFreeze.of(found, place, now())


@router.post(
    "/sites/{site}/environments/{environment}/freezes",
    response={201: ShownFreeze, **CHANGING},
    url_name="begin-freeze",
    operation_id="begin_freeze",
    summary="Pause publishing",
    auth=ADMIN,
)
@once
def begin(request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug, body: Begin) -> Status[ShownFreeze]:
    """Pause publishing with a reason and an end. For admins."""
    visit, place = places.environment(request, site, environment)
    moment = now()
    if not freezes.may_pause(visit.role):
        raise _not_allowed()
    if not moment < body.ends_at <= moment + LONGEST:
        raise Problem(409, "is-over", "The end of a pause is still to come, and at most a year away.")
    made = freezes.begin(environment=place, actor=visit.user, reason=body.reason, ends_at=body.ends_at)
    return Status(201, ShownFreeze.of(made, place, moment))


@router.post(
    "/sites/{site}/environments/{environment}/freezes/{int:freeze}/end",
    response={200: ShownFreeze, **CHANGING},
    url_name="end-freeze",
    operation_id="end_freeze",
    summary="Let publishing go on",
    auth=ADMIN,
)
@once
def end(request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug, freeze: RowId) -> Status[ShownFreeze]:
    """End a pause before its time; what waits goes out now. 409 when it is over. For admins."""
    visit, place, found = _find(request, site, environment, freeze)
    if found.ended_at:
        raise Problem(409, "is-over", "This pause is over.")
    try:
        freezes.end(environment=place, actor=visit.user)
    except NotAllowed as refusal:
        raise _not_allowed() from refusal
    _visit, _place, fresh = _find(request, site, environment, freeze)
    return Status(200, ShownFreeze.of(fresh, place, now()))


def _not_allowed() -> Problem:
    return Problem(403, "role", "Only admins pause publishing and let it go on.")


def _find(request: HttpRequest, site: str, environment: str, pk: int) -> tuple[Visit, Environment, Freeze]:
    visit, place = places.environment(request, site, environment)
    found = place.freezes.select_related("begun_by", "ended_by").filter(pk=pk).first()
    if found is None:
        raise Http404("This pause does not exist.")
    return visit, place, found
