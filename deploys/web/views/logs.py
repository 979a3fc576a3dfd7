"""The log of a build: what came since a line, and the whole as text."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deploys import wake
from deploys.builds import rights
from deploys.models import Build, Role
from deploys.web import log_lines
from deploys.web.card_model import either
from deploys.web.permissions import visit_build, who
from deploys.web.views.fragments import fragment, nothing_new


@never_cache
@require_safe
def more(request: HttpRequest, site: str, number: int) -> HttpResponse:
    """Lines after the cursor, and the next cursor; 204 when there are none yet. The worker is asked to fetch more."""
    build = _readable(request, site, number)
    given = request.GET.get("after", "")
    after = int(given) if given.isdecimal() and len(given) < 10 else 0
    piece = log_lines.read(build, after=after)
    if not piece.is_complete:
        wake.fetch_logs(build.pk)
        if not piece.lines:
            return nothing_new()
    return fragment(request, "builds/build.html#log", {"build": build, "site": build.site, "log": piece})


@never_cache
@require_safe
def whole(request: HttpRequest, site: str, number: int) -> StreamingHttpResponse:
    """The whole log as a text file."""
    build = _readable(request, site, number)
    answer = StreamingHttpResponse(log_lines.whole_text(build), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'inline; filename="build-{build.number}.log"'
    return answer


def _readable(request: HttpRequest, site: str, number: int) -> Build:
    visit, build = visit_build(who(request), site, number)
    if not rights.may_read_log(visit.role):
        names = [person.name for person in rights.people_with(visit.site, [Role.PUBLISHER, Role.ADMIN])]
        raise PermissionDenied(_("The log is for developers. Ask {names}.").format(names=either(names)))
    return build
