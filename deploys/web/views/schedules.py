"""The Schedule page: what goes live by itself and when, choosing a time, and taking it back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deploys.builds.actions import NotAllowed
from deploys.models import Environment, Plan, PlanKind, PlanState, Schedule
from deploys.schedules import actions
from deploys.schedules.actions import IsOver
from deploys.web import schedule_page
from deploys.web.card import card_for
from deploys.web.card_model import ask_words
from deploys.web.permissions import Visit, visit_environment, who
from deploys.web.schedule_form import AutomaticForm, ScheduleForm, blank
from deploys.web.scheduled_card import Undo
from deploys.web.views.fragments import is_htmx
from deploys.web.views.publish import after_press

REFUSALS = (IsOver, NotAllowed)


@never_cache
@require_safe
def page(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Show what is planned and what became of it."""
    visit, place = visit_environment(who(request), site, environment)
    return _page(request, visit, place)


def _page(
    request: HttpRequest, visit: Visit, place: Environment, automatic: AutomaticForm | None = None
) -> HttpResponse:
    moment = now()
    context = _context(visit, place) | {
        "page": schedule_page.page_of(visit, place, moment),
        "late": schedule_page.late_lines(place, moment),
        "automatic": automatic or AutomaticForm(environment=place),
        "undo": _undo_named(request.GET.get("undo", ""), place) or _left_alone(request.GET.get("not-now", ""), place),
        "places": visit.site.environments.public().select_related("site"),
        "key": uuid.uuid4().hex,
    }
    return render(request, "schedule/schedule.html", context)


def _context(visit: Visit, place: Environment) -> dict[str, Any]:
    return {"site": visit.site, "environment": place, "here": "schedule"}


def _undo_named(pk: str, place: Environment) -> Undo | None:
    """The notice after a cancelation without our script: the address names the schedule."""
    schedule = place.schedules.exclude(canceled_at=None).filter(pk=pk).first() if pk.isdecimal() else None
    return _undo(schedule, place) if schedule else None


def _left_alone(pk: str, place: Environment) -> Undo | None:
    """The same after "not now": the address names the plan."""
    rows = place.plans.filter(kind=PlanKind.AUTOMATIC, state=PlanState.CANCELED)
    plan = rows.filter(pk=pk).first() if pk.isdecimal() else None
    return _undo_not_now(plan, place) if plan else None


def _undo_not_now(plan: Plan, place: Environment) -> Undo:
    url = reverse("now-after-all", args=[place.site.slug, place.slug, plan.pk])
    return Undo(words=_("It waits for you, or for the next edit."), url=url)


def _undo(schedule: Schedule, place: Environment) -> Undo:
    url = reverse("restore-schedule", args=[place.site.slug, place.slug, schedule.pk])
    return Undo(words=_("Schedule canceled."), url=url)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Choose a time, or weekdays."""
    visit, place = visit_environment(who(request), site, environment)
    weekly = request.GET.get("kind") == "weekly"
    if not actions.may_schedule(visit.role, place, weekly=weekly):
        raise PermissionDenied(_("Your role does not allow this here."))
    return _edit(request, visit, place, blank(place, visit.user, now(), weekly=weekly))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, site: str, environment: str, pk: int) -> HttpResponse:
    """Change a time or a rule."""
    visit, place, schedule = _visit(request, site, environment, pk)
    if schedule.canceled_at:
        raise Http404(_("This schedule was canceled."))
    if not actions.may_change(visit.user, visit.role, schedule):
        raise PermissionDenied(_("Your role does not allow this here."))
    return _edit(request, visit, place, schedule)


def _edit(request: HttpRequest, visit: Visit, place: Environment, schedule: Schedule) -> HttpResponse:
    form = ScheduleForm(request.POST or None, schedule=schedule)
    back = request.GET.get("back") == "publish"
    if form.is_bound and form.is_valid():
        try:
            saved = actions.save(schedule=form.filled(), actor=visit.user, moment=now())
        except REFUSALS as refusal:
            form.add_error(None, _words(refusal))
        else:
            messages.success(request, schedule_page.saved_words(saved, now()))
            return redirect(place) if back else redirect("schedule", place.site.slug, place.slug)
    card = card_for(place, visit.user, now(), role=visit.role)
    home = reverse("schedule", args=[place.site.slug, place.slug])
    context = _context(visit, place) | {
        "form": form,
        "schedule": schedule,
        "panel": card.panel if card.waiting else None,
        "waiting": card.waiting or 0,
        "leave": place.get_absolute_url() if back else home,
        "home": home,
    }
    return render(request, "schedule/form.html", context)


@require_POST
def cancel(request: HttpRequest, site: str, environment: str, pk: int) -> HttpResponse:
    """Take a schedule back; for a while it can be had again."""
    visit, place, schedule = _visit(request, site, environment, pk)
    notice, undo = "", None
    try:
        actions.cancel(schedule=schedule, actor=visit.user, moment=now())
        undo = _undo(schedule, place)
    except REFUSALS as refusal:
        notice = _words(refusal)
    if is_htmx(request):
        return _card(request, visit, place, notice, undo)
    if notice:
        messages.warning(request, notice)
    return redirect(f"{reverse('schedule', args=[site, environment])}?undo={schedule.pk}")


@require_POST
def restore(request: HttpRequest, site: str, environment: str, pk: int) -> HttpResponse:
    """Have a canceled schedule again."""
    visit, place, schedule = _visit(request, site, environment, pk)
    return _do(request, visit, place, lambda: actions.restore(schedule=schedule, actor=visit.user, moment=now()))


@require_POST
def pause(request: HttpRequest, site: str, environment: str, pk: int) -> HttpResponse:
    """Let its times pass."""
    visit, place, schedule = _visit(request, site, environment, pk)
    return _do(request, visit, place, lambda: actions.pause(schedule=schedule, actor=visit.user, moment=now()))


@require_POST
def resume(request: HttpRequest, site: str, environment: str, pk: int) -> HttpResponse:
    """Go on with its next time."""
    visit, place, schedule = _visit(request, site, environment, pk)
    return _do(request, visit, place, lambda: actions.resume(schedule=schedule, actor=visit.user, moment=now()))


@require_POST
def set_automatic(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Say whether and when the place publishes by itself."""
    visit, place = visit_environment(who(request), site, environment)
    form = AutomaticForm(request.POST, environment=place)
    if not form.is_valid():
        return _page(request, visit, place, automatic=form)
    try:
        actions.set_automatic(
            environment=place,
            actor=visit.user,
            quiet_minutes=form.minutes,
            at_most_every=form.cleaned_data["at_most_every"],
            dated=form.cleaned_data["dated"],
        )
        messages.success(request, _("Saved."))
    except REFUSALS as refusal:
        messages.warning(request, _words(refusal))
    return redirect("schedule", site, environment)


@require_POST
def not_now(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Leave what waits to a person."""
    visit, place = visit_environment(who(request), site, environment)
    notice, undo = "", None
    try:
        plan = actions.not_now(environment=place, actor=visit.user)
        undo = _undo_not_now(plan, place)
    except REFUSALS as refusal:
        notice = _words(refusal)
    if undo and not is_htmx(request):
        return redirect(f"{reverse('schedule', args=[site, environment])}?not-now={plan.pk}")
    return _card(request, visit, place, notice, undo)


@require_POST
def now_after_all(request: HttpRequest, site: str, environment: str, pk: int) -> HttpResponse:
    """Take "not now" back."""
    visit, place = visit_environment(who(request), site, environment)
    rows = Plan.objects.filter(environment=place, kind=PlanKind.AUTOMATIC, state=PlanState.CANCELED)
    plan = get_object_or_404(rows, pk=pk)
    plan.environment = place
    return _do(request, visit, place, lambda: actions.now_after_all(plan=plan, actor=visit.user, moment=now()))


@require_POST
def hide_late(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Put the word about what is late away."""
    visit, place = visit_environment(who(request), site, environment)
    return _do(request, visit, place, lambda: actions.hide_late(environment=place, actor=visit.user, moment=now()))


def _do(request: HttpRequest, visit: Visit, place: Environment, action: Any) -> HttpResponse:
    """Carry an action out and answer with the card, or lead back to the page."""
    notice = ""
    try:
        action()
    except REFUSALS as refusal:
        notice = _words(refusal)
    if is_htmx(request):
        return _card(request, visit, place, notice, None)
    if notice:
        messages.warning(request, notice)
    return redirect("schedule", place.site.slug, place.slug)


def _card(request: HttpRequest, visit: Visit, place: Environment, notice: str, undo: Undo | None) -> HttpResponse:
    _visit_again, fresh = visit_environment(visit.user, place.site.slug, place.slug)
    return after_press(request, visit, fresh, notice, undo=undo)


def _visit(request: HttpRequest, site: str, environment: str, pk: int) -> tuple[Visit, Environment, Schedule]:
    visit, place = visit_environment(who(request), site, environment)
    schedule = get_object_or_404(Schedule.objects.select_related("owner"), pk=pk, environment=place)
    schedule.environment = place
    return visit, place, schedule


def _words(refusal: IsOver | NotAllowed) -> str:
    if isinstance(refusal, NotAllowed):
        return ask_words([person.name for person in refusal.people])
    return str(refusal)
