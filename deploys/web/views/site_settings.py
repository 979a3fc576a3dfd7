"""The settings of a site: the overview, its own page, its secrets, and who changed what."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deploys.models import AuditEntry, Retention
from deploys.setup import actions, rights
from deploys.web import settings_pages
from deploys.web.permissions import visit_as_admin, who
from deploys.web.site_forms import RetentionForm, SiteForm
from deploys.web.views.secrets import show_secret
from deploys.web.views.settings_forms import page_context, save_or_show

SHOWN = 30
# Secrets that Buildhub makes: what they are called, and what to do with a new one.
MADE_FOR_SITE = {
    "content_token": (
        gettext_lazy("Content token"),
        gettext_lazy("Enter it in GitLab as the CI/CD variable CONTENT_API_TOKEN."),
    ),
    "drafts_token": (
        gettext_lazy("Drafts token"),
        gettext_lazy("Enter it in GitLab as the CI/CD variable DRAFTS_API_TOKEN."),
    ),
}


@never_cache
@require_safe
def overview(request: HttpRequest, site: str) -> HttpResponse:
    """Everything that can be set."""
    visit = visit_as_admin(who(request), site)
    context = page_context(visit) | {
        "sections": settings_pages.overview(visit.site),
        "may_add_sites": rights.may_add_sites(visit.user),
    }
    return render(request, "settings/overview.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, site: str) -> HttpResponse:
    """Name, clock, CMS and the secrets that builds read content with."""
    visit = visit_as_admin(who(request), site)
    form = SiteForm(request.POST or None, row=visit.site, user=visit.user)
    context: dict[str, Any] = {
        "title": _("Site"),
        "lead": _("What the site is called, whose clock it follows, and by which secrets its builds read content."),
        "makes": [
            (label, reverse("renew-site-secret", args=[site, name])) for name, (label, _help) in MADE_FOR_SITE.items()
        ],
        "docs": "docs/setup.md, site",
    }
    return save_or_show(request, visit, form, actions.subject_of(visit.site), context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def kept(request: HttpRequest, site: str) -> HttpResponse:
    """How long logs, earlier content and messages are kept."""
    visit = visit_as_admin(who(request), site)
    if request.method == "POST":
        Retention.objects.get_or_create(site=visit.site)  # the row that the form is saved to, with the usual periods
    form = RetentionForm(request.POST or None, row=Retention.of(visit.site), user=visit.user)
    context: dict[str, Any] = {
        "title": _("What is kept"),
        "lead": _("Once a day Buildhub removes what is older. What was removed does not come back."),
        "docs": "docs/setup.md, what is kept",
    }
    return save_or_show(request, visit, form, actions.subject_of(form.row), context)


@require_POST
def renew(request: HttpRequest, site: str, name: str) -> HttpResponse:
    """Make a secret of the site anew, and show it this once."""
    visit = visit_as_admin(who(request), site)
    if name not in MADE_FOR_SITE:
        raise Http404
    label, words = map(str, MADE_FOR_SITE[name])
    made = actions.renew_secret(row=visit.site, name=name, label=label, actor=visit.user)
    return show_secret(request, visit, made, label, words, reverse("site-settings", args=[site]))


@never_cache
@require_safe
def changes(request: HttpRequest, site: str) -> HttpResponse:
    """Who changed what, and when; newest first."""
    visit = visit_as_admin(who(request), site)
    pages = Paginator(AuditEntry.objects.filter(site=visit.site).order_by("-pk"), SHOWN)
    context = page_context(visit) | {"page": pages.get_page(request.GET.get("page"))}
    return render(request, "settings/changes.html", context)
