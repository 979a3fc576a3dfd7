"""The Changes page: what would go live now, word by word; one change alone; and the list as files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deploys.builds import rights
from deploys.content import comparison, entry_diff, links
from deploys.content.comparison import Comparison
from deploys.content.outlook import Outlook
from deploys.models import EntryVersion, Environment, Role
from deploys.web import addresses, change_list, downloads, waiting_panel
from deploys.web.base_words import compared_with_live
from deploys.web.card import card_for
from deploys.web.change_filters import Filters
from deploys.web.permissions import Visit, visit_environment, who
from deploys.web.views.fragments import fragment, is_htmx

PUBLISHING = {"do-publish", "do-retry"}  # the buttons of the card that this page shows too


@never_cache
@require_safe
def page(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """List what differs from what visitors see. Before the first publish everything is new, and nothing is listed."""
    visit, place = visit_environment(who(request), site, environment)
    filters, moment = Filters.read(request.GET, visit.user), now()
    press = card_for(place, visit.user, moment, role=visit.role)
    context: dict[str, Any] = {
        "site": visit.site,
        "environment": place,
        "here": "changes",
        "press": press,
        "button": next((button for button in press.buttons if button.id in PUBLISHING), None),
    }
    if place.live_release:
        found = _waiting(place, filters)
        outlook = Outlook.look(place.site, moment, [])
        context |= {
            "found": found,
            "list": change_list.listing(found, filters, place),
            "base_words": compared_with_live(place, found, moment),
            "doubt": _doubt(visit, found, outlook, moment),
            "coming": change_list.coming(outlook.sources, moment) if filters.page == 1 else [],
        }
    return render(request, "changes/changes.html", context)


def _doubt(visit: Visit, found: Comparison, outlook: Outlook, moment: datetime) -> str:
    """Why the list may be old or is missing; empty when all is well."""
    if outlook.troubled:
        is_admin = visit.role.includes(Role.ADMIN)
        admins = [] if is_admin else [person.name for person in rights.people_with(visit.site, [Role.ADMIN])]
        return waiting_panel.trouble_words(outlook.troubled[0], moment, is_admin=is_admin, admins=admins)
    if found.is_possible:
        return ""
    if not outlook.sources:
        return escape(_("No content source is set up for this site yet, so nobody can say what has changed."))
    return waiting_panel.no_base_words() if outlook.is_read else waiting_panel.never_read_words()


def _waiting(place: Environment, filters: Filters) -> Comparison:
    return comparison.waiting(place, now(), technical=filters.technical)


@never_cache
@require_safe
def as_json(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """The changes that match, with `diff=1` also word by word."""
    visit, place = visit_environment(who(request), site, environment)
    filters = Filters.read(request.GET, visit.user)
    return downloads.json_answer(_waiting(place, filters), filters, diffs=request.GET.get("diff") == "1")


@never_cache
@require_safe
def as_csv(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """The changes that match as a table."""
    visit, place = visit_environment(who(request), site, environment)
    filters = Filters.read(request.GET, visit.user)
    return downloads.csv_answer(_waiting(place, filters), filters, f"changes-{place.site.slug}-{place.slug}")


@never_cache
@require_safe
def change(request: HttpRequest, site: str, environment: str, old: int, new: int) -> HttpResponse:
    """Show one entry word by word: the body of its block for htmx, else a page of its own."""
    visit, place = visit_environment(who(request), site, environment)
    before, after = _versions(visit, old, new)
    technical, full = request.GET.get("technical") == "1", request.GET.get("full") == "1"
    diff = entry_diff.compare([(before, after)], technical=technical)[0]
    if diff is None:
        raise Http404(_("This change does not exist (any more)."))
    lost = [before.url] if before and before.url and (after is None or after.url != before.url) else []
    served = links.still_served(place.site, lost) if lost else set()
    body = change_list.body_of(before, after, diff, place, technical=technical, full=full, served=served)
    context = {"site": visit.site, "environment": place, "here": "changes", "body": body, "version": after or before}
    if is_htmx(request):
        return fragment(request, "changes/change.html#body", context | {"focus": full or "less" in request.GET})
    return render(request, "changes/change.html", context)


def _versions(visit: Visit, old: int, new: int) -> tuple[EntryVersion | None, EntryVersion | None]:
    """Both sides of a change: versions of one entry of the site. Raises Http404."""
    found = {version.pk: version for version in EntryVersion.objects.filter(pk__in=[old, new], source__site=visit.site)}
    before, after = found.get(old), found.get(new)
    entries = {(version.source_id, version.entry_key) for version in found.values()}
    if len(entries) != 1 or (old and not before) or (new and not after):
        raise Http404(_("This change does not exist (any more)."))
    return before, after


@never_cache
@require_safe
def linking(request: HttpRequest, site: str, environment: str, version: int) -> HttpResponse:
    """Which pages still link to the address that this version had."""
    visit, place = visit_environment(who(request), site, environment)
    shown = EntryVersion.objects.filter(pk=version, source__site=visit.site).first()
    if shown is None:
        raise Http404(_("This change does not exist (any more)."))
    result = links.linking_to(place.site, shown.url)
    entries = [
        {"title": entry.title or entry.entry_key, "url": addresses.below(place.site.cms_url, entry.edit_url)}
        for entry in result.entries
    ]
    context = {"site": visit.site, "environment": place, "here": "changes", "version": shown}
    context |= {"entries": entries, "is_whole": result.is_whole, "path": links.path_of(shown.url)}
    if is_htmx(request):
        return fragment(request, "changes/linking.html#list", context)
    return render(request, "changes/linking.html", context)
