"""What the views of the settings share: a form that is shown, checked and saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _

from deploys.models import AuditEntry
from deploys.setup import actions
from deploys.web import clock
from deploys.web.card_model import say
from deploys.web.check_now import Result
from deploys.web.permissions import Visit
from deploys.web.settings_form import SettingsForm
from deploys.web.settings_pages import HERE
from deploys.web.views.fragments import fragment, is_htmx

FORM = "settings/form.html"


def page_context(visit: Visit) -> dict[str, Any]:
    """What the bar of every page of the settings needs."""
    return {"site": visit.site, "environment": visit.site.home(), "here": HERE}


def saved(request: HttpRequest, visit: Visit, form: SettingsForm, subject: str) -> bool:
    """Store the form if it can be; else it says why not. What somebody else changed meanwhile is shown first."""
    if not (form.is_bound and form.is_valid()):
        return False
    try:
        is_changed = actions.save(row=form.row, change=form.change(subject), actor=visit.user)
    except actions.ChangedMeanwhile as reason:
        form.meet(reason)
        return False
    messages.success(request, _("Saved.") if is_changed else _("Saved. Nothing was different."))
    return True


def save_or_show(
    request: HttpRequest, visit: Visit, form: SettingsForm, subject: str, context: dict[str, Any]
) -> HttpResponse:
    """Save and come back to the page, or show the form as it was typed."""
    if saved(request, visit, form, subject):
        return redirect(request.path)
    return show(request, visit, form, context)


def show(request: HttpRequest, visit: Visit, form: SettingsForm, context: dict[str, Any]) -> HttpResponse:
    """The page of a form."""
    own = {"form": form, "who_else": _who_else(visit, form), "save_url": request.path}
    whole = page_context(visit) | own | context
    return render(request, str(context.get("template", FORM)), whole)


def check(
    request: HttpRequest,
    visit: Visit,
    form: SettingsForm,
    context: dict[str, Any],
    look: Callable[[], Result],
) -> HttpResponse:
    """Look with what stands in the form; nothing is saved. htmx gets the result, a plain form the whole page."""
    result = look() if form.is_valid() else None
    if is_htmx(request):
        return fragment(request, "settings/_check.html", {"check": result, "form": form, "focus": True})
    return show(request, visit, form, context | {"check": result})


def _who_else(visit: Visit, form: SettingsForm) -> str:
    """Who stored something meanwhile, and when; "" where nobody did."""
    if not form.conflicts:
        return ""
    labels = [conflict.label for conflict in form.conflicts]
    entry = AuditEntry.objects.filter(site=visit.site, changes__has_any_keys=labels).order_by("-pk").first()
    if entry is None:
        return _("Somebody else")
    return say("{name} ({time})", name=entry.actor_name, time=clock.when(entry.at, now()))
