"""The badge: a picture without script, for whoever has its address."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from deploys.models import Environment
from deploys.web.badges import badge_of


@login_not_required
@require_safe
def badge(request: HttpRequest, key: str) -> HttpResponse:
    """Draw the badge with this key, or say that it is as it was. 404 for one that is off."""
    environment = Environment.objects.select_related("site").filter(badge_key=key).first() if key else None
    if environment is None:
        raise Http404
    tag = f'"{environment.pk}-{environment.version}"'
    if request.headers.get("If-None-Match") == tag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        picture = render_to_string("badges/badge.svg", {"badge": badge_of(environment)})
        answer = HttpResponse(picture, content_type="image/svg+xml")
    answer["ETag"] = tag
    answer["Cache-Control"] = "no-cache"  # places that show pictures of others keep them else
    return answer
