"""Hooks from the CMS, "something changed": a hint only, so the body is never believed, and however many come in a
moment, one reading follows."""

from __future__ import annotations

import hashlib
import hmac
import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from deploys.content import actions
from deploys.models import ContentSource

logger = logging.getLogger(__name__)

MOST_BYTES = 5 * 1024 * 1024


@csrf_exempt
@login_not_required
@require_POST
def content_hook(request: HttpRequest, key: str) -> HttpResponse:
    """Have the source with this key read within a few seconds; 202, however often it is called.

    With a secret set, 401 unless it comes along: as `X-Buildhub-Token`, as a Bearer token, or as the HMAC-SHA256 of
    the body in `X-Hub-Signature-256: sha256=…` (the form that GitHub, Directus flows and many plug-ins use).
    """
    source = get_object_or_404(ContentSource.objects.active(), hook_key=key)
    if source.hook_token and not _proves(request, source.hook_token):
        logger.warning("A hook of %s was rejected: its secret is missing or wrong.", source)
        message = "The secret is missing or wrong: send it as X-Buildhub-Token, or sign the body with it."
        return JsonResponse({"message": message}, status=401)
    actions.note_hint(source)
    return JsonResponse({"message": "Thank you."}, status=202)


def _proves(request: HttpRequest, secret: str) -> bool:
    """True when the request carries the secret or a signature made with it; compared in constant time."""
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if any(_same(given, secret) for given in (request.headers.get("X-Buildhub-Token", ""), bearer)):
        return True
    signature = request.headers.get("X-Hub-Signature-256", "")
    if not signature:
        return False
    body = request.read(MOST_BYTES)
    return _same(signature.removeprefix("sha256="), hmac.new(secret.encode(), body, hashlib.sha256).hexdigest())


def _same(given: str, expected: str) -> bool:
    return bool(given) and hmac.compare_digest(given.encode(), expected.encode())
