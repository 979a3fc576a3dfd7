"""The Publish page: the card, who asks for a build, and the poll that is cheap when nothing is new."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.builds import actions, asking
from deploys.models import Build, Environment
from deploys.web import listing, publish_question, refusals, watch
from deploys.web.card import card_for
from deploys.web.forms import PressForm
from deploys.web.neighbours import neighbours
from deploys.web.permissions import Visit, visit_environment, who
from deploys.web.scheduled_card import Undo
from deploys.web.views.fragments import (
    BUILDS_CHANGED,
    fragment,
    go_to,
    is_htmx,
    nothing_new,
    put_question,
    reload_page,
    sign_in_again,
)

RECENT = 5
UNDO_FOR = 10  # seconds that a notice with Undo stays on the card


@never_cache
@require_safe
def page(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Show the card, the newest builds and the neighbours."""
    visit, place = visit_environment(who(request), site, environment)
    context = card_context(visit, place) | {
        "site": visit.site,
        "is_fragment": False,
        "here": "publish",
        "builds": _recent(place),
        "neighbours": neighbours(visit.user, place),
    }
    return render(request, "publish/publish.html", context)


def card_context(
    visit: Visit,
    environment: Environment,
    *,
    notice: str = "",
    open_builds: list[Build] | None = None,
    undo: Undo | None = None,
) -> dict[str, Any]:
    """What the card's template needs. `undo` is shown for some seconds."""
    card = card_for(environment, visit.user, now(), role=visit.role, notice=notice, open_builds=open_builds)
    if undo:
        card = replace(card, undo=undo, poll_seconds=UNDO_FOR, valid_until=now() + timedelta(seconds=UNDO_FOR - 1))
    watch_key = _key(visit, environment, card)
    return {"environment": environment, "card": card, "watch": watch_key, "is_fragment": True}


def _key(visit: Visit, environment: Environment, card: Any) -> str:
    return watch.key_for(user=visit.user, environment=environment, valid_until=card.valid_until, said=card.said)


@login_not_required
@never_cache
@require_safe
def card(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Answer the poll: 204 after one query while the watch key is true, else the card for whoever is signed in."""
    seen = watch.read(request.GET.get("w", ""))
    if seen and seen.still_true():
        return nothing_new()
    if not request.user.is_authenticated:
        return sign_in_again(request, request.path.removesuffix("card/"))
    try:
        visit, place = visit_environment(who(request), site, environment)
    except Http404:
        if is_htmx(request):
            return reload_page()
        raise
    context = card_context(visit, place)
    context["announce"] = seen is not None and seen.said != context["card"].said
    answer = fragment(request, "publish/publish.html#card", context)
    if seen and seen.version != place.version:
        answer["HX-Trigger"] = BUILDS_CHANGED
    return answer


@never_cache
@require_safe
def recent(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """The newest builds, asked for when the card saw a change."""
    _visit, place = visit_environment(who(request), site, environment)
    context = {"environment": place, "site": place.site, "builds": _recent(place)}
    return fragment(request, "publish/publish.html#recent", context)


def _recent(environment: Environment) -> list[listing.Line]:
    builds = environment.builds.select_related(*listing.SHOWN).order_by("-number")[:RECENT]
    return [listing.line_of(build) for build in builds]


@never_cache
@require_safe
def ask(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Show what a press would put live: a page, or the inside of the dialog for our script."""
    visit, place = visit_environment(who(request), site, environment)
    question = publish_question.question_of(visit, place, now())
    return put_question(request, {"question": question, "site": visit.site, "environment": place, "here": "publish"})


@require_POST
def request_build(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Press Publish. A refusal becomes a friendly word on the card; where it matters, the question comes first."""
    visit, place = visit_environment(who(request), site, environment)
    form = PressForm(request.POST)
    pressed = form.cleaned_data if form.is_valid() else {}
    is_asked = bool(pressed.get("asked"))
    if not is_asked and asking.must_ask(place, visit.user, asking.ahead(place, now())):
        return go_to(request, publish_question.address(place))
    # Read before the press: as soon as the worker has the build, other changes are those that wait.
    changed = publish_question.changed_words(place, pressed["shown"], now()) if is_asked else ""
    notice, open_builds = "", None
    try:
        asked = actions.ask(
            environment=place,
            actor=visit.user,
            key=pressed.get("key", ""),
            seen_number=pressed.get("seen_number"),
            role=visit.role,
            is_asked_twice=is_asked,
        )
        open_builds, notice = asked.open_builds, changed
    except refusals.REFUSALS as refusal:
        notice = refusals.words(refusal)
    return after_press(request, visit, place, notice, open_builds=open_builds)


def after_press(
    request: HttpRequest,
    visit: Visit,
    environment: Environment,
    notice: str,
    *,
    build: Build | None = None,
    open_builds: list[Build] | None = None,
    undo: Undo | None = None,
) -> HttpResponse:
    """Answer a press: htmx gets the new card with focus on its headline, a plain form a redirect.

    With `build`, a plain form goes to that build's page. `open_builds` are what the press saw, if it looked.
    """
    if is_htmx(request):
        context = card_context(visit, environment, notice=notice, open_builds=open_builds, undo=undo)
        context["focus"] = True
        answer = fragment(request, "publish/publish.html#card", context)
        answer["HX-Trigger"] = BUILDS_CHANGED
        return answer
    if notice:
        messages.warning(request, notice)
    return redirect(build or environment)
