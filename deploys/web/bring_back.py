"""The question before an earlier version is brought back: what goes offline, how long it takes, how it is undone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.builds import line
from deploys.content import comparison
from deploys.content.changes import Change, ChangeKind
from deploys.content.comparison import Comparison
from deploys.content.outlook import Item
from deploys.lifecycle import State
from deploys.models import Build, Environment, Release
from deploys.web import buttons, change_words, clock, page_losses, versions
from deploys.web.buttons import Button
from deploys.web.card_model import say
from deploys.web.entry_page import entry_url
from deploys.web.page_losses import Losses
from deploys.web.permissions import Visit
from deploys.web.versions import Kept

SHOWN = 10
_FATES = {
    ChangeKind.EDITED: gettext_lazy("Earlier text"),
    ChangeKind.NEW: gettext_lazy("Comes back"),
    ChangeKind.REMOVED: gettext_lazy("Goes offline"),
}
_LATER = _FATES | {ChangeKind.EDITED: gettext_lazy("Later text")}
GOES_LIVE = _FATES | {ChangeKind.EDITED: gettext_lazy("New text"), ChangeKind.NEW: gettext_lazy("Goes live")}
type Fates = Mapping[ChangeKind, str | Promise]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One entry that visitors will see otherwise."""

    title: str
    url: str
    icon: str
    tone: str
    meta: str


@dataclass(frozen=True, kw_only=True)
class Content:
    """What the two versions hold otherwise. `title` says how much, `words` where nothing can be listed."""

    title: str = ""
    rows: list[Row] = field(default_factory=list)
    words: str = ""
    more: str = ""
    more_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """The page and the dialog. `title` is safe HTML, so is `effect`.

    `button` is off, with the reason, when it cannot be done; `facts` are sentences about what follows from it. `leave`
    is what the way back says; `asks_why`: there is room for a reason; `hidden` goes along with the press.
    """

    title: SafeString | str
    plain_title: str
    effect: SafeString | str
    content: Content
    pages: Losses | None
    facts: list[str]
    button: Button
    leave: str = field(default_factory=lambda: _("Keep the current version"))
    asks_why: bool = True
    hidden: Mapping[str, str | int] = field(default_factory=dict)
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def needs_anyway(self) -> bool:
        """True when so much goes offline that the press has to say that this is meant."""
        return bool(self.pages and self.pages.warning)


def question_of(visit: Visit, asked: Build, now: datetime) -> Question:
    """Put together what a person reads before this version returns. The build's relations come from `visit_build`."""
    build = versions.original_of(asked)
    build.environment, build.site = asked.environment, asked.site
    environment = build.environment
    found = environment.builds.open().select_related("environment").order_by("number")
    open_builds = [one for one in found if one.state == State.QUEUED or line.is_in_the_way(one, now)]
    live = environment.live_release
    off = _why_not(visit, build, is_idle=not open_builds)
    time = clock.when(versions.dated(build), now)
    return Question(
        title=say(_("Bring back the version from {time}?"), time=time),
        plain_title=_("Bring back build {number}").format(number=build.number),
        effect=say(
            _("Visitors will see build {number} again, usually within a few seconds: nothing is built."),
            number=build.number,
        ),
        content=content_between(live, build, now) if not off else Content(),
        pages=pages_between(live, build) if not off else None,
        facts=_facts(environment, build, open_builds) if not off else [],
        button=_button(build, off),
    )


def _button(build: Build, off: str) -> Button:
    return Button(
        id="do-bring-back",
        label=_("Bring back build {number}").format(number=build.number),
        url=reverse("ask-bring-back", args=[build.site.slug, build.number]),
        tone="bad",
        busy=_("Bringing back"),
        off=off,
    )


def _why_not(visit: Visit, build: Build, *, is_idle: bool) -> str:
    kept = Kept.of([build.environment], visit.role)
    if is_idle and kept.is_live(build):
        return versions.live_words()
    if why := kept.why_not(build):
        return why
    return "" if kept.allowed else versions.no_right_words(build.environment)


def content_between(live: Release | None, build: Build, now: datetime) -> Content:
    """What visitors will see otherwise in the content when this build takes the place of what is live."""
    if live is None:
        return Content()
    found = comparison.between(live.build, build, now)
    if not found.is_possible:
        return Content(words=_("We cannot say which content differs: nobody knows what one of the two versions holds."))
    if not found.changes:
        return Content(words=_("Both versions hold the same content."))
    is_later = build.pk > versions.original_of(live.build).pk
    return listed(found, build, is_later=is_later, more_url=buttons.compare(live.build, build, "").url)


def listed(found: Comparison, build: Build, *, is_later: bool, more_url: str, fates: Fates | None = None) -> Content:
    """The changes that this build brings, those that go offline first. `is_later`: it is newer than what is live.

    `fates` are the words for what becomes of an entry.
    """
    fates = fates or (_LATER if is_later else _FATES)
    count = len(found.changes)
    title = (
        ngettext("{count} change will be visible", "{count} changes will be visible", count)
        if is_later
        else ngettext(
            "{count} change will no longer be visible; it stays saved in the CMS",
            "{count} changes will no longer be visible; they stay saved in the CMS",
            count,
        )
    )
    more = ngettext("and {count} more", "and {count} more", count - SHOWN).format(count=count - SHOWN)
    return Content(
        title=title.format(count=count),
        rows=[
            _row(build, change, str(fates[change.kind])) for change in sorted(found.changes, key=_gone_first)[:SHOWN]
        ],
        more=more if count > SHOWN else _("Compare word by word"),
        more_url=more_url,
    )


def _gone_first(change: Change) -> int:
    return [ChangeKind.REMOVED, ChangeKind.EDITED, ChangeKind.NEW].index(change.kind)


def _row(build: Build, change: Change, fate: str) -> Row:
    item = Item.of(change)
    _word, icon, tone = change_words.KINDS[change.kind]
    parts = [fate, change_words.section_words(item.section)]
    return Row(
        title=item.title,
        url=entry_url(change.version, build.site.slug),
        icon=icon,
        tone=tone,
        meta=" · ".join(part for part in parts if part),
    )


def pages_between(live: Release | None, build: Build, *, is_copied: bool = False) -> Losses | None:
    """The same in pages; None when that is not known. `is_copied`: the build is of another place."""
    return page_losses.losses(live, build.release, is_copied=is_copied) if live else None


def _facts(environment: Environment, build: Build, open_builds: list[Build]) -> list[str]:
    """What follows from the press, as sentences."""
    newest = versions.newest(environment)
    facts: list[str] = []
    if open_builds:
        text = _("Build {number} is on its way. It goes live first; then this version replaces it.")
        facts.append(text.format(number=open_builds[-1].number))
    if newest is None or newest.build_id != build.pk or open_builds:
        facts.append(
            _(
                "Automatic publishing (schedules, CMS events) pauses until somebody publishes the latest version "
                "or lets it go on."
            )
        )
    elif environment.held_by_id:
        facts.append(_("This is the latest version, so automatic publishing goes on afterwards."))
    facts.append(_("You can undo this within 10 minutes, or publish the latest version at any time."))
    return facts
