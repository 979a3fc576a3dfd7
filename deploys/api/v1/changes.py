"""What would go live now, against what visitors see; each change field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from django.http import Http404, HttpRequest
from django.utils.http import urlencode
from django.utils.timezone import now
from ninja import Path, Query, Router, Schema
from pydantic import Field

from deploys.api.v1 import places
from deploys.api.v1.auth import READ
from deploys.api.v1.shown_builds import Counts
from deploys.api.v1.shown_problems import MISSING
from deploys.api.v1.types import BIGGEST_ID, EnvironmentSlug, SiteSlug
from deploys.content import comparison, entry_diff, payload
from deploys.content.changes import Change, ChangeKind, Reason
from deploys.content.comparison import Comparison
from deploys.models import Environment

router = Router(tags=["changes"], auth=READ)

USUAL, MOST = 50, 200


class ShownChange(Schema):
    """One entry that visitors will see otherwise. `old` and `new` are its versions, 0 for the side that it lacks."""

    self: str = Field(description="Its address here: the change field by field.")
    old: int
    new: int
    change: ChangeKind
    reason: Reason
    section: str = Field(examples=["page"])
    title: str = Field(examples=["Opening hours"])
    address: str | None = Field(description="Of its page on the site.", examples=["/hours/"])
    changed_by: str | None = Field(description="null: the CMS names nobody.")
    changed_at: datetime | None
    key: str = Field(description="What the CMS calls it.")
    source: int
    edit_address: str | None = Field(description="Where it is edited.")
    may_be_live: bool = Field(description="Saved while the last build ran, so that visitors may see it already.")
    technical: bool = Field(description="It differs in what nobody sees.")

    @classmethod
    def of(cls, found: Comparison, change: Change, place: Environment) -> Self:
        """Show a change."""
        old, new = _ids(change)
        known = {"site": place.site.slug, "environment": place.slug}
        own = places.address("change", **known, old=old, new=new)
        return cls(self=own, old=old, new=new, **payload.change_as_json(found, change))


class Changes(Schema):
    """What waits, newest edit first. `comparable` false: it is not known, see the sources named."""

    base: int | None = Field(description="The number of the build that it is compared with: what visitors see.")
    read_at: datetime | None = Field(description="When the content was last read.")
    comparable: bool
    uncompared_sources: list[str]
    troubled_sources: list[str]
    counts: Counts
    total: int
    items: list[ShownChange]
    next: str | None = Field(description="The address of the next page; null on the last one.")


class ShownDiff(Schema):
    """One change, field by field."""

    change: ShownChange
    fields: list[dict[str, Any]] = Field(description="What differs, as docs/changes.md has it.")
    noise: bool = Field(description="They differ, but only in ways that nobody can see.")


@router.get(
    "/sites/{site}/environments/{environment}/changes",
    response={200: Changes, **MISSING},
    url_name="changes",
    operation_id="list_changes",
    summary="What would go live",
)
def list_changes(
    request: HttpRequest,
    site: SiteSlug,
    environment: EnvironmentSlug,
    limit: Annotated[int, Query(ge=1, le=MOST, description="So many on a page.")] = USUAL,
    skip: Annotated[int, Query(ge=0, le=10_000_000, description="So many are left out first.")] = 0,
) -> Changes:
    """What differs from what visitors see, newest edit first. Before the first publish everything does."""
    _visit, place = places.environment(request, site, environment)
    found = comparison.waiting(place, now())
    chosen = found.changes[skip : skip + limit]
    here = places.address("changes", site=site, environment=environment)
    following = f"{here}?{urlencode({'skip': skip + limit, 'limit': limit})}"
    return Changes(
        base=found.base.number if found.base else None,
        read_at=found.read_at,
        comparable=found.is_possible,
        uncompared_sources=[source.name for source in found.uncompared],
        troubled_sources=[source.name for source in found.troubled],
        counts=Counts(**found.counts),
        total=len(found.changes),
        items=[ShownChange.of(found, change, place) for change in chosen],
        next=following if len(found.changes) > skip + limit else None,
    )


Version = Annotated[int, Path(ge=0, le=BIGGEST_ID, description="As the list names it; 0 for the side it lacks.")]


@router.get(
    "/sites/{site}/environments/{environment}/changes/{int:old}-{int:new}",
    response={200: ShownDiff, **MISSING},
    url_name="change",
    operation_id="get_change",
    summary="One change, field by field",
)
def get_change(
    request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug, old: Version, new: Version
) -> ShownDiff:
    """What differs in one entry. 404 when it does not wait any more, or was saved again meanwhile."""
    _visit, place = places.environment(request, site, environment)
    found = comparison.waiting(place, now())
    change = next((each for each in found.changes if _ids(each) == (old, new)), None)
    if change is None:
        raise Http404("This change does not wait (any more).")
    diff = entry_diff.compare([payload.sides(change)])[0]
    if diff is None:
        raise Http404("This change does not wait (any more).")
    return ShownDiff(
        change=ShownChange.of(found, change, place),
        **diff.as_json(),
    )


def _ids(change: Change) -> tuple[int, int]:
    old, new = payload.sides(change)
    return (old.pk if old else 0, new.pk if new else 0)
