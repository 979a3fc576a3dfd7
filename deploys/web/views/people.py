"""Signing in and out, and what people choose for themselves."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from deploys.web import time_zone
from deploys.web.context import THEME_COOKIE, THEMES
from deploys.web.forms import AccountForm, PasswordForm, SignInForm
from deploys.web.permissions import who
from deploys.web.session_list import sessions_of
from deploys.web.sign_in_ways import provider_button

A_YEAR = 365 * 24 * 3600  # seconds


class SignIn(LoginView):  # type: ignore[misc]
    """The sign-in page; `next` is kept when it stays on this site. allauth counts the tries and asks for the code."""

    template_name = "people/sign_in.html"
    form_class = SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Where the person wanted to go, and the other way to sign in."""
        wanted = self.get_next_url() or ""
        return {**super().get_context_data(**kwargs), "next": wanted, "provider": provider_button(wanted)}


class SignOut(LogoutView):
    """Signs out, by POST only."""


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Choose the time zone; the other parts of the page have forms of their own."""
    form = AccountForm(request.POST or None, instance=who(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("account")
    return account_page(request, form, PasswordForm(who(request)))


def account_page(request: HttpRequest, form: AccountForm, password_form: PasswordForm) -> HttpResponse:
    """The account with these forms, where the person is signed in, and whether there is a second factor."""
    person = who(request)
    time_zone.activate(person)
    context = {
        "form": form,
        "password_form": password_form if person.has_usable_password() else None,
        "provider": settings.OIDC_NAME,
        "sessions": sessions_of(person, request.session.session_key),
        "has_second_factor": is_mfa_enabled(person, [Authenticator.Type.TOTP]),
        "here": "account",
    }
    return render(request, "people/account.html", context)


@require_POST
def end_session(request: HttpRequest, session: int) -> HttpResponse:
    """Sign out somewhere else."""
    row = get_object_or_404(UserSession, pk=session, user=who(request))
    end_sessions(request, [row])
    messages.success(request, _("Signed out there."))
    return redirect("account")


@require_POST
def end_sessions_elsewhere(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    end_other_sessions(request, who(request))
    messages.success(request, _("Signed out everywhere else."))
    return redirect("account")


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep light, dark or the system's look in a cookie and go back to where the person was."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    answer = redirect(target if is_ours else reverse("home"))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie(THEME_COOKIE, chosen, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    else:
        answer.delete_cookie(THEME_COOKIE, samesite="Lax")
    return answer
