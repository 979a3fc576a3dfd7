"""Every build of a site, newest first, a page at a time: found by choosing and by words, and as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deploys.builds import finding
from deploys.builds.finding import Known, Turn, Wanted
from deploys.models import Site
from deploys.web import duration_chart, history_choices, history_export, history_numbers, listing
from deploys.web.history_filters import Filters
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


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a page is drawn from."""

    site: Site
    filters: Filters
    wanted: Wanted
    known: Known
    kept: Kept

    def page(self, turn: Turn) -> Page:
        """The builds of a page. At most three queries."""
        numbers = finding.find(self.site, self.wanted, turn)
        has_more = len(numbers) > A_PAGE
        if turn.is_upward:
            has_newer, has_older, numbers = has_more, True, numbers[-A_PAGE:]
        else:
            has_newer, has_older, numbers = turn.before is not None, has_more, numbers[:A_PAGE]
        return Page(
            lines=[listing.line_of(build, self.kept) for build in finding.load(self.site, numbers, self.known)],
            newer=_address(self.filters, f"after={numbers[0]}") if numbers and has_newer else "",
            older=_address(self.filters, f"before={numbers[-1]}") if numbers and has_older else "",
            names_places=len(self.known.environments) > 1 and not self.filters.environment,
        )


@never_cache
@require_safe
def page(request: HttpRequest, site: str) -> HttpResponse:
    """Show a page of the builds that match: `before` or `after` a number, else the newest.

    The numbers and the chart are those of the chosen environment, else of the first public one. They stand above the
    newest builds only: who looks for something wants to see what was found.
    """
    visit = visit_site(who(request), site)
    environments = list(visit.site.environments.select_related("site", "live_release__build"))
    public = [environment for environment in environments if not environment.is_for_previews]
    filters = Filters.read(request.GET, environments)
    classes, people = finding.classes_of(visit.site), finding.people_of(visit.site)
    main = public[0] if public else None
    turn, measured, moment = _turn(request), filters.environment or main, now()
    sheet = Sheet(
        site=visit.site,
        filters=filters,
        wanted=filters.wanted(classes),
        known=Known.of(environments, people),
        kept=Kept.of(environments, visit.role),
    )
    context: dict[str, Any] = {
        "site": visit.site,
        "environment": filters.environment if filters.environment in public else main,
        "environments": environments,
        "filters": filters,
        "choices": history_choices.of(filters, people, classes),
        "page": sheet.page(turn),
        "measured": measured,
        "here": "history",
    }
    if measured and turn.is_first and not filters.narrows:
        context["chart"] = duration_chart.chart_of(measured, moment)
        context["stats"] = history_numbers.stats(measured, moment)
        context["usual"] = history_numbers.steps(measured)
    return render(request, "history/history.html", context)


@never_cache
@require_safe
def as_csv(request: HttpRequest, site: str) -> StreamingHttpResponse:
    """All builds that match, as a table."""
    visit = visit_site(who(request), site)
    environments = list(visit.site.environments.select_related("site"))
    filters = Filters.read(request.GET, environments)
    known = Known.of(environments, finding.people_of(visit.site))
    classes = finding.classes_of(visit.site) if filters.text else []
    return history_export.csv_answer(visit.site, filters.wanted(classes), known)


def _turn(request: HttpRequest) -> Turn:
    after = _number(request, "after")
    return Turn(size=A_PAGE + 1, before=None if after is not None else _number(request, "before"), after=after)


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None


def _address(filters: Filters, place: str) -> str:
    return "?" + "&".join(filter(None, [place, filters.query]))
