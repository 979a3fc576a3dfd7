"""The connection of a site to GitLab: address, project, tokens, webhook; checked before it is saved."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from deploys.doctor.webhook import hook_url
from deploys.models import GitLabProject
from deploys.setup import actions, rights
from deploys.web import settings_pages
from deploys.web.check_now import Result, of_connection
from deploys.web.permissions import Visit, visit_as_admin, who
from deploys.web.site_forms import GitLabForm
from deploys.web.views import settings_forms
from deploys.web.views.secrets import show_secret

SUBJECT = "Connection to GitLab"
# Secrets of the webhook that Buildhub makes: what they are called, and what to do with a new one.
MADE = {
    "hook_token": (
        gettext_lazy("Secret token of the webhook"),
        gettext_lazy("In the GitLab project under Settings → Webhooks: enter it as the Secret token."),
    ),
    "hook_signing_token": (
        gettext_lazy("Signing token of the webhook"),
        gettext_lazy("In the GitLab project under Settings → Webhooks: enter it as the Signing token (newer GitLabs)."),
    ),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, site: str) -> HttpResponse:
    """Connect a site that has no connection yet."""
    visit = visit_as_admin(who(request), site)
    form = blank_form(request, visit)
    if form.is_bound and form.is_valid():
        project = connect(visit, form)
        messages.success(request, _("Saved. Make the webhook in GitLab next: its address and secret are below."))
        return redirect("connection", site, project.pk)
    return settings_forms.show(request, visit, form, form_context(request, visit, form))


def blank_form(request: HttpRequest, visit: Visit) -> GitLabForm:
    """The form of a connection that is not there yet."""
    return GitLabForm(request.POST or None, row=GitLabProject(), user=visit.user)


def connect(visit: Visit, form: GitLabForm) -> GitLabProject:
    """Store the connection that was typed, or take the known one up with the tokens that were typed."""
    project: GitLabProject = form.known() or form.row
    actions.connect_project(project=project, site=visit.site, actor=visit.user)
    return project


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, site: str, project: int) -> HttpResponse:
    """Change a connection; tokens stay as they are unless they are entered anew."""
    visit, form = _opened(request, site, project)
    return settings_forms.save_or_show(request, visit, form, SUBJECT, form_context(request, visit, form))


@require_POST
def check_new(request: HttpRequest, site: str) -> HttpResponse:
    """Ask GitLab by what was typed, before there is a connection."""
    visit = visit_as_admin(who(request), site)
    return _check(request, visit, blank_form(request, visit))


@require_POST
def check(request: HttpRequest, site: str, project: int) -> HttpResponse:
    """Ask GitLab by what stands in the form. Nothing is saved."""
    visit, form = _opened(request, site, project)
    return _check(request, visit, form)


def _check(request: HttpRequest, visit: Visit, form: GitLabForm) -> HttpResponse:
    context = form_context(request, visit, form)
    return settings_forms.check(request, visit, form, context, lambda: look(request, visit, form))


def look(request: HttpRequest, visit: Visit, form: GitLabForm) -> Result:
    """Ask GitLab about the connection and the branches of the site's environments that build by it."""
    rows = visit.site.environments.select_related("site")
    builds_here = rows.filter(gitlab_project=form.stored.pk) if form.stored.pk else rows.filter(gitlab_project=None)
    return of_connection(form.row, list(builds_here), base=request.build_absolute_uri("/"))


@require_POST
def renew(request: HttpRequest, site: str, project: int, name: str) -> HttpResponse:
    """Make a secret of the webhook anew, and show it this once."""
    visit, row = _row(request, site, project)
    label, words = _made(name)
    made = actions.renew_secret(row=row, name=name, label=label, actor=visit.user)
    return show_secret(request, visit, made, label, words, reverse("connection", args=[site, row.pk]))


@require_POST
def remove(request: HttpRequest, site: str, project: int, name: str) -> HttpResponse:
    """Forget a secret of the webhook."""
    visit, row = _row(request, site, project)
    label, _words = _made(name)
    actions.remove_secret(row=row, name=name, label=label, actor=visit.user)
    messages.success(request, _("Removed: {secret}.").format(secret=label))
    return redirect("connection", site, row.pk)


def _made(name: str) -> tuple[str, str]:
    if name not in MADE:
        raise Http404
    label, words = MADE[name]
    return str(label), str(words)


def _row(request: HttpRequest, site: str, pk: int) -> tuple[Visit, GitLabProject]:
    """The connection, for an admin of every site that builds by it. Raises PermissionDenied for others."""
    visit = visit_as_admin(who(request), site)
    row = get_object_or_404(GitLabProject.objects.filter(environments__site=visit.site).distinct(), pk=pk)
    if not rights.may_change_connection(visit.user, row):
        names = ", ".join(settings_pages.shared_with(row, visit.site))
        raise PermissionDenied(
            _("This connection builds {sites} too. Only an admin of all of them may open it.").format(sites=names)
        )
    return visit, row


def _opened(request: HttpRequest, site: str, pk: int) -> tuple[Visit, GitLabForm]:
    visit, row = _row(request, site, pk)
    return visit, GitLabForm(request.POST or None, row=row, user=visit.user)


def form_context(request: HttpRequest, visit: Visit, form: GitLabForm) -> dict[str, Any]:
    """What the page of a connection shows around its form."""
    row, slug = form.stored, visit.site.slug
    context: dict[str, Any] = {
        "title": _("GitLab"),
        "lead": _("The project that builds the site. Tokens are kept encrypted and never shown again."),
        "save_url": reverse("new-connection", args=[slug]),
        "check_url": reverse("check-new-connection", args=[slug]),
        "check_note": _("Checking asks GitLab by what stands here. It starts nothing and saves nothing."),
        "docs": "docs/setup.md, gitlab",
    }
    if row.pk is None:
        return context
    return context | {
        "save_url": reverse("connection", args=[slug, row.pk]),
        "check_url": reverse("check-connection", args=[slug, row.pk]),
        "shared": settings_pages.shared_with(row, visit.site),
        "hook": {
            "url": hook_url(row, request.build_absolute_uri("/")),
            "heard_at": row.hook_heard_at,
            "secrets": [
                {
                    "label": str(label),
                    "name": name,
                    "is_set": bool(getattr(row, name)),
                    "renew_url": reverse("renew-connection-secret", args=[slug, row.pk, name]),
                    "remove_url": reverse("remove-connection-secret", args=[slug, row.pk, name]),
                }
                for name, (label, _words) in MADE.items()
            ],
        },
    }
