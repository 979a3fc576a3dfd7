"""Tokens of the API: one's own, and those of a site for its admins. Each is shown once, and can be revoked."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deploys import tokens
from deploys.models import ApiToken, Site
from deploys.web import badges, removal, shown_once, time_zone, token_list
from deploys.web.permissions import visit_as_admin, who
from deploys.web.removal import Removal
from deploys.web.shown_once import ShownOnce
from deploys.web.token_form import TokenForm
from deploys.web.views.fragments import put_question


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """The person's own tokens, and the form for another one."""
    time_zone.activate_for(who(request))
    return _page(request, None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_site(request: HttpRequest, site: str) -> HttpResponse:
    """The tokens of a site, and the badges of its places."""
    return _page(request, visit_as_admin(who(request), site).site)


def _page(request: HttpRequest, site: Site | None) -> HttpResponse:
    form = TokenForm(request.POST if request.method == "POST" else None)
    context = _context(site) | {"form": form}
    if form.is_bound and form.is_valid():
        token, text = tokens.make(
            name=form.cleaned_data["name"],
            scope=form.chosen_scope,
            actor=who(request),
            expires_at=form.expires_at(now()),
            site=site,
        )
        return render(request, shown_once.TEMPLATE, context | {"once": _once(token, text)})
    rows = site.api_tokens.all() if site else who(request).api_tokens.personal()
    lines = token_list.lines_of(rows.kept().select_related("created_by", "site"), now())
    context |= {"lines": lines, "badges": badges.lines_of(request, site) if site else []}
    return render(request, "tokens/tokens.html", context, status=422 if form.is_bound else 200)


def _once(token: ApiToken, text: str) -> ShownOnce:
    return ShownOnce(
        name=_("Token"),
        of=token.name,
        title=_("This is the token"),
        words=_("Copy it to where it is used, as a secret: whoever has it may do what it may. It is shown this once."),
        home=_("Tokens"),
        home_url=_home(token.site),
        secret=text,
    )


@never_cache
@require_safe
def ask_revoke(request: HttpRequest, token: int, site: str = "") -> HttpResponse:
    """Ask whether a token shall open nothing any more: a page, or the inside of the dialog for our script."""
    found = _visit(request, token, site)
    asked = Removal(
        title=_("Revoke “{name}”?").format(name=found.name),
        sentences=[_("Whatever uses it stops working at once. This cannot be undone; a new token can be made.")],
        leave=_("Keep the token"),
        leave_url=_home(found.site),
        url=_address("do-revoke-token", found.site, found.pk),
        id="do-revoke-token",
        label=_("Revoke the token"),
        busy=_("Revoking"),
    )
    return put_question(request, _context(found.site) | {"removal": asked}, template=removal.TEMPLATE)


@require_POST
def revoke(request: HttpRequest, token: int, site: str = "") -> HttpResponse:
    """Let a token open nothing any more."""
    found = _visit(request, token, site)
    tokens.revoke(token=found, actor=who(request), moment=now())
    messages.success(request, _("Revoked. It opens nothing any more."))
    return redirect(_home(found.site))


@require_POST
def set_badge(request: HttpRequest, site: str, environment: str) -> HttpResponse:
    """Switch the badge of a place on, at a new address, or off."""
    visit = visit_as_admin(who(request), site)
    place = visit.site.environments.public().filter(slug=environment).first()
    if place is None:
        raise Http404(_("This site does not exist (any more)."))
    is_on = request.POST.get("is_on") == "1"
    badges.switch(environment=place, actor=visit.user, is_on=is_on)
    messages.success(request, _("The badge has an address now.") if is_on else _("The badge is switched off."))
    return redirect("site-tokens", site)


def _visit(request: HttpRequest, pk: int, site: str) -> ApiToken:
    """A token of one's own, or of a site whose admin one is. Raises Http404, PermissionDenied."""
    person = who(request)
    rows = ApiToken.objects.kept().select_related("site")
    rows = rows.filter(site=visit_as_admin(person, site).site) if site else rows.personal().filter(user=person)
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404(_("This token does not exist (any more)."))
    return found


def _home(site: Site | None) -> str:
    return reverse("site-tokens", args=[site.slug]) if site else reverse("tokens")


def _address(name: str, site: Site | None, token: int) -> str:
    return reverse(f"{name}-of-site", args=[site.slug, token]) if site else reverse(name, args=[token])


def _context(site: Site | None) -> dict[str, Any]:
    if site is None:
        return {"here": "account"}
    site.is_administered = True
    return {"site": site, "environment": site.home(), "here": "tokens"}
