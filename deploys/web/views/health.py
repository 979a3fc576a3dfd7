"""Signs of life: for whatever watches the process, and a page for admins."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deploys.doctor import running
from deploys.doctor.model import State
from deploys.doctor.run import run
from deploys.web import health_page, time_zone
from deploys.web.permissions import visit_as_admin, who
from deploys.web.views.fragments import fragment, is_htmx


@login_not_required
@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """Answer "ok" without a look at the database: the process serves requests."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Say for each part whether it works, one word each: 200 when all that is needed does, else 503.

    Nothing but words: whoever may ask is not signed in. Why a part does not work is on the Health page.
    """
    (checked,) = run([running.check(now())])
    words = {finding.key.rpartition(".")[2]: str(finding.state) for finding in checked.findings if finding.is_needed}
    return JsonResponse(
        {"ready": checked.state == State.OK, "parts": words}, status=200 if checked.state == State.OK else 503
    )


@never_cache
@require_safe
def page(request: HttpRequest, site: str = "") -> HttpResponse:
    """Show how Buildhub is: below a site for its admins, else for whoever is an admin anywhere."""
    user = who(request)
    place = visit_as_admin(user, site).site if site else None
    sites = health_page.administered(user)
    if place is None:
        if not sites and not user.is_superuser:
            raise PermissionDenied(_("This page is for admins."))
        time_zone.activate(user, sites[0] if sites else None)
    context: dict[str, Any] = {
        "site": place,
        "environment": place.home() if place else None,
        "here": "health",
        "health": health_page.look(sites, now()),
    }
    if is_htmx(request):
        return fragment(request, "health/health.html#live", context)
    return render(request, "health/health.html", context)
