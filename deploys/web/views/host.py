"""The web host: what is known of it, having it looked at, and putting published files back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.builds import hosts
from deploys.models import Environment
from deploys.web import refusals
from deploys.web.forms import PressForm
from deploys.web.host_panel import panel_of
from deploys.web.permissions import Visit, visit_environment, who
from deploys.web.views.fragments import fragment, nothing_new


@never_cache
@require_safe
def live(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Answer the panel's poll: nothing while it shows what is known."""
    visit, place = visit_environment(who(request), site, environment)
    context = host_context(visit, place)
    if context["host"] is None:
        raise Http404(_("There is no web host to look at."))
    if request.GET.get("seen") == context["host"].key:
        return nothing_new()
    return fragment(request, "publish/_host.html", context | {"site": visit.site, "environment": place})


@require_POST
def look_now(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Have the web host looked at; the page shows what was found when it is known."""
    visit, place = visit_environment(who(request), site, environment)
    try:
        hosts.look_now(environment=place, actor=visit.user)
    except refusals.REFUSALS as refusal:
        messages.warning(request, refusals.words(refusal))
    else:
        messages.success(request, _("Looking now. What is found appears here in a moment."))
    return redirect("service", site, environment)


@require_POST
def put_back(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Put the published files back where somebody changed them."""
    visit, place = visit_environment(who(request), site, environment)
    form = PressForm(request.POST)
    key = form.cleaned_data.get("key", "") if form.is_valid() else ""
    try:
        hosts.put_back(environment=place, actor=visit.user, key=key)
    except refusals.REFUSALS as refusal:
        messages.warning(request, refusals.words(refusal))
        return redirect("service", site, environment)
    return redirect(place)


def host_context(visit: Visit, environment: Environment) -> dict[str, Any]:
    """What the panel's template needs."""
    return {"host": panel_of(environment, visit.role, now()), "key": uuid.uuid4().hex}
