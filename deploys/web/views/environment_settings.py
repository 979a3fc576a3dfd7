"""The settings of an environment: what it is, where it is published, by which rules; and a new one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from deploys.models import Environment
from deploys.setup import actions
from deploys.web.check_now import of_environment, of_hosting
from deploys.web.environment_forms import EnvironmentForm, HostingForm, NewEnvironmentForm, RulesForm
from deploys.web.permissions import Visit, visit_as_admin, who
from deploys.web.settings_pages import environment_tabs
from deploys.web.views import settings_forms
from deploys.web.views.secrets import show_secret


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Name, kind, address, branch, and who publishes."""
    visit, place = opened(request, site, environment)
    form = EnvironmentForm(request.POST or None, row=place, user=visit.user)
    return settings_forms.save_or_show(request, visit, form, _subject(place), _of_environment(place))


@require_POST
def check(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Look at branch and address as they stand in the form."""
    visit, place = opened(request, site, environment)
    form = EnvironmentForm(request.POST, row=place, user=visit.user)
    base = request.build_absolute_uri("/")
    return settings_forms.check(
        request, visit, form, _of_environment(place), lambda: of_environment(form.row, base=base)
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hosting(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Where it is published, and what is kept there."""
    visit, place = opened(request, site, environment)
    form = HostingForm(request.POST or None, row=place, user=visit.user)
    return settings_forms.save_or_show(request, visit, form, _subject(place), hosting_context(place))


@require_POST
def check_hosting(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Look at the host as it stands in the form."""
    visit, place = opened(request, site, environment)
    form = HostingForm(request.POST, row=place, user=visit.user)
    return settings_forms.check(request, visit, form, hosting_context(place), lambda: of_hosting(form.row))


@require_POST
def renew_report_token(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Make the report token anew, and show it this once."""
    visit, place = opened(request, site, environment)
    label = _("Report token")
    made = actions.renew_secret(row=place, name="report_token", label=label, actor=visit.user)
    words = _("Enter it in GitLab as the CI/CD variable that the pipeline's report is sent with.")
    return show_secret(request, visit, made, label, words, reverse("hosting-settings", args=[site, place.slug]))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """When a press asks first, who approves, and what goes live by itself."""
    visit, place = opened(request, site, environment)
    form = RulesForm(request.POST or None, row=place, user=visit.user)
    context = _common(place, "rules-settings") | {
        "lead": _("When a press asks first, who has to approve, and what goes live without a press."),
        "docs": "docs/setup.md, rules",
    }
    return settings_forms.save_or_show(request, visit, form, _subject(place), context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, site: str) -> HttpResponse:
    """Add a place that builds go to."""
    visit = visit_as_admin(who(request), site)
    form = NewEnvironmentForm(request.POST or None, site=visit.site)
    if form.is_bound and form.is_valid():
        actions.add_environment(environment=form.instance, actor=visit.user)
        messages.success(request, _("Added. Say next where it is published."))
        return redirect("hosting-settings", site, form.instance.slug)
    return render(request, "settings/new_environment.html", settings_forms.page_context(visit) | {"form": form})


def opened(request: HttpRequest, site: str, slug: str) -> tuple[Visit, Environment]:
    """The environment, for an admin of its site."""
    visit = visit_as_admin(who(request), site)
    rows = Environment.objects.select_related("site", "gitlab_project")
    return visit, get_object_or_404(rows, site=visit.site, slug=slug)


def _subject(place: Environment) -> str:
    return actions.subject_of(place)


def _common(place: Environment, here: str) -> dict[str, Any]:
    return {"title": place.name, "tabs": environment_tabs(place, here), "place": place}


def _of_environment(place: Environment) -> dict[str, Any]:
    args = [place.site.slug, place.slug]
    return _common(place, "environment-settings") | {
        "lead": _("What it is, which branch builds it, and who publishes it."),
        "save_url": reverse("environment-settings", args=args),
        "check_url": reverse("check-environment", args=args),
        "check_note": _("Checking asks GitLab and opens the address. It starts nothing and saves nothing."),
        "docs": "docs/setup.md, environments",
    }


def hosting_context(place: Environment) -> dict[str, Any]:
    """What the page of the hosting shows around its form."""
    args = [place.site.slug, place.slug]
    return _common(place, "hosting-settings") | {
        "lead": _("Where the pipeline publishes to. Buildhub reads what is there, and brings versions back."),
        "save_url": reverse("hosting-settings", args=args),
        "check_url": reverse("check-hosting", args=args),
        "check_note": _("Checking asks the host, and AWS where there are credentials. It saves nothing."),
        "makes": [(_("Report token"), reverse("renew-report-token", args=args))],
        "docs": "docs/setup.md, hosting",
    }
