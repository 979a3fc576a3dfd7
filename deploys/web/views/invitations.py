"""Answering an invitation: as a new person with a name and a password, or as somebody who has an account."""

from __future__ import annotations

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from deploys.models import Environment, Invitation, User
from deploys.people import invitations
from deploys.people.invitations import State
from deploys.people.role_words import sentence_of
from deploys.web.people_forms import JoinForm
from deploys.web.sign_in_ways import provider_button

NOT_FOUND, GONE = 404, 410


@sensitive_post_parameters()
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """What the invitation is about, and the way to accept it for whoever looks at it."""
    moment = now()
    rows = Invitation.objects.of_token(token).select_related("site", "invited_by")
    invitation = rows.first()
    state = invitations.state_of(invitation, moment) if invitation else None
    if invitation is None or state != State.OPEN:
        context = {"invitation": invitation, "outcome": state}
        return render(request, "people/no_invitation.html", context, status=GONE if invitation else NOT_FOUND)
    if isinstance(request.user, User):
        return _as_oneself(request, invitation, request.user)
    return _as_somebody_new(request, invitation)


def _as_oneself(request: HttpRequest, invitation: Invitation, person: User) -> HttpResponse:
    if request.method != "POST":
        return render(request, "people/invitation.html", _context(request, invitation))
    try:
        invitations.accept(invitation=invitation, person=person, moment=now())
    except invitations.NotOpen:
        return redirect(request.path)
    messages.success(request, _("Welcome to {site}.").format(site=invitation.site.name))
    return redirect(_first_page(invitation))


def _as_somebody_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    has_account = bool(invitations.people_at(invitation.email))
    form = JoinForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if has_account or not form.is_valid():
        context = _context(request, invitation) | {"form": form, "has_account": has_account}
        return render(request, "people/invitation.html", context)
    given = form.cleaned_data
    try:
        person = invitations.accept_as_new(
            invitation=invitation,
            first_name=given["first_name"],
            last_name=given["last_name"],
            password=given["password1"],
            moment=now(),
        )
    except invitations.NotOpen:
        return redirect(request.path)
    messages.success(
        request,
        _("Welcome to {site}. You sign in with {email} from now on.").format(
            site=invitation.site.name, email=invitation.email
        ),
    )
    answer: HttpResponse = perform_login(request, person, redirect_url=_first_page(invitation))
    return answer


def _context(request: HttpRequest, invitation: Invitation) -> dict[str, object]:
    return {
        "invitation": invitation,
        "meaning": sentence_of(invitation.role),
        "provider": provider_button(request.path),
    }


def _first_page(invitation: Invitation) -> str:
    environment = Environment.objects.public().filter(site=invitation.site).select_related("site").first()
    return environment.get_absolute_url() if environment else "/"
