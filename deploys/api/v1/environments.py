"""The places of a site that builds go to, and how things stand there: what the publish card says."""

from __future__ import annotations

import html
from datetime import datetime
from typing import Self

from django.http import HttpRequest
from django.utils.html import strip_tags
from django.utils.timezone import now
from ninja import Router, Schema
from pydantic import Field

from deploys.api.v1 import places
from deploys.api.v1.auth import READ
from deploys.api.v1.shown_builds import Counts, ShownBuild, Words
from deploys.api.v1.shown_problems import MISSING
from deploys.api.v1.types import EnvironmentSlug, SiteSlug
from deploys.builds import rights
from deploys.content.outlook import Outlook
from deploys.lifecycle import ACTIVE
from deploys.models import Build, Environment, EnvironmentKind
from deploys.web import listing
from deploys.web.card import card_for
from deploys.web.permissions import Visit

router = Router(tags=["environments"], auth=READ)


class ShownEnvironment(Schema):
    """One place that builds go to."""

    self: str = Field(description="Its address here.", examples=["/api/v1/sites/museum/environments/live"])
    page: str = Field(description="Its page for people.", examples=["/sites/museum/publish/live/"])
    slug: str = Field(examples=["live"])
    name: str = Field(examples=["Live site"])
    kind: EnvironmentKind
    url: str = Field(description="What visitors open.", examples=["https://museum.example/"])
    ask_first: str = Field(description="When a request has to be confirmed: never, matters or always.")
    four_eyes: bool = Field(description="A second person approves before anything goes live.")
    is_set_up: bool = Field(description="Everything that publishing needs is known.")
    may_publish: bool = Field(description="Whoever asks may publish here.")

    @classmethod
    def of(cls, environment: Environment, visit: Visit) -> Self:
        """Show an environment to this caller."""
        return cls(
            self=places.address("environment", site=visit.site.slug, environment=environment.slug),
            page=environment.get_absolute_url(),
            slug=environment.slug,
            name=environment.name,
            kind=EnvironmentKind(environment.kind),
            url=environment.url,
            ask_first=environment.ask_first,
            four_eyes=environment.four_eyes,
            is_set_up=not environment.missing_settings(),
            may_publish=rights.may_publish(visit.role, environment),
        )


class Environments(Schema):
    """The places of a site, but the one for previews."""

    items: list[ShownEnvironment]


class Pause(Schema):
    """A pause of publishing that is in force."""

    reason: str
    begun_by: str
    ends_at: datetime


class State(Schema):
    """How things stand, in the words of the publish card."""

    state: str = Field(description="For programs, such as up_to_date, changes_waiting, building, failed, paused.")
    status: Words
    headline: str = Field(examples=["The site is up to date"])
    text: str
    live: ShownBuild | None = Field(description="The build that visitors see; null before the first.")
    live_since: datetime | None = Field(description="null: nobody could check.")
    open_builds: list[ShownBuild] = Field(description="Under way, and in line.")
    changes_waiting: int | None = Field(description="What a publish would put live; null: not known.")
    change_counts: Counts | None
    pause: Pause | None
    version: int = Field(description="Counts everything that changes here.")


@router.get(
    "/sites/{site}/environments",
    response={200: Environments, **MISSING},
    url_name="environments",
    operation_id="list_environments",
    summary="List environments",
)
def list_environments(request: HttpRequest, site: SiteSlug) -> Environments:
    """The places of a site that builds go to. Previews have none of their own here."""
    visit = places.site(request, site)
    rows = visit.site.environments.public().select_related("site", "gitlab_project")
    return Environments(items=[ShownEnvironment.of(each, visit) for each in rows])


@router.get(
    "/sites/{site}/environments/{environment}",
    response={200: ShownEnvironment, **MISSING},
    url_name="environment",
    operation_id="get_environment",
    summary="Get an environment",
)
def get_environment(request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug) -> ShownEnvironment:
    """One place of a site."""
    visit, place = places.environment(request, site, environment)
    return ShownEnvironment.of(place, visit)


@router.get(
    "/sites/{site}/environments/{environment}/state",
    response={200: State, **MISSING},
    url_name="state",
    operation_id="get_state",
    summary="How things stand",
)
def get_state(request: HttpRequest, site: SiteSlug, environment: EnvironmentSlug) -> State:
    """What the publish card says: what visitors see, what is on its way, and what waits to go live."""
    visit, place = places.environment(request, site, environment)
    moment = now()
    card = card_for(place, visit.user, moment, role=visit.role)
    rows = Build.objects.select_related(*listing.SHOWN, "retry_of")
    live = rows.filter(release=place.live_release_id).first() if place.live_release_id else None
    counts = _waiting(place, live, moment)
    freeze = place.freeze if place.freeze and place.freeze.is_in_force(moment) else None
    return State(
        state=card.state,
        status=Words(word=str(card.pill.word), tone=card.pill.tone),
        headline=_plain(card.headline),
        text=_plain(card.text),
        live=ShownBuild.of(live) if live else None,
        live_since=live.release.live_at if live else None,
        open_builds=[ShownBuild.of(each) for each in _open(place)],
        changes_waiting=card.waiting,
        change_counts=counts,
        pause=Pause(reason=freeze.reason, begun_by=freeze.begun_by.name, ends_at=freeze.ends_at) if freeze else None,
        version=place.version,
    )


def _open(place: Environment) -> list[Build]:
    """What is under way, then the line."""
    found = place.builds.open().select_related(*listing.SHOWN, "retry_of", "environment__freeze").order_by("number")
    return sorted(found, key=lambda build: build.state not in ACTIVE)


def _waiting(place: Environment, live: Build | None, moment: datetime) -> Counts | None:
    summary = Outlook.look(place.site, moment, [live]).since(live) if live else None
    return Counts(**summary.counts) if summary else None


def _plain(words: str) -> str:
    """A sentence of the pages as text, without its `<time>` elements."""
    return html.unescape(strip_tags(words))
