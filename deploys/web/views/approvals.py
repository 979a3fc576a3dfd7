"""Four eyes: the page that shows what is in a build, and the second person's answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.builds import approvals, line
from deploys.builds.actions import NotAllowed
from deploys.models import Build
from deploys.web import approval_page, promotion, refusals
from deploys.web.approval_page import ApproveForm, DeclineForm
from deploys.web.card_model import either
from deploys.web.change_filters import Filters
from deploys.web.permissions import Visit, visit_build, who


@never_cache
@require_safe
def page(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Show what would go live; a build that does not wait (any more) has a page of its own that says what became."""
    visit, build = visit_build(who(request), site, number)
    if not line.waits_for_approval(build):
        return redirect(build)
    return _show(request, visit, build)


def _show(
    request: HttpRequest, visit: Visit, build: Build, *, decline: DeclineForm | None = None, status: int = 200
) -> HttpResponse:
    filters, moment = Filters.read(request.GET, visit.user), now()
    context = approval_page.context_of(visit, build, filters, moment, decline=decline)
    if build.promotes:
        _visit, original = visit_build(visit.user, visit.site.slug, build.promotes.number)
        context["question"] = promotion.question_of(visit, original, build.environment, moment)
    return render(request, "builds/approval.html", context, status=status)


@require_POST
def approve(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Let it go live. When something else would by now, the person looks again."""
    visit, build = visit_build(who(request), site, number)
    form = ApproveForm(request.POST)
    shown = form.cleaned_data["shown"] if form.is_valid() else ""
    is_as_read = shown == approval_page.shown_of(approval_page.waiting(build, now()))
    try:
        approvals.approve(build=build, actor=visit.user, is_as_read=is_as_read)
    except approvals.ChangedMeanwhile as refusal:
        messages.warning(request, refusals.words(refusal))
        return redirect("approval", site, number)
    except refusals.REFUSALS as refusal:
        messages.warning(request, _words(refusal))
    else:
        messages.success(request, _("You approved build {number}.").format(number=build.number))
    return redirect(build.environment)


@require_POST
def decline(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Take it out of the line, with a reason."""
    visit, build = visit_build(who(request), site, number)
    form = DeclineForm(request.POST)
    if not form.is_valid():
        if not line.waits_for_approval(build):
            return redirect(build)
        return _show(request, visit, build, decline=form, status=422)
    try:
        approvals.decline(build=build, actor=visit.user, reason=form.cleaned_data["reason"])
    except refusals.REFUSALS as refusal:
        messages.warning(request, _words(refusal))
    return redirect(build.environment)


def _words(refusal: refusals.Refusal) -> str:
    if not isinstance(refusal, NotAllowed):
        return refusals.words(refusal)
    names = either([person.name for person in refusal.people])
    if not names:
        return _("It takes a second person: somebody who publishes here and did not ask for it.")
    return _("It takes a second person who did not ask for it. {names} can approve it.").format(names=names)
