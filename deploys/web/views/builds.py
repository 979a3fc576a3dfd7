"""The page of one build, its poll, and what people do with a build."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys import wake
from deploys.builds import actions, rights
from deploys.models import Build, Environment, Role
from deploys.web import held_back, log_lines, page_list, preview_panel, refusals, watch
from deploys.web.build_content import carried_by
from deploys.web.build_page import page_of
from deploys.web.forms import PressForm
from deploys.web.on_host import on_host
from deploys.web.permissions import Visit, visit_build, who
from deploys.web.views.fragments import fragment, is_htmx, nothing_new, reload_page, sign_in_again
from deploys.web.views.publish import after_press


@never_cache
@require_safe
def page(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Show the build; the log stands open when it failed and the person may read logs."""
    visit, build = visit_build(who(request), site, number)
    context = _live_context(visit, build) | _log_context(visit, build)
    context |= {"site": visit.site, "environment": _home(build)}
    context["here"] = "previews" if build.environment.is_for_previews else "history"
    context["preview"] = preview_panel.page_of(visit, build, now())
    show_all = page_list.shows_all(request.GET.get("pages"))
    context["carried"] = carried_by(build, now())
    context["on_host"] = on_host(visit, build, now(), show_all=show_all)
    context["vanishing"] = held_back.vanishing(build, show_all=show_all)
    return render(request, "builds/build.html", context)


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Answer the poll of the build page: 204 after one query while nothing is new."""
    seen = watch.read(request.GET.get("w", ""))
    if seen and seen.still_true():
        return nothing_new()
    if not request.user.is_authenticated:
        return sign_in_again(request, request.path.removesuffix("live/"))
    try:
        visit, build = visit_build(who(request), site, number)
    except Http404:
        if is_htmx(request):
            return reload_page()
        raise
    context = _live_context(visit, build)
    context["announce"] = seen is not None and seen.said != context["page"].said
    context |= {"on_host": on_host(visit, build, now()), "is_fragment": True}
    context["preview"] = preview_panel.page_of(visit, build, now())
    return fragment(request, "builds/build.html#live", context)


def _home(build: Build) -> Environment | None:
    """Where the bar on top leads: the place of the build, for a preview the site's first one."""
    if not build.environment.is_for_previews:
        return build.environment
    return build.site.home()


def _live_context(visit: Visit, build: Build) -> dict[str, Any]:
    page = page_of(visit, build, now())
    key = watch.key_for(user=visit.user, environment=build.environment, valid_until=page.valid_until, said=page.said)
    newest = build.environment.builds.order_by("-number").values_list("number", flat=True).first()
    return {"build": build, "page": page, "watch": key, "seen_number": newest or 0, "site": visit.site}


def _log_context(visit: Visit, build: Build) -> dict[str, Any]:
    if build.is_copy:
        return {}
    if not rights.may_read_log(visit.role):
        readers = rights.people_with(visit.site, [Role.PUBLISHER, Role.ADMIN])
        return {"may_read_log": False, "log_readers": [person.name for person in readers]}
    piece = log_lines.read(build)
    if not piece.is_complete:
        wake.fetch_logs(build.pk)
    return {"may_read_log": True, "log": piece}


def _press(request: HttpRequest) -> dict[str, Any]:
    form = PressForm(request.POST)
    return form.cleaned_data if form.is_valid() else {}


def _answer(
    request: HttpRequest, visit: Visit, build: Build, notice: str, *, started: Build | None = None
) -> HttpResponse:
    from_build_page = _press(request).get("back") == "build"
    target = (started or build) if from_build_page else None
    return after_press(request, visit, build.environment, notice, build=target)


@require_POST
def cancel(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Stop the build, or leave the line."""
    visit, build = visit_build(who(request), site, number)
    notice = ""
    try:
        actions.cancel(build=build, actor=visit.user)
    except refusals.REFUSALS as refusal:
        notice = refusals.words(refusal)
    return _answer(request, visit, build, notice)


@require_POST
def retry(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Ask for a new build in place of this one; a copy is asked for again by its own question."""
    visit, build = visit_build(who(request), site, number)
    if build.brings_back:
        return redirect("bring-back", site, build.brings_back.number)
    pressed = _press(request)
    notice, started = "", None
    try:
        started = actions.retry(
            build=build, actor=visit.user, key=pressed.get("key", ""), seen_number=pressed.get("seen_number")
        )
    except refusals.REFUSALS as refusal:
        notice = refusals.words(refusal)
    return _answer(request, visit, build, notice, started=started)


@require_POST
def stop_and_retry(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Give a silent build up and ask for a new one."""
    visit, build = visit_build(who(request), site, number)
    notice, started = "", None
    try:
        started = actions.stop_and_retry(build=build, actor=visit.user, key=_press(request).get("key", ""))
    except refusals.REFUSALS as refusal:
        notice = refusals.words(refusal)
    return _answer(request, visit, build, notice, started=started)


@require_POST
def keep_waiting(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Give a silent build more time before it is called stuck."""
    visit, build = visit_build(who(request), site, number)
    notice = ""
    try:
        actions.keep_waiting(build=build, actor=visit.user)
    except refusals.REFUSALS as refusal:
        notice = refusals.words(refusal)
    return _answer(request, visit, build, notice)


@require_POST
def look_again(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Have the build service searched once more for this build."""
    visit, build = visit_build(who(request), site, number)
    notice = ""
    try:
        actions.look_again(build=build, actor=visit.user)
    except refusals.REFUSALS as refusal:
        notice = refusals.words(refusal)
    return _answer(request, visit, build, notice)


@require_POST
def hide_failure(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Put the failure notice away."""
    visit, build = visit_build(who(request), site, number)
    notice = ""
    try:
        actions.hide_failure(build=build, actor=visit.user)
    except refusals.REFUSALS as refusal:
        notice = refusals.words(refusal)
    return _answer(request, visit, build, notice)
