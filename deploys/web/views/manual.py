"""The documentation as it lies beside the code, as plain text: so that every page can lead to what explains it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe


@require_safe
def page(_request: HttpRequest, name: str) -> HttpResponse:
    """One page of docs/, for whoever is signed in."""
    file = settings.BASE_DIR / "docs" / f"{name}.md"
    if not file.is_file():
        raise Http404(_("There is no such page of the documentation here."))
    return HttpResponse(file.read_bytes(), content_type="text/plain; charset=utf-8")
