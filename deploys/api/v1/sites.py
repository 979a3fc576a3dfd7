"""The sites that a token opens."""

from __future__ import annotations

from typing import Self

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from deploys.api.v1 import places
from deploys.api.v1.auth import READ, caller_of
from deploys.api.v1.shown_problems import MISSING
from deploys.api.v1.types import SiteSlug
from deploys.builds import rights
from deploys.models import Role, Site

router = Router(tags=["sites"], auth=READ)


class ShownSite(Schema):
    """One site."""

    self: str = Field(description="Its address here.", examples=["/api/v1/sites/museum"])
    slug: str = Field(examples=["museum"])
    name: str = Field(examples=["Harbour Museum"])
    time_zone: str = Field(examples=["Europe/Lisbon"])
    role: Role = Field(description="What whoever asks may do there.")
    environments: list[str] = Field(description="Short names of its places.", examples=[["live", "staging"]])

    @classmethod
    def of(cls, site: Site, role: Role) -> Self:
        """Show a site, whose `environments` are read."""
        return cls(
            self=places.address("site", site=site.slug),
            slug=site.slug,
            name=site.name,
            time_zone=site.time_zone,
            role=role,
            environments=[place.slug for place in site.environments.all() if not place.is_for_previews],
        )


class Sites(Schema):
    """All sites that the token opens, by name."""

    items: list[ShownSite]


@router.get("/sites", response=Sites, url_name="sites", operation_id="list_sites", summary="List sites")
def list_sites(request: HttpRequest) -> Sites:
    """All sites that the token opens: those of its person, or the one that it was made for."""
    roles = rights.roles_of(caller_of(request).user)
    return Sites(items=[ShownSite.of(site, roles[site.pk]) for site in places.sites(request) if site.pk in roles])


@router.get(
    "/sites/{site}",
    response={200: ShownSite, **MISSING},
    url_name="site",
    operation_id="get_site",
    summary="Get a site",
)
def get_site(request: HttpRequest, site: SiteSlug) -> ShownSite:
    """One site."""
    visit = places.site(request, site)
    return ShownSite.of(visit.site, visit.role)
