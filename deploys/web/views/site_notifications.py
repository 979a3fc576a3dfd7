"""For the admins of a site: the places of its teams, and the log of every message."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.models import Delivery
from deploys.notifications import actions
from deploys.web import channel_list, delivery_log
from deploys.web.permissions import Visit, visit_as_admin, who
from deploys.web.views.fragments import fragment, is_htmx, sign_in_again


@login_not_required
@never_cache
@require_safe
def page(request: HttpRequest, site: str) -> HttpResponse:
    """The places of each environment; while a test is on its way, they ask for news."""
    if not request.user.is_authenticated:
        return sign_in_again(request, request.path)
    visit = visit_as_admin(who(request), site)
    moment = now()
    groups = [
        (environment, channel_list.lines_of(environment.channels.select_related("environment__site"), moment))
        for environment in visit.site.environments.select_related("site")
    ]
    context = _context(visit) | {"groups": groups}
    context["asks"] = any(line.is_waiting for _environment, lines in groups for line in lines)
    if is_htmx(request):
        return fragment(request, "notifications/site.html#places", context)
    return render(request, "notifications/site.html", context)


@never_cache
@require_safe
def log(request: HttpRequest, site: str) -> HttpResponse:
    """Every message of the site, newest first."""
    visit = visit_as_admin(who(request), site)
    shown = request.GET.get("show", "all")
    shown = shown if shown in delivery_log.FILTERS else "all"
    pages = Paginator(delivery_log.deliveries_of(visit.site, shown), delivery_log.SHOWN)
    found = pages.get_page(request.GET.get("page"))
    context = _context(visit) | {
        "lines": delivery_log.lines_of(list(found), now()),
        "page": found,
        "shown": shown,
        "filters": [(name, words) for name, (words, _states) in delivery_log.FILTERS.items()],
    }
    return render(request, "notifications/log.html", context)


@require_POST
def send_again(request: HttpRequest, site: str, delivery: int) -> HttpResponse:
    """Send one message once more."""
    visit = visit_as_admin(who(request), site)
    found = get_object_or_404(Delivery, pk=delivery, occurrence__environment__site=visit.site)
    if actions.send_again(delivery=found):
        messages.success(request, _("It is sent again now."))
    else:
        messages.warning(request, _("It is on its way already."))
    return redirect("notification-log", site)


def _context(visit: Visit) -> dict[str, Any]:
    return {"site": visit.site, "environment": visit.site.home(), "here": "notifications"}
