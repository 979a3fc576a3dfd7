"""What happened on a site since a cursor: to follow builds without missing anything."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from deploys.api.v1 import places
from deploys.api.v1.auth import READ
from deploys.api.v1.problems import Problem
from deploys.api.v1.shown_problems import MISSING
from deploys.api.v1.types import SiteSlug
from deploys.builds import events
from deploys.builds.events import Cursor, UnknownCursor
from deploys.models import Event

router = Router(tags=["events"], auth=READ)

USUAL, MOST = 100, 500


class ShownEvent(Schema):
    """One thing that happened to a build. `old` and `new` are states; both empty when it moved nowhere."""

    id: int
    at: datetime
    environment: str = Field(examples=["live"])
    build: int = Field(description="The build's number.", examples=[42])
    old: str = Field(examples=["running"])
    new: str = Field(examples=["succeeded"])
    actor: str | None = Field(description="Who did it; null: Buildhub or GitLab.")
    words: str = Field(description="For people.", examples=["Live: the site shows this build"])

    @classmethod
    def of(cls, event: Event) -> Self:
        """Show an event."""
        return cls(
            id=event.pk,
            at=event.at,
            environment=event.build.environment.slug,
            build=event.build.number,
            old=event.old,
            new=event.new,
            actor=event.actor.name if event.actor else None,
            words=event.note,
        )


class Events(Schema):
    """What happened after the cursor, those of one environment in their order."""

    items: list[ShownEvent]
    cursor: str = Field(description="For the next request.")
    has_more: bool = Field(description="True: ask again at once.")


@router.get(
    "/sites/{site}/events",
    response={200: Events, **MISSING},
    url_name="events",
    operation_id="list_events",
    summary="What happened since",
)
def list_events(
    request: HttpRequest,
    site: SiteSlug,
    cursor: Annotated[
        str, Query(max_length=2000, description="From the last answer; empty: from the beginning; now: what comes.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MOST, description="So many at most.")] = USUAL,
) -> Events:
    """Events after the cursor, each exactly once. A cursor stays good for as long as there is the site."""
    visit = places.site(request, site)
    try:
        page = events.since(visit.site, Cursor.decode(cursor, visit.site), limit=limit)
    except UnknownCursor as error:
        words = "This cursor is not of this site. Begin without one, or with “now”."
        raise Problem(404, "unknown-cursor", words) from error
    return Events(
        items=[ShownEvent.of(event) for event in page.events], cursor=page.cursor.encode(), has_more=page.has_more
    )
