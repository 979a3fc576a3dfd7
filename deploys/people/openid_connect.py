"""What we ask of the OpenID Connect provider beyond what allauth does."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest


class Connection(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Wants a signed ID token, and that the rest of what the provider says is about the same person."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **more: Any) -> SocialLogin:
        """Who it is. Raises OAuth2Error when that is not proved (OpenID Connect Core 1.0, 3.1.3.7 and 5.3.2)."""
        if not more["response"].get("id_token"):
            raise OAuth2Error("The provider sent no ID token.")
        # allauth trusts the connection in place of the signature; an address in the clear deserves no such trust.
        self.did_fetch_access_token = False
        login = super().complete_login(request, app, token, **more)
        said = login.account.extra_data
        if said["userinfo"].get("sub") != said["id_token"].get("sub"):
            raise OAuth2Error("The provider named one person in the ID token and another one when asked.")
        return login
