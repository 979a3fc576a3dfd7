"""The addresses of the API, and what becomes of errors there."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja.errors import HttpError, ValidationError

from deploys.api.v1 import builds, changes, environments, events, freezes, problems, requests, schedules, sites
from deploys.api.v1.openapi import Api

WORDS = """Publish, follow and undo from scripts: with the same rights, rules and words as the pages.

Get a token on the Account page and send it as `Authorization: Bearer bh_…`. Errors are problem+json (RFC 9457)."""

api = Api(title="Buildhub", version="1", description=WORDS, docs_url=None, urls_namespace="api-v1")
for noun in (sites, environments, changes, builds, requests, events, schedules, freezes):
    api.add_router("", noun.router)


def _answer(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    return problems.of(error if isinstance(error, Exception) else error()).answer()


for kind in (Exception, Http404, HttpError, ValidationError):
    api.add_exception_handler(kind, _answer)


def _patterns() -> list[URLPattern | URLResolver]:
    """Ninja's, which need no session: a token is asked for by the operations themselves."""
    patterns: list[URLPattern | URLResolver] = api.urls[0]
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = login_not_required(pattern.callback)
    return patterns


app_name = "api-v1"
urlpatterns = _patterns()
