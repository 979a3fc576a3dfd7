"""The shapes of the events that webhooks carry, for whoever writes a receiver. They tell nothing of any site."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from deploys.notifications import schemas


@login_not_required
@require_safe
def events(_request: HttpRequest) -> HttpResponse:
    """One JSON Schema for each type of event."""
    return JsonResponse(schemas.document(), content_type="application/schema+json")
