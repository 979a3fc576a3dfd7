"""Every build of a site, newest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deploys.models import Build, Environment
from deploys.web import listing
from deploys.web.permissions import visit_site, who
from deploys.web.versions import Kept

A_PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Page:
    """Builds of one page and the addresses of the pages beside it, empty at the ends. Names environments if need be."""

    lines: list[listing.Line]
    newer: str
    older: str
    names_places: bool

    @property
    def oldest(self) -> int:
        """The number of the last build on the page."""
        return self.lines[-1].number if self.lines else 0


@never_cache
@require_safe
def page(request: HttpRequest, site: str) -> HttpResponse:
    """Show a page of builds: `before` or `after` a number, of all environments or of one."""
    visit = visit_site(who(request), site)
    environments = list(visit.site.environments.select_related("site", "live_release__build"))
    chosen = next((e for e in environments if e.slug == request.GET.get("environment")), None)
    public = [environment for environment in environments if not environment.is_for_previews]
    kept = Kept.of(environments, visit.role)
    shown = _page(request, visit.site.builds.all(), chosen, kept, names_places=len(environments) > 1 and not chosen)
    context = {
        "site": visit.site,
        "environment": chosen if chosen in public else (public[0] if public else None),
        "environments": environments,
        "chosen": chosen,
        "page": shown,
        "here": "history",
    }
    return render(request, "history/history.html", context)


def _page(
    request: HttpRequest, builds: QuerySet[Build], chosen: Environment | None, kept: Kept, *, names_places: bool
) -> Page:
    if chosen:
        builds = builds.filter(environment=chosen)
    before, after = _number(request, "before"), _number(request, "after")
    builds = builds.select_related(*listing.SHOWN)
    if after is not None:
        rows = list(builds.filter(number__gt=after).order_by("number")[: A_PAGE + 1])
        has_more, rows = len(rows) > A_PAGE, rows[:A_PAGE][::-1]
        has_newer, has_older = has_more, True
    else:
        asked = builds if before is None else builds.filter(number__lt=before)
        rows = list(asked.order_by("-number")[: A_PAGE + 1])
        has_newer, has_older, rows = before is not None, len(rows) > A_PAGE, rows[:A_PAGE]
    return Page(
        lines=[listing.line_of(build, kept) for build in rows],
        newer=_address(chosen, after=rows[0].number) if rows and has_newer else "",
        older=_address(chosen, before=rows[-1].number) if rows and has_older else "",
        names_places=names_places,
    )


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def _address(chosen: Environment | None, **numbers: int) -> str:
    query: dict[str, str | int] = {**numbers}
    if chosen:
        query["environment"] = chosen.slug
    return f"?{urlencode(query)}"
