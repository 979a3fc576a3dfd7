"""The second factor: setting it up, its recovery codes, turning it off, and the question at the sign-in."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows as recovery_flows
from allauth.mfa.totp.internal import flows as totp_flows
from allauth.mfa.totp.internal.auth import get_totp_secret
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deploys import audit
from deploys.models import AuditAction, User
from deploys.people.middleware import HAS_SECOND_FACTOR
from deploys.web import time_zone
from deploys.web.permissions import who
from deploys.web.second_factor_forms import CodeForm, ProveForm, SetUpForm


class AskCode(AuthenticateView):  # type: ignore[misc]
    """After the password: the code of the app, or one of the recovery codes."""

    template_name = "people/code.html"
    form_class = CodeForm


@login_not_required
@require_POST
def start_again(request: HttpRequest) -> HttpResponse:
    """Give up a sign-in that waits for its code."""
    clear_login(request)
    return redirect("sign-in")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Set it up; once it is on, what can be done with it."""
    person = who(request)
    time_zone.activate(person)
    factor = _factor(person)
    if factor is not None:
        return _page_of_one_that_is_on(request, factor, ProveForm(user=person))
    form = SetUpForm(request.POST if request.method == "POST" else None, user=person)
    if not form.is_valid():
        return render(request, "people/second_factor.html", {"form": form, "here": "account"})
    totp_flows.activate_totp(request, form)
    _record(person, AuditAction.ADDED)
    request.session[HAS_SECOND_FACTOR] = True
    messages.success(request, _("The second factor is on. Keep these recovery codes, then you are done."))
    return redirect("recovery-codes")


@never_cache
@require_safe
def picture(request: HttpRequest) -> HttpResponse:
    """The secret of a set-up under way, as a QR code."""
    adapter = get_adapter()
    url = adapter.build_totp_url(who(request), get_totp_secret())
    return HttpResponse(adapter.build_totp_svg(url), content_type="image/svg+xml")


@never_cache
@require_safe
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the codes, once."""
    person = who(request)
    row = get_object_or_404(Authenticator, user=person, type=Authenticator.Type.RECOVERY_CODES)
    codes = row.wrap()
    if codes.did_view:
        return redirect("second-factor")
    codes.mark_as_viewed()
    context = {"codes": codes.get_unused_codes(), "here": "account"}
    return render(request, "people/recovery_codes.html", context)


@sensitive_post_parameters()
@require_POST
def new_codes(request: HttpRequest) -> HttpResponse:
    """Make the recovery codes anew; the old ones end."""
    person = who(request)
    factor = get_object_or_404(Authenticator, user=person, type=Authenticator.Type.TOTP)
    form = ProveForm(request.POST, user=person)
    if not form.is_valid():
        return _page_of_one_that_is_on(request, factor, form)
    recovery_flows.generate_recovery_codes(request)
    return redirect("recovery-codes")


@sensitive_post_parameters()
@require_POST
def turn_off(request: HttpRequest) -> HttpResponse:
    """Turn it off."""
    person = who(request)
    factor = get_object_or_404(Authenticator, user=person, type=Authenticator.Type.TOTP)
    form = ProveForm(request.POST, user=person)
    if not form.is_valid():
        return _page_of_one_that_is_on(request, factor, form)
    totp_flows.deactivate_totp(request, factor)
    request.session.pop(HAS_SECOND_FACTOR, None)
    _record(person, AuditAction.REMOVED)
    messages.success(request, _("The second factor is off."))
    return redirect("account")


def _factor(person: User) -> Authenticator | None:
    found: Authenticator | None = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).first()
    return found


def _page_of_one_that_is_on(request: HttpRequest, factor: Authenticator, form: ProveForm) -> HttpResponse:
    codes = Authenticator.objects.filter(user=factor.user, type=Authenticator.Type.RECOVERY_CODES).first()
    context: dict[str, Any] = {
        "factor": factor,
        "form": form,
        "left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "is_required": settings.REQUIRE_SECOND_FACTOR != "nobody",
        "here": "account",
    }
    return render(request, "people/second_factor_on.html", context)


def _record(person: User, action: AuditAction) -> None:
    audit.record(actor=person, subject=f"Second factor of {person.name}", action=action)
