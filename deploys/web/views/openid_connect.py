"""Signing in with the OpenID Connect provider: to it, and back (OpenID Connect Core 1.0, code flow with PKCE)."""

from __future__ import annotations

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from requests import RequestException

from deploys.people.adapters import ProviderAdapter
from deploys.people.openid_connect import Connection


@login_not_required
@never_cache
@require_safe
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the person to the provider. Where it does not answer, back to the sign-in with a sentence."""
    try:
        answer: HttpResponse = allauth_views.login(request, provider_id)
    except (RequestException, KeyError, ValueError) as error:
        return _did_not_work(request, error)
    return answer


@login_not_required
@never_cache
@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The person comes back: ask the provider who they are, and sign them in."""
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(Connection(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except (RequestException, KeyError, ValueError) as error:
        return _did_not_work(request, error)
    return answer


def _did_not_work(request: HttpRequest, error: Exception) -> HttpResponse:
    try:
        ProviderAdapter(request).on_authentication_error(request, None, exception=error)
    except ImmediateHttpResponse as back:
        answer: HttpResponse = back.response
        return answer
    raise error
