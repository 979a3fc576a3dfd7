"""Answers to htmx: one piece of a page, or a word that the page has to go elsewhere."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse

NOTHING_NEW = 204
# The event is raised on the card: the form that was pressed may be gone from the page by then.
BUILDS_CHANGED = '{"builds-changed": {"target": "#publish"}}'


def fragment(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Render one partial. Blank text around it is cut, for a morph would add it to the page at every poll."""
    return HttpResponse(render_to_string(template, context, request).strip())


def put_question(
    request: HttpRequest, context: dict[str, Any], *, template: str = "components/question.html"
) -> HttpResponse:
    """Put a question to the person: as a page of its own, or as the inside of the dialog for our script."""
    if is_htmx(request):
        return fragment(request, f"{template}#question", context | {"is_dialog": True})
    return render(request, template, context)


def nothing_new() -> HttpResponse:
    """Tell the page that what it shows is still true."""
    return HttpResponse(status=NOTHING_NEW)


def sign_in_again(request: HttpRequest, page: str) -> HttpResponse:
    """Send the whole page to the sign-in, and back to `page` after it."""
    if not is_htmx(request):
        return redirect_to_login(page, reverse("sign-in"))
    answer = nothing_new()
    answer["HX-Redirect"] = redirect_to_login(page, resolve_url("sign-in"))["Location"]
    return answer


def reload_page() -> HttpResponse:
    """Have the whole page loaded anew."""
    answer = nothing_new()
    answer["HX-Refresh"] = "true"
    return answer


def go_to(request: HttpRequest, address: str) -> HttpResponse:
    """Send the whole page to another address, also when htmx asked for a piece of it."""
    if not is_htmx(request):
        return redirect(address)
    answer = nothing_new()
    answer["HX-Redirect"] = address
    return answer


def is_htmx(request: HttpRequest) -> bool:
    """True when htmx asks, so that a piece of the page is enough."""
    return request.headers.get("HX-Request") == "true"
