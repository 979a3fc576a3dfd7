"""Copying a version of one environment to the live site: the question and the press."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.builds import copies
from deploys.models import Build, Environment
from deploys.web import promotion, refusals
from deploys.web.forms import BringBackForm
from deploys.web.permissions import visit_build, who
from deploys.web.views.copies import ask_first
from deploys.web.views.publish import after_press


@never_cache
@require_safe
def page(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Ask whether this version shall be copied to the live site: a page, or the inside of the dialog."""
    visit, build = visit_build(who(request), site, number)
    return ask_first(request, visit, build, promotion.question_of(visit, build, _place(build), now()))


@require_POST
def promote(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Have this version copied. A refusal becomes a friendly word."""
    visit, build = visit_build(who(request), site, number)
    place = _place(build)
    form = BringBackForm(request.POST)
    if not form.is_valid():
        return redirect("promote", site, number)
    pressed, notice, started = form.cleaned_data, "", None
    try:
        started = copies.promote(
            build=build,
            environment=place,
            actor=visit.user,
            key=pressed["key"],
            reason=pressed["reason"],
            anyway=pressed["anyway"],
        )
    except refusals.REFUSALS as refusal:
        notice = refusals.words(refusal)
    return after_press(request, visit, place, notice, build=started or build)


def _place(build: Build) -> Environment:
    """Where this build can be copied to. Raises Http404."""
    place = promotion.place_for(build)
    if place is None:
        raise Http404(_("This build cannot be copied to another place."))
    return place
