"""Error pages in the look of the others: what is wrong, that the live site is not affected, and the way back."""

from __future__ import annotations

import logging
import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the sentence of the exception says who may."""
    return render(request, "errors/403.html", {"reason": _sentence(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the sentence of the exception, if it is one of ours, says what does not exist."""
    reason = _sentence(exception) or _("There is no page at this address (any more).")
    return render(request, "errors/404.html", {"reason": reason}, status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    """429: the same address asked too often."""
    return render(request, "errors/429.html", status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: rendered without the database; the reference stands in the server's log too."""
    reference = uuid.uuid4().hex[:10]
    logger.error("Error page with reference %s for %s %s", reference, request.method, request.path)
    return HttpResponseServerError(render_to_string("errors/500.html", {"reference": reference}))


def _sentence(exception: Exception | None) -> str:
    told = exception.args[0] if exception and exception.args else ""
    return told if isinstance(told, str) else ""
