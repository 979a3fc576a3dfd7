"""The first page: one glance over all sites; for somebody with one site it leads there."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from deploys.models import Environment, Site, User
from deploys.setup import rights
from deploys.web import time_zone, watch_all
from deploys.web.all_sites import Wish, glance
from deploys.web.many import places_of
from deploys.web.permissions import who
from deploys.web.site_line import GROUPS
from deploys.web.views.fragments import fragment, is_htmx, nothing_new, reload_page, sign_in_again


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show all environments that the person may see; go to the only site; without any, say whom to ask."""
    state = watch_all.state_for(who(request).pk)
    places = places_of(who(request), now())
    if _is_one_site(places):
        return redirect(places[0])
    if not places:
        if rights.may_add_sites(who(request)) and not Site.objects.exists():
            return redirect("new-site")
        admins = User.objects.filter(is_superuser=True, is_active=True).order_by("first_name", "username")[:4]
        context = {"admins": [person.name for person in admins], "may_add_sites": rights.may_add_sites(who(request))}
        return render(request, "home/nothing.html", context)
    context = _context(request, places, state) | {"here": "home", "may_add_sites": rights.may_add_sites(who(request))}
    return render(request, "home/all_sites.html", context)


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Answer the poll: 204 after one query while the watch key is true, else the lines for whoever is signed in."""
    seen = watch_all.read(request.GET.get("w", ""))
    if seen and seen.still_true():
        return nothing_new()
    if not request.user.is_authenticated:
        return sign_in_again(request, reverse("home"))
    state = watch_all.state_for(who(request).pk)
    places = places_of(who(request), now())
    if not places or _is_one_site(places):
        return reload_page() if is_htmx(request) else redirect("home")
    context = _context(request, places, state)
    context["announce"] = seen is not None and seen.said != context["glance"].summary
    return fragment(request, "home/all_sites.html#lines", context)


def _is_one_site(places: list[Environment]) -> bool:
    """True when the publish page of the first, which names the others beside it, says all there is."""
    return len({place.site_id for place in places}) == 1


def _context(request: HttpRequest, places: list[Environment], state: str) -> dict[str, Any]:
    user = who(request)
    zones = {place.site.time_zone for place in places}
    time_zone.activate(user, places[0].site if len(zones) == 1 else None)
    group = request.GET.get("show", "")
    wish = Wish(words=request.GET.get("q", "")[:100].strip(), group=group if group in GROUPS else "")
    shown = glance(user, places, now(), wish)
    key = watch_all.key_for(user=user, state=state, valid_until=shown.valid_until, said=shown.summary)
    asked = QueryDict(mutable=True)
    asked.update({"w": key} | wish.given)
    return {"glance": shown, "poll_url": f"{reverse('home-live')}?{asked.urlencode()}"}
