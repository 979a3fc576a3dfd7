"""Signing in and out, and what people choose for themselves."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from deploys.web import time_zone
from deploys.web.context import THEME_COOKIE, THEMES
from deploys.web.forms import AccountForm, PasswordForm, SignInForm
from deploys.web.permissions import who

A_YEAR = 365 * 24 * 3600  # seconds


class SignIn(LoginView):
    """The sign-in page; `next` is kept when it stays on this site."""

    template_name = "people/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Signs out, by POST only."""


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Choose the time zone; the theme and the password have forms of their own on the same page."""
    time_zone.activate(who(request))
    form = AccountForm(request.POST or None, instance=who(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("account")
    return _account_page(request, form, PasswordForm(who(request)))


@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Change the password and stay signed in here; other devices are signed out."""
    form = PasswordForm(who(request), request.POST)
    if not form.is_valid():
        return _account_page(request, AccountForm(instance=who(request)), form)
    update_session_auth_hash(request, form.save())
    messages.success(request, _("The password was changed. Other devices are signed out."))
    return redirect("account")


def _account_page(request: HttpRequest, form: AccountForm, password_form: PasswordForm) -> HttpResponse:
    context = {"form": form, "password_form": password_form, "here": "account"}
    return render(request, "people/account.html", context)


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
