"""The history of a site, and one build of it."""

from __future__ import annotations

from typing import Annotated

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.utils.http import urlencode
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from deploys.api.v1 import places
from deploys.api.v1.auth import READ
from deploys.api.v1.shown_builds import ShownBuild
from deploys.api.v1.shown_problems import MISSING
from deploys.api.v1.types import BuildNumber, Day, SiteSlug
from deploys.builds import finding
from deploys.builds.finding import BIGGEST_NUMBER, Known, Result, Turn
from deploys.models import Build
from deploys.web.history_filters import LONGEST, Filters
from deploys.web.permissions import Visit

router = Router(tags=["builds"], auth=READ)

USUAL, MOST = 25, 100


class Builds(Schema):
    """Builds of a site, newest first."""

    items: list[ShownBuild]
    next: str | None = Field(description="The address of the next page; null on the last one.")


class Choice(Schema):
    """Which builds: what the history page lets people choose."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=LONGEST, description="A number, a commit, words of titles or of the failure.")
    result: Result | None = Field(None, description="How it ended.")
    by: str = Field("", max_length=32, description="The id of a person, or a cause.", examples=["schedule"])
    environment: str = Field("", max_length=50, description="The short name of a place.", examples=["live"])
    error: str = Field("", max_length=64, description="An error class.", examples=["build_command"])
    since: Day | None = Field(None, description="Asked for on this day or later.", examples=["2026-11-01"])
    until: Day | None = Field(None, description="Asked for on this day or earlier.", examples=["2026-11-30"])
    before: int | None = Field(None, ge=1, le=BIGGEST_NUMBER, description="Only numbers below this: the next page.")
    limit: int = Field(USUAL, ge=1, le=MOST, description="So many on a page.")

    def as_page(self) -> dict[str, str]:
        """The same choice as the address of the history page has it."""
        days = {
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
        }
        words = {"q": self.q, "by": self.by, "environment": self.environment, "error": self.error}
        return {**words, **days, "result": self.result.value if self.result else ""}

    def following(self, before: int) -> str:
        """The query of the next page."""
        given = {name: value for name, value in self.model_dump(mode="json").items() if value not in (None, "")}
        return urlencode(given | {"before": before})


@router.get(
    "/sites/{site}/builds",
    response={200: Builds, **MISSING},
    url_name="builds",
    operation_id="list_builds",
    summary="List builds",
)
def list_builds(request: HttpRequest, site: SiteSlug, choice: Annotated[Choice, Query()]) -> Builds:
    """Builds of the site, newest first, previews too. Days are those of the site's time zone, or the person's own."""
    visit = places.site(request, site)
    found = _found(visit, choice)
    has_more, shown = len(found) > choice.limit, found[: choice.limit]
    here = places.address("builds", site=site)
    return Builds(
        items=[ShownBuild.of(build) for build in shown],
        next=f"{here}?{choice.following(shown[-1].number)}" if has_more else None,
    )


def _found(visit: Visit, choice: Choice) -> list[Build]:
    """One build more than the page holds, if there is one."""
    environments = list(visit.site.environments.select_related("site", "live_release", "freeze"))
    if choice.environment and choice.environment not in {each.slug for each in environments}:
        return []
    wanted = Filters.read(choice.as_page(), environments).wanted(finding.classes_of(visit.site))
    numbers = finding.find(visit.site, wanted, Turn(size=choice.limit + 1, before=choice.before))
    builds = finding.load(visit.site, numbers, Known.of(environments, finding.people_of(visit.site)))
    prefetch_related_objects(builds, "retry_of")
    return builds


@router.get(
    "/sites/{site}/builds/{int:number}",
    response={200: ShownBuild, **MISSING},
    url_name="build",
    operation_id="get_build",
    summary="Get a build",
)
def get_build(request: HttpRequest, site: SiteSlug, number: BuildNumber) -> ShownBuild:
    """One build. Ask again every few seconds until `is_settled`; then `is_live` says how it went."""
    _visit, build = places.build(request, site, number)
    return ShownBuild.of(build)
