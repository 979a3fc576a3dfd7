"""What people read of a preview: where it is, who may see it, until when, and what they can do with it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urljoin

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from deploys.builds import preview_limits, previews, rights
from deploys.lifecycle import State
from deploys.models import Build, EntryVersion, Environment, Preview, Role
from deploys.web import clock, promotion
from deploys.web.buttons import Button
from deploys.web.card_model import ask_words, say
from deploys.web.permissions import Visit
from deploys.web.pills import Pill, pill_of


@dataclass(frozen=True, kw_only=True)
class PreviewPanel:
    """The section on the page of a preview's build; in the list a line, without buttons.

    `url` is empty when it cannot be opened. `until` is safe HTML; `shared_with` is what somebody noted, `may_change`
    whether the person may note more. `promote` leads to the question whether it shall go live as it is.
    """

    build: Build
    pill: Pill
    who: str
    headline: str
    until: SafeString | str
    url: str
    trouble: str
    shared_with: list[str]
    may_change: bool
    buttons: list[Button] = field(default_factory=list)
    promote: Button | None = None
    reason: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)


def panel_of(visit: Visit, build: Build, now: datetime) -> PreviewPanel | None:
    """Put together what is known of the build's preview; None for other builds."""
    if not build.environment.is_for_previews:
        return None
    preview, may = build.preview, rights.may_preview(visit.role, build.environment)
    can_be_opened = preview.can_be_opened(now)
    change = may and not preview.is_over(now)
    return PreviewPanel(
        build=build,
        pill=pill_of(build),
        who=build.requested_by.name if build.requested_by else "",
        headline=_headline(preview, now),
        until=_until(preview, now),
        url=preview.url if can_be_opened else "",
        trouble=_trouble(preview, visit.role) if may else "",
        shared_with=preview.shared_with.splitlines(),
        may_change=change and can_be_opened,
        reason="" if may else ask_words([person.name for person in rights.who_may_publish(build.environment)]),
    )


def page_of(visit: Visit, build: Build, now: datetime) -> PreviewPanel | None:
    """The same for the page of the build, with what can be done with it."""
    panel = panel_of(visit, build, now)
    if panel is None:
        return None
    change = not panel.reason and not build.preview.is_over(now)
    return replace(
        panel,
        buttons=_buttons(build.preview) if change and build.is_ended else [],
        promote=promotion.button_of(visit, build) if panel.url and not panel.reason else None,
    )


def outcome(build: Build, now: datetime) -> str:
    """The end of a preview in a list, in a few words."""
    preview = build.preview
    if build.state == State.SUCCEEDED and preview.is_over(now):
        return _("Deleted") if preview.delete_asked_at else _("Its time is over")
    return _("Preview with drafts")


def _headline(preview: Preview, now: datetime) -> str:
    if preview.deleted_at or preview.delete_asked_at:
        return _("This preview was deleted.") if preview.delete_asked_at else _("The time of this preview is over.")
    if preview.expires_at <= now:
        return _("The time of this preview is over.")
    if preview.can_be_opened(now):
        return _("Everybody who has this link can see it; it is not listed and search engines are told to stay away.")
    if preview.build.is_open:
        return _("The link appears here when the preview is ready.")
    if preview.build.state == State.SUCCEEDED:
        return _("We look whether the preview can be opened.")
    return _("This preview was not made.")


def _until(preview: Preview, now: datetime) -> SafeString | str:
    if preview.deleted_at:
        return say(_("Its files left the web host {time}."), time=clock.when(preview.deleted_at, now))
    came_to_nothing = preview.build.is_ended and preview.build.state != State.SUCCEEDED
    if came_to_nothing or (preview.trouble and preview.is_over(now)):
        return ""
    if preview.is_over(now):
        return say(_("Its files leave the web host within minutes."))
    return say(_("It stays until {time}."), time=clock.when(preview.expires_at, now))


def _trouble(preview: Preview, role: Role) -> str:
    if not preview.trouble or preview.deleted_at:
        return ""
    words = _("The files could not be deleted yet, so the link still works. Buildhub tries again every hour.")
    return f"{words} {preview.trouble}" if role.includes(Role.PUBLISHER) else words


def _buttons(preview: Preview) -> list[Button]:
    build = preview.build
    address = [build.site.slug, build.number]
    is_at_its_end = preview.expires_at >= preview_limits.latest_end(build)
    return [
        Button(
            id="keep-preview",
            label=_("Keep a day longer"),
            url=reverse("extend-preview", args=address),
            busy=_("Saving"),
            off=_("No preview stays longer than two weeks.") if is_at_its_end else "",
        ),
        Button(
            id="ask-delete-preview",
            label=_("Delete now"),
            url=reverse("delete-preview", args=address),
            posts=False,
            icon="minus-circle",
            off=_("It is being published.") if preview.is_being_copied() else "",
            opens_dialog=True,
        ),
    ]


def button_of(environment: Environment, role: Role, label: str = "", *, tone: str = "") -> Button | None:
    """Ask for a preview of what is saved; None without a place for it, or where the role may not."""
    if not role.includes(Role.EDITOR) or not is_set_up(environment):
        return None
    url = reverse("request-preview", args=[environment.site.slug])
    return Button(id="do-preview", label=label or _("Preview"), url=url, tone=tone, icon="eye", busy=_("Starting"))


def is_set_up(environment: Environment) -> bool:
    """True when the site has a place for previews; pages have read that with the site."""
    known = environment.site.has_previews
    return previews.place_of(environment.site) is not None if known is None else known


@dataclass(frozen=True, kw_only=True)
class EntryPreview:
    """The button on an entry's page: leads to its page in the newest preview, to that build, or asks for one."""

    label: str
    url: str
    posts: bool


def of_entry(visit: Visit, version: EntryVersion, now: datetime) -> EntryPreview | None:
    """How the newest version of an entry can be seen before it is live. At most four queries."""
    place = previews.place_of(visit.site)
    if place is None:
        return None
    newest = previews.newest(visit.site)
    if newest is not None and previews.holds(newest, version):
        if newest.can_be_opened(now):
            url = urljoin(newest.url, version.url.lstrip("/")) if version.url.startswith("/") else newest.url
            return EntryPreview(label=_("See it in the preview"), url=url, posts=False)
        return EntryPreview(label=_("A preview is on its way"), url=newest.build.get_absolute_url(), posts=False)
    if newest is not None and newest.build.state == State.QUEUED:
        return EntryPreview(label=_("A preview is on its way"), url=newest.build.get_absolute_url(), posts=False)
    if not rights.may_preview(visit.role, place):
        return None
    return EntryPreview(label=_("Preview"), url=reverse("request-preview", args=[visit.site.slug]), posts=True)
