"""Previews: their list, asking for one, and what people do with one."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.builds import previews
from deploys.models import Build, Environment
from deploys.web import preview_panel, refusals
from deploys.web.forms import PressForm, ShareForm
from deploys.web.permissions import Visit, visit_build, visit_site, who
from deploys.web.removal import TEMPLATE, Removal
from deploys.web.views.fragments import go_to, put_question

SHOWN = 25


@never_cache
@require_safe
def page(request: HttpRequest, site: str) -> HttpResponse:
    """The newest previews of the site, with who may see them and until when."""
    visit = visit_site(who(request), site)
    place = previews.place_of(visit.site)
    home = visit.site.home()
    moment = now()
    context = {
        "site": visit.site,
        "environment": home,
        "here": "previews",
        "is_set_up": place is not None,
        "button": preview_panel.button_of(home, visit.role, _("Make a preview"), tone="primary") if home else None,
        "key": uuid.uuid4().hex,
        "previews": [preview_panel.panel_of(visit, build, moment) for build in _builds(place)] if place else [],
    }
    return render(request, "previews/previews.html", context)


def _builds(place: Environment) -> list[Build]:
    rows = place.builds.select_related("preview", "release", "requested_by", "site", "environment__site")
    builds = list(rows.order_by("-number")[:SHOWN])
    for build in builds:
        build.preview.build = build
    return builds


@require_POST
def request_preview(request: HttpRequest, site: str) -> HttpResponse:
    """Ask for a preview and go to its page. A refusal becomes a friendly word."""
    visit = visit_site(who(request), site)
    environment = get_object_or_404(visit.site.environments.public().select_related("site")[:1])
    form = PressForm(request.POST)
    key = form.cleaned_data["key"] if form.is_valid() else ""
    try:
        build = previews.request(environment=environment, actor=visit.user, key=key)
    except refusals.REFUSALS as refusal:
        messages.warning(request, refusals.words(refusal))
        return go_to(request, environment.get_absolute_url())
    return go_to(request, build.get_absolute_url())


@require_POST
def extend(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Keep the preview a day longer."""
    visit, build = _visit(request, site, number)
    try:
        previews.extend(build=build, actor=visit.user)
    except refusals.REFUSALS as refusal:
        messages.warning(request, refusals.preview_words(refusal))
    return redirect(build)


@require_POST
def share(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Note who got the link."""
    visit, build = _visit(request, site, number)
    form = ShareForm(request.POST)
    try:
        previews.share(build=build, actor=visit.user, names=form.cleaned_data["names"] if form.is_valid() else "")
    except refusals.REFUSALS as refusal:
        messages.warning(request, refusals.preview_words(refusal))
    return redirect(build)


@never_cache
@require_safe
def ask_delete(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Ask whether the preview shall go: a page, or the inside of the dialog for our script."""
    visit, build = _visit(request, site, number)
    removal = Removal(
        title=_("Delete this preview?"),
        sentences=[
            _(
                "Its link stops working within a minute for everybody who has it, and its files leave the web host. "
                "This cannot be undone; you can make a new preview at any time."
            ),
            _("What you saved in the CMS stays, and the live site is not touched."),
        ],
        leave=_("Keep the preview"),
        leave_url=build.get_absolute_url(),
        url=reverse("do-delete-preview", args=[visit.site.slug, build.number]),
        id="do-delete-preview",
        label=_("Delete the preview"),
        busy=_("Deleting"),
    )
    return put_question(request, {"site": visit.site, "here": "previews", "removal": removal}, template=TEMPLATE)


@require_POST
def delete(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Have the preview deleted."""
    visit, build = _visit(request, site, number)
    try:
        previews.delete(build=build, actor=visit.user)
    except refusals.REFUSALS as refusal:
        messages.warning(request, refusals.preview_words(refusal))
    return redirect(build)


def _visit(request: HttpRequest, site: str, number: int) -> tuple[Visit, Build]:
    """The build of a preview. Raises Http404 for any other build."""
    visit, build = visit_build(who(request), site, number)
    if not build.environment.is_for_previews:
        raise Http404(_("This build is no preview."))
    return visit, build
