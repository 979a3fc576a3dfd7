"""The page of one entry: where it is, its versions, any two of them compared, and a look at its public page."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from deploys.content import entry_diff
from deploys.content.history import history
from deploys.models import ContentSource, EntryVersion, Environment, Role
from deploys.releases import prove
from deploys.web import change_list, entry_page
from deploys.web.change_list import Body
from deploys.web.permissions import Visit, visit_site, who
from deploys.web.preview_panel import of_entry
from deploys.web.views.fragments import fragment, is_htmx

A_PAGE = 25
COMPARED = "compared"  # the anchor of the two versions that somebody chose


@never_cache
@require_safe
def page(request: HttpRequest, site: str, source: int, key: str) -> HttpResponse:
    """Show the entry; with `from` and `to` also what differs between two versions, to htmx only that."""
    visit = visit_site(who(request), site)
    origin = get_object_or_404(ContentSource, pk=source, site=visit.site)
    environments = _environments(visit)
    pair = _pair(request, origin, key)
    if pair and is_htmx(request):
        body = _body(request, pair, environments)
        return fragment(request, "entries/entry.html#body", {"body": body, "focus": _is_asked_in_full(request)})
    found = history(origin, key, most=A_PAGE, older_than=_number(request, "before"))
    if found is None:
        raise Http404(_("This entry does not exist."))
    context: dict[str, Any] = {
        "site": visit.site,
        "environment": environments[0] if environments else None,
        "here": "entry",
        "source": origin,
        "entry_key": key,
        "page": entry_page.page_of(visit, found, environments, now()),
        "preview": of_entry(visit, found.newest, now()),
        "preview_key": uuid.uuid4().hex,
        "chosen": [version.pk if version else 0 for version in pair] if pair else [],
        "body": _body(request, pair, environments) if pair else None,
    }
    return render(request, "entries/entry.html", context)


def _environments(visit: Visit) -> list[Environment]:
    return list(visit.site.environments.public().select_related("site", "live_release__build"))


def _pair(request: HttpRequest, source: ContentSource, key: str) -> entry_diff.Pair | None:
    """The two versions of the address, the older one first; 0 stands for "before it existed". Raises Http404."""
    numbers = [_number(request, name) for name in ("from", "to")]
    old, new = numbers
    if old is None or new is None:
        return None
    rows = EntryVersion.objects.filter(source=source, entry_key=key, pk__in=[old, new])
    found = {version.pk: version for version in rows}
    if new not in found or (old and old not in found):
        raise Http404(_("This version does not exist (any more)."))
    before, after = found.get(old), found[new]
    if before is not None and before.first_seq > after.first_seq:
        return after, before
    return before, after


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 16 else None


def _is_asked_in_full(request: HttpRequest) -> bool:
    return request.GET.get("full") == "1" or "less" in request.GET


def _body(request: HttpRequest, pair: entry_diff.Pair, environments: list[Environment]) -> Body | None:
    """The two versions word by word; None when their content is no longer kept or there is no place to show it for."""
    old, new = pair
    diff = entry_diff.compare([pair], technical=True)[0]
    if diff is None or new is None or not environments:
        return None
    full = request.GET.get("full") == "1"
    body = change_list.body_of(old, new, diff, environments[0], technical=True, full=full)
    query: dict[str, int | str] = {"from": old.pk if old else 0, "to": new.pk}
    is_chosen = not is_htmx(request) or request.GET.get("at") == COMPARED
    if is_chosen:
        query["at"] = COMPARED
    url = entry_page.entry_url(new, environments[0].site.slug, **query)
    anchor = COMPARED if is_chosen else body.anchor
    # What follows for the site today, and where else to look, is said elsewhere on the page.
    return replace(body, url=url, anchor=anchor, edit_url="", live_url="", history_url="", broken="", links_url="")


@require_POST
def check(request: HttpRequest, site: str, version: int) -> HttpResponse:
    """Look at the entry's public page now: does it name this version?"""
    visit = visit_site(who(request), site)
    if not visit.role.includes(Role.EDITOR):
        raise PermissionDenied(_("Your role does not allow checking pages. Editors and up can do it."))
    shown = get_object_or_404(EntryVersion.objects.select_related("source"), pk=version, source__site=visit.site)
    place = get_object_or_404(Environment, site=visit.site, slug=request.POST.get("environment", ""))
    if not prove.can_be_proved(place, shown):
        raise Http404(_("This page cannot be checked."))
    proof = prove.look(place, shown)
    if proof.is_shown:
        messages.success(request, _("The page shows this version."))
    else:
        messages.warning(request, proof.finding)
    return redirect(entry_page.entry_url(shown, visit.site.slug))
