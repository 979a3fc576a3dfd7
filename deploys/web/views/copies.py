"""Bringing an earlier version back: the question, the press, its undo, and the end of the hold."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.builds import copies
from deploys.builds.actions import NotAllowed
from deploys.models import Build, Environment
from deploys.web import refusals, versions
from deploys.web.bring_back import Question, question_of
from deploys.web.forms import BringBackForm, PressForm
from deploys.web.permissions import Visit, visit_build, visit_environment, who
from deploys.web.refusals import Refusal
from deploys.web.views.fragments import put_question
from deploys.web.views.publish import after_press


@never_cache
@require_safe
def page(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Ask whether this version shall be live again: a page, or the inside of the dialog for our script."""
    visit, build = visit_build(who(request), site, number)
    return ask_first(request, visit, build, question_of(visit, build, now()))


def ask_first(request: HttpRequest, visit: Visit, build: Build, question: Question) -> HttpResponse:
    """Put a question about this build to the person: as a page, or as the inside of the dialog."""
    context = {
        "question": question,
        "back": "build" if request.GET.get("back") == "build" else "",
        "asked": build,
        "site": visit.site,
        "environment": build.environment,
        "here": "history",
    }
    return put_question(request, context)


@require_POST
def bring_back(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Have this version copied back. A refusal becomes a friendly word."""
    visit, build = visit_build(who(request), site, number)
    form = BringBackForm(request.POST)
    if not form.is_valid():
        return redirect("bring-back", site, number)
    pressed, notice, started = form.cleaned_data, "", None
    try:
        started = copies.bring_back(
            build=build, actor=visit.user, reason=pressed["reason"], key=pressed["key"], anyway=pressed["anyway"]
        )
    except refusals.REFUSALS as refusal:
        notice = _words(refusal, build.environment)
    target = (started or build) if pressed["back"] == "build" else None
    return after_press(request, visit, build.environment, notice, build=target)


@require_POST
def undo(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Put back what was live before this bring-back."""
    visit, build = visit_build(who(request), site, number)
    form = PressForm(request.POST)
    pressed = form.cleaned_data if form.is_valid() else {}
    notice, started = "", None
    try:
        started = copies.undo(build=build, actor=visit.user, key=pressed.get("key", ""))
    except refusals.REFUSALS as refusal:
        notice = _words(refusal, build.environment)
    target = (started or build) if pressed.get("back") == "build" else None
    return after_press(request, visit, build.environment, notice, build=target)


@require_POST
def lift_hold(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Let automatic publishing go on."""
    visit, place = visit_environment(who(request), site, environment)
    notice = ""
    try:
        copies.lift_hold(environment=place, actor=visit.user)
    except refusals.REFUSALS as refusal:
        notice = _words(refusal, place)
    return after_press(request, visit, place, notice)


def _words(refusal: Refusal, environment: Environment) -> str:
    if isinstance(refusal, NotAllowed):
        return versions.no_right_words(environment)
    return refusals.words(refusal)
