"""Signs of life for whatever watches the process."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """Answer "ok" without a look at the database: the process serves requests."""
    return HttpResponse("ok", content_type="text/plain")
