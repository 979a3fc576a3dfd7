"""The page that asks before a publish that takes much of the site away, and the press that says so."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.builds import actions
from deploys.models import Build
from deploys.web import explanations, held_back, page_list, pills, refusals
from deploys.web.forms import PressForm
from deploys.web.permissions import visit_build, who


@never_cache
@require_safe
def ask(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Show which pages would vanish, and the button that says so."""
    visit, build = visit_build(who(request), site, number)
    _check(build)
    explanation = explanations.explain(build, touched=False)
    context = {
        "site": visit.site,
        "environment": build.environment,
        "here": "history",
        "build": build,
        "pill": pills.HELD_BACK,
        "headline": held_back.anyway_label(build),
        "happened": explanation.happened,
        "visitors": held_back.visitors(build.environment.live_release, now()),
        "vanishing": held_back.vanishing(build, show_all=page_list.shows_all(request.GET.get("pages"))),
        "button": held_back.last_word(visit, build),
        "key": uuid.uuid4().hex,
    }
    return render(request, "builds/anyway.html", context)


@require_POST
def publish_anyway(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Build anew and publish although pages vanish."""
    visit, build = visit_build(who(request), site, number)
    _check(build)
    form = PressForm(request.POST)
    key = form.cleaned_data.get("key", "") if form.is_valid() else ""
    try:
        if held_back.is_settled(build):
            messages.warning(request, held_back.settled_words())
        else:
            actions.publish_anyway(build=build, actor=visit.user, key=key)
    except refusals.REFUSALS as refusal:
        messages.warning(request, refusals.words(refusal))
    return redirect(build.environment)


def _check(build: Build) -> None:
    """Raises Http404 for a build that was not held back; a version that was has a question of its own."""
    if build.is_copy or not pills.is_held_back(build):
        raise Http404(_("This build was not held back."))
