"""Where allauth meets this project: words, who may come in, and how secrets are kept (docs.allauth.org, adapters)."""

from __future__ import annotations

import logging
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from qrcode.image.svg import SvgPathFillImage

from deploys import audit
from deploys.models import AuditAction, User
from deploys.models.encrypted import cipher
from deploys.people import groups, invitations, waiting
from deploys.people.middleware import FOLLOWED
from deploys.people.roles import subject_of
from deploys.web import clock

logger = logging.getLogger(__name__)

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - written down where a server names no address, as behind a Unix socket


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in with a password."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": gettext_lazy(
            "This name and password do not go together. Check both; capitals matter in the password."
        ),
        "too_many_login_attempts": gettext_lazy("Too many tries. Wait five minutes, then try again."),
        "rate_limited": gettext_lazy("Too many tries. Wait five minutes, then try again."),
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try. Raises ValidationError, with the time to wait, when there were too many that failed."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            key = self._get_login_attempts_cache_key(request, **credentials)
            seconds = waiting.seconds_left(request, action="login_failed", key=key)
            raise ValidationError(too_many(seconds), code="too_many_login_attempts") from None

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in; from now on the list of sessions follows this one."""
        super().login(request, user)
        request.session[FOLLOWED] = True

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Say that the account is switched off."""
        messages.warning(request, _("This account is switched off. An admin can switch it on."))
        return redirect("sign-in")

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address of the browser, as far as the server knows it."""
        return get_client_ip(request) or NO_ADDRESS

    def is_reauthentication_required(self, *, app: str, **_more: Any) -> bool:
        """No: our own forms ask for the password where it matters."""
        return False


def too_many(seconds: float) -> str:
    """The sentence for somebody who has to wait."""
    text = _("Too many tries with a wrong password. Wait {time}, then try again.")
    return text.format(time=clock.minutes_words(seconds))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The second factor: its secrets are encrypted like all others."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not right, or no longer. Enter the one that the app shows now."),
    }

    def build_totp_svg(self, url: str) -> str:
        """The QR code on white, as cameras want it, in dark pages too."""
        picture: bytes = qrcode.make(url, image_factory=SvgPathFillImage).to_string()
        return picture.decode()

    def encrypt(self, text: str) -> str:
        """For the database."""
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """From the database."""
        return cipher().decrypt(encrypted_text.encode()).decode()


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Signing in with OpenID Connect: the provider says who somebody is, and may say their roles."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Everybody whom the provider lets in; without a role they see nothing."""
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the person whom the provider means. An address that it has not verified joins nobody to an account."""
        if not sociallogin.is_existing:
            self._find(request, sociallogin)
        if sociallogin.is_existing:
            groups.apply(sociallogin.user, claims_of(sociallogin))

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Keep the new person, with the roles of their groups."""
        person: User = super().save_user(request, sociallogin, form)
        audit.record(actor=None, by=groups.source(), subject=subject_of(person), action=AuditAction.ADDED)
        groups.apply(person, claims_of(sociallogin))
        return person

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Lead back to the sign-in with a sentence; the log has the cause."""
        if exception is not None:
            logger.warning("Signing in with the OpenID Connect provider failed: %r", exception)
        if error == AuthError.CANCELLED:
            words = _("Nobody was signed in: it was cancelled at {name}.")
        else:
            words = _("Signing in with {name} did not work. Try again; if it repeats, tell whoever runs Buildhub.")
        raise _back(request, words.format(name=settings.OIDC_NAME))

    def _find(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        for address in sociallogin.email_addresses:
            known = invitations.people_at(address.email)
            if len(known) == 1 and address.verified:
                sociallogin.connect(request, known[0])
                return
            if known:
                several = _("There are several accounts with the address {email}. An admin has to clear that up first.")
                unproved = _("There is an account with {email}, and {name} has not confirmed that it is yours.")
                words = several if address.verified else unproved
                raise _back(request, words.format(email=address.email, name=settings.OIDC_NAME))


def claims_of(sociallogin: SocialLogin) -> dict[str, Any]:
    """What the provider says about the person: in the ID token, and when asked for more."""
    data = sociallogin.account.extra_data
    return {**data.get("id_token", {}), **data.get("userinfo", {})}


def _back(request: HttpRequest, words: str) -> ImmediateHttpResponse:
    messages.warning(request, words)
    return ImmediateHttpResponse(redirect("sign-in"))
