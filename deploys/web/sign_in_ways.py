"""The ways to sign in besides a password."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode


@dataclass(frozen=True, kw_only=True)
class Provider:
    """The OpenID Connect provider: what people call it, and where signing in with it begins."""

    name: str
    url: str


def provider_button(next_page: str = "") -> Provider | None:
    """The provider, None where none is set up. `next_page` is where the person goes from there."""
    if not settings.OIDC_IS_SET_UP:
        return None
    url = reverse("openid_connect_login", args=["provider"])
    return Provider(name=settings.OIDC_NAME, url=f"{url}?{urlencode({'next': next_page})}" if next_page else url)
