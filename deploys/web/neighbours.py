"""The other places that a person may publish to, for the side column."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from deploys.models import Build, Environment, User
from deploys.web.pills import NOT_YET, Pill, pill_of

MOST = 12


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """Another environment, its mark, and its newest build if any."""

    environment: Environment
    name: str
    pill: Pill
    build: Build | None


def neighbours(user: User, here: Environment) -> list[Neighbour]:
    """All other environments of this site and of the person's other sites, at most twelve. Two queries."""
    rows = Environment.objects.seen_by(user).public().exclude(pk=here.pk).select_related("site")
    others = list(rows.order_by("site__name", "position", "pk")[:MOST])
    of_each = Build.objects.filter(environment=OuterRef("pk")).order_by("-number").values("pk")[:1]
    newest = Environment.objects.filter(pk__in=[other.pk for other in others]).values_list(Subquery(of_each))
    builds = Build.objects.filter(pk__in=newest).select_related("release", "environment")
    by_place = {build.environment_id: build for build in builds}
    return [_neighbour(other, by_place.get(other.pk), here) for other in others]


def _neighbour(other: Environment, build: Build | None, here: Environment) -> Neighbour:
    same_site = other.site_id == here.site_id
    return Neighbour(
        environment=other,
        name=other.name if same_site else str(other),
        pill=pill_of(build) if build else NOT_YET,
        build=build,
    )
