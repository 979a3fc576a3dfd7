"""The report of a publish by HTTP, for pipelines whose web host the dashboard's worker cannot read."""

from __future__ import annotations

import hmac
import json
import logging
import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from deploys.models import Build
from deploys.releases import reports

logger = logging.getLogger(__name__)

MOST_BYTES = 20 * 1024 * 1024


@csrf_exempt
@login_not_required
@require_POST
def report(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Take over `publish.json` of the publisher for the build with this key: 202, however often it is sent.

    401 without the environment's report token as a Bearer token, 400 for a body that is no report, 413 for one that is
    too large, 404 for a build that does not exist.
    """
    build = get_object_or_404(Build.objects.select_related("environment__site"), key=key)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    expected = build.environment.report_token
    if not expected or not hmac.compare_digest(token.encode(), expected.encode()):
        logger.warning("A report of %s was rejected: its token is missing or wrong.", build)
        message = "The token is missing or wrong: send the environment's report token as a Bearer token."
        return JsonResponse({"message": message}, status=401)
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return JsonResponse({"message": "The report is larger than 20 MB."}, status=413)
    try:
        reports.hand_over(build, json.loads(body))
    except (ValueError, RecursionError) as error:
        return JsonResponse({"message": f"This is no report of the publisher: {error}"}, status=400)
    return JsonResponse({"message": "Thank you."}, status=202)
