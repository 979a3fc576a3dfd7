"""One place that messages go to, a person's own or a team's: setting it up, trying, switching off, removing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deploys.models import Channel, ChannelKind, Environment, User
from deploys.notifications import actions
from deploys.web import shown_once, time_zone
from deploys.web.channel_form import ChannelForm, is_own_mail
from deploys.web.permissions import visit_as_admin, who
from deploys.web.removal import TEMPLATE, Removal
from deploys.web.shown_once import ShownOnce
from deploys.web.views.fragments import put_question


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a kind of place, then answer its questions; with `environment`, for that environment's team."""
    person = who(request)
    channel = Channel(user=person) if "environment" not in request.GET else _for_a_team(person, request)
    kinds = [kind for kind in ChannelKind if channel.environment_id or kind != ChannelKind.EMAIL]
    channel.kind = request.GET.get("kind", "")
    if channel.kind not in kinds:
        query = f"environment={channel.environment_id}&" if channel.environment_id else ""
        context = _context(channel) | {"kinds": kinds, "query": query}
        return render(request, "notifications/choose.html", context)
    return _save(request, channel)


def _for_a_team(person: User, request: HttpRequest) -> Channel:
    given = request.GET["environment"]
    rows = Environment.objects.select_related("site").filter(pk=int(given) if given.isdecimal() else 0)
    environment = get_object_or_404(rows)
    visit_as_admin(person, environment.site.slug)
    return Channel(environment=environment, topics=["failures", "guard"])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, channel: int) -> HttpResponse:
    """Change a place; its address and secret stay unless they are entered anew."""
    return _save(request, visit_channel(request, channel))


def _save(request: HttpRequest, channel: Channel) -> HttpResponse:
    form = ChannelForm(request.POST if request.method == "POST" else None, channel=channel)
    if not form.is_bound or not form.is_valid():
        return render(request, "notifications/channel.html", _context(channel) | {"form": form})
    given = form.cleaned_data
    made = actions.save_channel(
        channel=form.row,
        actor=who(request),
        secret=given.get("secret", ""),
        renew_secret=given.get("renew_secret", False),
        for_programs=given.get("for_programs", False),
    )
    if made:
        return render(request, shown_once.TEMPLATE, _context(channel) | {"once": _once(channel, made)})
    messages.success(request, _("Saved."))
    return redirect(_home(channel))


def _once(channel: Channel, secret: str) -> ShownOnce:
    words = _(
        "Give it to whoever receives the webhook: with it they check that a message is ours. It is shown this once."
    )
    changing = _("For 24 hours the old secret signs too, so that receivers can change over without missing anything.")
    return ShownOnce(
        name=_("Signing secret"),
        of=channel.label,
        title=_("Saved. This is the signing secret"),
        words=f"{words} {changing}" if channel.old_secret else words,
        home=_("Notifications"),
        home_url=_home(channel),
        secret=secret,
    )


@require_POST
def send_test(request: HttpRequest, channel: int) -> HttpResponse:
    """Send a test there; the list says when it has arrived."""
    found = visit_channel(request, channel)
    actions.send_test(channel=found, actor=who(request))
    messages.success(request, _("A test is on its way."))
    return redirect(_home(found))


@require_POST
def pause(request: HttpRequest, channel: int) -> HttpResponse:
    """Switch a place off."""
    found = visit_channel(request, channel)
    actions.set_active(channel=found, actor=who(request), is_active=False)
    return redirect(_home(found))


@require_POST
def resume(request: HttpRequest, channel: int) -> HttpResponse:
    """Switch a place on again."""
    found = visit_channel(request, channel)
    actions.set_active(channel=found, actor=who(request), is_active=True)
    return redirect(_home(found))


@never_cache
@require_safe
def ask_remove(request: HttpRequest, channel: int) -> HttpResponse:
    """Ask whether a place shall go: a page, or the inside of the dialog for our script."""
    found = visit_channel(request, channel)
    if is_own_mail(found):
        raise Http404(_("The mail of your account stays: switch it off."))
    removal = Removal(
        title=_("Remove “{name}”?").format(name=found.label),
        sentences=[
            _(
                "Nothing is sent there any more, and its address and what was sent there are forgotten. "
                "To stop for a while, switch it off instead."
            )
        ],
        leave=_("Keep the place"),
        leave_url=_home(found),
        url=reverse("do-remove-channel", args=[found.pk]),
        id="do-remove-channel",
        label=_("Remove the place"),
        busy=_("Removing"),
    )
    return put_question(request, _context(found) | {"removal": removal}, template=TEMPLATE)


@require_POST
def remove(request: HttpRequest, channel: int) -> HttpResponse:
    """Forget a place."""
    found = visit_channel(request, channel)
    if is_own_mail(found):
        raise Http404(_("The mail of your account stays: switch it off."))
    home = _home(found)
    actions.remove(channel=found, actor=who(request))
    messages.success(request, _("Removed."))
    return redirect(home)


def visit_channel(request: HttpRequest, pk: int) -> Channel:
    """A place of one's own, or of a site whose admin one is. Raises Http404, PermissionDenied."""
    person = who(request)
    rows = Channel.objects.select_related("environment__site", "user")
    channel = rows.filter(pk=pk).first()
    if channel is not None and channel.environment is not None:
        visit_as_admin(person, channel.environment.site.slug)
    elif channel is None or channel.user_id != person.pk:
        raise Http404(_("This place does not exist (any more)."))
    return channel


def _home(channel: Channel) -> str:
    """The list that the place stands in."""
    if channel.environment is None:
        return reverse("notifications")
    return reverse("site-notifications", args=[channel.environment.site.slug])


def _context(channel: Channel) -> dict[str, Any]:
    context: dict[str, Any] = {"channel": channel, "home_url": _home(channel), "here": "account"}
    if channel.environment is None:
        if channel.user:
            time_zone.activate_for(channel.user)
        return context
    site = channel.environment.site
    site.is_administered = True
    return context | {"site": site, "environment": site.home(), "here": "notifications"}
