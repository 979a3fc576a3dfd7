"""Passwords: changing one's own, and a new one by mail for whoever has forgotten it."""

from __future__ import annotations

from allauth.core import ratelimit
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from deploys import wake
from deploys.models import User
from deploys.people import letters
from deploys.people.middleware import FOLLOWED
from deploys.web.forms import AccountForm, PasswordForm
from deploys.web.people_forms import ForgottenForm
from deploys.web.permissions import who
from deploys.web.views.people import account_page

TOO_MANY = 429


@sensitive_post_parameters()
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Change the password and stay signed in here; other devices are signed out."""
    person = who(request)
    form = PasswordForm(person, request.POST)
    if not form.is_valid():
        return account_page(request, AccountForm(instance=person), form)
    update_session_auth_hash(request, form.save())
    UserSession.objects.create_from_request(request)
    request.session[FOLLOWED] = True
    end_other_sessions(request, person)
    messages.success(request, _("The password was changed. Other devices are signed out."))
    return redirect("account")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Mail a link to whoever has forgotten their password. The answer does not say whether there is an account."""
    form = ForgottenForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "can_mail": letters.can_be_sent(), "hours": letters.HOURS}
    if not context["can_mail"] or not form.is_valid():
        return render(request, "people/forgotten.html", context)
    name = form.cleaned_data["name"].strip()
    if not ratelimit.consume(request, action="reset_password", key=name.lower()):
        form.add_error(None, _("Too many mails were asked for. Wait an hour, then try again."))
        return render(request, "people/forgotten.html", context, status=TOO_MANY)
    for person in User.objects.filter(Q(username=name) | Q(email__iexact=name), is_active=True).exclude(email=""):
        if person.has_usable_password():
            wake.send_new_password(person.pk)
    return render(request, "people/forgotten.html", context | {"is_sent": True})


class NewPassword(PasswordResetConfirmView):
    """Where the link of that mail leads. Whoever has a second factor is asked for it at the next sign-in."""

    template_name = "people/new_password.html"
    success_url = reverse_lazy("sign-in")

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        """Keep it; sessions of the old password end with it."""
        messages.success(self.request, _("The new password works. Sign in with it."))
        return super().form_valid(form)
