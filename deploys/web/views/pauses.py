"""Pausing publishing: who, why and until when, what waits meanwhile, and how it goes on."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.builds import freezes
from deploys.builds.actions import NotAllowed
from deploys.models import Environment
from deploys.web import paused_cards, refusals
from deploys.web.pause_forms import PauseForm, ThroughForm
from deploys.web.permissions import Visit, visit_environment, who

EARLIER = 10  # pauses that the page looks back on


@never_cache
@require_safe
def page(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Show the pause that is in force, or the form for one, and the pauses before."""
    visit, place = visit_environment(who(request), site, environment)
    return render(request, "publish/pause.html", _context(visit, place))


@require_POST
def begin(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Pause publishing."""
    visit, place = visit_environment(who(request), site, environment)
    form = PauseForm(request.POST)
    if not form.is_valid():
        return render(request, "publish/pause.html", _context(visit, place, form=form), status=422)
    try:
        freezes.begin(environment=place, actor=visit.user, **form.cleaned_data)
    except refusals.REFUSALS as refusal:
        messages.warning(request, _words(refusal))
    except freezes.AlreadyPaused as refusal:
        name = refusal.freeze.begun_by.name
        messages.warning(request, _("{name} has paused publishing already. Nothing was changed.").format(name=name))
        return redirect("pause", site, environment)
    return redirect(place)


@require_POST
def end(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Let publishing go on."""
    visit, place = visit_environment(who(request), site, environment)
    try:
        freezes.end(environment=place, actor=visit.user)
    except refusals.REFUSALS as refusal:
        messages.warning(request, _words(refusal))
    else:
        messages.success(request, _("Publishing goes on. What was waiting goes out now."))
    return redirect(place)


@require_POST
def through(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Publish although publishing is paused, with a reason."""
    visit, place = visit_environment(who(request), site, environment)
    form = ThroughForm(request.POST)
    if not form.is_valid():
        return render(request, "publish/pause.html", _context(visit, place, through=form), status=422)
    try:
        freezes.publish_through(environment=place, actor=visit.user, **form.cleaned_data)
    except refusals.REFUSALS as refusal:
        messages.warning(request, _words(refusal))
    return redirect(place)


def _words(refusal: refusals.Refusal) -> str:
    if isinstance(refusal, NotAllowed):
        return _("Only admins pause publishing and let it go on.")
    return refusals.words(refusal)


def _context(
    visit: Visit, environment: Environment, *, form: PauseForm | None = None, through: ThroughForm | None = None
) -> dict[str, Any]:
    moment = now()
    freeze = environment.freeze if environment.freeze and environment.freeze.is_in_force(moment) else None
    waiting = environment.builds.in_line().select_related("requested_by").prefetch_related("requests__user")
    return {
        "site": visit.site,
        "environment": environment,
        "here": "publish",
        "may_pause": freezes.may_pause(visit.role),
        "freeze": freeze,
        "headline": paused_cards.headline(freeze, moment) if freeze else _("Pause publishing"),
        "why": paused_cards.who_and_why(freeze, moment) if freeze else "",
        "waiting": list(waiting) if freeze else [],
        "earlier": environment.freezes.exclude(ended_at=None).select_related("begun_by", "ended_by")[:EARLIER],
        "form": form or PauseForm(),
        "through": through or ThroughForm(initial={"key": uuid.uuid4().hex}),
        "zone": timezone.get_current_timezone_name(),
    }
