"""The Compare page: what differs between two builds that carry content."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deploys.content import comparison
from deploys.content.comparison import Comparison
from deploys.models import Build, BuildContent, Site
from deploys.web import change_list, clock, downloads, retention_words
from deploys.web.base_words import compared_builds
from deploys.web.change_filters import Filters
from deploys.web.listing import who_asked
from deploys.web.permissions import visit_site, who

MOST = 100  # builds in the selects; older ones can be named in the address


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A build in a select."""

    number: int
    words: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The two builds of the address; `problem` says in words why they cannot be compared."""

    base: Build | None
    to: Build | None
    problem: str = ""


@never_cache
@require_safe
def page(request: HttpRequest, site: str) -> HttpResponse:
    """Show two builds chosen by number; without numbers the newest two."""
    visit = visit_site(who(request), site)
    filters = Filters.read(request.GET, visit.user)
    asked = _asked(visit.site, request)
    context: dict[str, Any] = {
        "site": visit.site,
        "environment": visit.site.home(),
        "here": "compare",
        "asked": asked,
        "choices": _choices(visit.site, asked),
    }
    if asked.base and asked.to and not asked.problem:
        filters = replace(filters, fixed=(("from", asked.base.number), ("to", asked.to.number)))
        found = _compare(asked.base, asked.to, filters)
        context["found"] = found
        context["list"] = change_list.listing(found, filters, asked.to.environment)
        context["base_words"] = compared_builds(asked.base, asked.to, now())
    return render(request, "changes/compare.html", context)


@never_cache
@require_safe
def as_json(request: HttpRequest, site: str) -> HttpResponse:
    """The same as JSON; what cannot be compared is answered with 404 and the reason."""
    visit = visit_site(who(request), site)
    filters, asked = Filters.read(request.GET, visit.user), _asked(visit.site, request)
    if asked.problem or not (asked.base and asked.to):
        return JsonResponse({"problem": asked.problem}, status=404)
    found = _compare(asked.base, asked.to, filters)
    return downloads.json_answer(found, filters, diffs=request.GET.get("diff") == "1")


@never_cache
@require_safe
def as_csv(request: HttpRequest, site: str) -> HttpResponse:
    """The same as a table."""
    visit = visit_site(who(request), site)
    filters, asked = Filters.read(request.GET, visit.user), _asked(visit.site, request)
    if asked.problem or not (asked.base and asked.to):
        return HttpResponse(asked.problem, content_type="text/plain; charset=utf-8", status=404)
    name = f"compare-{visit.site.slug}-{asked.base.number}-{asked.to.number}"
    return downloads.csv_answer(_compare(asked.base, asked.to, filters), filters, name)


def _compare(base: Build, to: Build, filters: Filters) -> Comparison:
    return comparison.between(base, to, now(), technical=filters.technical)


def _asked(site: Site, request: HttpRequest) -> Asked:
    """The builds that the address names. A missing number stands for the newest ones that carry content."""
    builds = site.builds.select_related("site", "environment__site", "requested_by")
    newest = list(builds.filter(_carries()).order_by("-number")[:2])
    if not newest:
        return Asked(base=None, to=None, problem=_("No build carries content yet. After the next publish one does."))
    found: list[Build] = []
    for name, fallback in (("from", newest[-1]), ("to", newest[0])):
        given = request.GET.get(name, "").strip()
        build = builds.filter(number=int(given)).first() if given.isdecimal() and len(given) < 10 else None
        if given and build is None:
            return Asked(base=None, to=None, problem=_("There is no build {number} here.").format(number=given[:20]))
        found.append(build or fallback)
    carrying = set(BuildContent.objects.filter(build__in=found).values_list("build_id", flat=True))
    without = [build.number for build in found if build.pk not in carrying]
    problem = ""
    if without:
        problem = _("Build {number} ran before Buildhub read the content, so nobody can say what was in it.")
        problem = problem.format(number=without[0])
    if not problem:
        problem = _gone(found)
    return Asked(base=found[0], to=found[1], problem=problem)


def _gone(found: list[Build]) -> str:
    """What is said of a build whose content is no longer kept; empty when both are there."""
    rows = BuildContent.objects.filter(build__in=found, gone_at__isnull=False)
    gone = set(rows.values_list("build_id", flat=True))
    return next((retention_words.content_gone(build) for build in found if build.pk in gone), "")


def _carries() -> Exists:
    """Their content is there, to be compared."""
    return Exists(BuildContent.objects.filter(build=OuterRef("pk"), gone_at=None))


def _choices(site: Site, asked: Asked) -> list[Choice]:
    """The newest builds that carry content, and those that were asked for."""
    builds = list(site.builds.filter(_carries()).select_related("requested_by").order_by("-number")[:MOST])
    known = {build.number for build in builds}
    builds += [build for build in (asked.base, asked.to) if build and build.number not in known]
    moment = now()
    words = _("Build {number}: {who}, {time}")
    return [
        Choice(
            number=build.number,
            words=words.format(
                number=build.number, who=who_asked(build), time=clock.moment_label(build.requested_at, moment)
            ),
        )
        for build in builds
    ]
