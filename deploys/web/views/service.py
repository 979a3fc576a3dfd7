"""The page that says whether GitLab answers, and has it asked again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.builds import actions, rights
from deploys.models import Environment, Role
from deploys.web import refusals, service
from deploys.web.permissions import Visit, visit_environment, who
from deploys.web.views.fragments import fragment, nothing_new
from deploys.web.views.host import host_context


@never_cache
@require_safe
def page(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Show how GitLab stands."""
    visit, place = visit_environment(who(request), site, environment)
    return render(request, "publish/service.html", _context(visit, place) | host_context(visit, place))


@never_cache
@require_safe
def live(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Answer the page's poll: nothing while it shows what is known."""
    visit, place = visit_environment(who(request), site, environment)
    context = _context(visit, place)
    if request.GET.get("seen") == context["service"].key:
        return nothing_new()
    return fragment(request, "publish/service.html#live", context)


@require_POST
def ask_again(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Have GitLab asked now; the page shows the answer when it comes."""
    visit, place = visit_environment(who(request), site, environment)
    try:
        actions.ask_again(environment=place, actor=visit.user)
    except refusals.REFUSALS as refusal:
        messages.warning(request, refusals.words(refusal))
    else:
        messages.success(request, _("Asking now. The answer appears here in a moment."))
    return redirect("service", site, environment)


def _context(visit: Visit, environment: Environment) -> dict[str, Any]:
    """What the template needs. Raises Http404 where no GitLab is set up."""
    if environment.gitlab_project is None:
        raise Http404(_("Publishing is not set up here, so there is no service to look at."))
    return {
        "site": visit.site,
        "environment": environment,
        "service": service.standing_of(environment.gitlab_project, now()),
        "is_admin": visit.role.includes(Role.ADMIN),
        "may_ask": rights.may_publish(visit.role, environment),
    }
