"""The one page that ever shows a secret, once, after it was made."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from deploys.web.permissions import Visit
from deploys.web.views.settings_forms import page_context


def show_secret(request: HttpRequest, visit: Visit, secret: str, label: str, words: str, back: str) -> HttpResponse:
    """Show it, say what to do with it, and lead back. Not kept by the browser."""
    context = page_context(visit) | {"secret": secret, "label": label, "words": words, "back": back}
    answer = render(request, "settings/secret.html", context)
    answer["Cache-Control"] = "no-store"
    return answer
