"""What the publish card says about content: what will go live, what waits behind a build, and what is not known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.content.outlook import Item, Summary
from deploys.lifecycle import State
from deploys.models import ContentSource, Environment
from deploys.web import change_words, clock, host_words
from deploys.web.card_model import Card, either, join, say
from deploys.web.facts import Facts

# Cards beneath which the newest changes stand; the others speak of something graver or have nothing to list.
_WITH_LIST = {
    *("changes_waiting", "scheduled", "may_not_publish", "just_published", "published_unchecked"),
    *("failed", "held_back", "stopped", "queued", "up_to_date", "brought_back"),
    *("paused", "paused_line", "grace", "approval"),
}
_UNDER_WAY = {"building", "slow", "someone_else", "going_live", "stopping"}
_ABOUT_CONTENT = {*_WITH_LIST, "ready"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the list. The address leads to the item on the Changes page."""

    item: Item
    url: str
    icon: str
    tone: str
    meta: str


@dataclass(frozen=True, kw_only=True)
class Panel:
    """The lower part of the card. `foot` is safe HTML."""

    title: str
    counts: str
    rows: list[Row]
    url: str
    review: str
    foot: str


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Why the count may be wrong or is missing, as safe HTML; `is_trouble` when somebody has to look."""

    words: str
    is_trouble: bool = False


def changes_url(environment: Environment) -> str:
    """The Changes page."""
    return reverse("changes", args=[environment.site.slug, environment.slug])


def panel(facts: Facts, card: Card) -> Panel | None:
    """What stands below the sentence; None when there is nothing to list."""
    build = facts.active
    if build and card.state in _UNDER_WAY:
        mine = build.requested_by_id == facts.user.pk
        title = (
            _("Saved since you started, these wait for the next publish")
            if mine
            else _("Saved since this publish started, these wait for the next one")
        )
        newer = facts.saved_since
        return _panel(facts, newer, title) if newer and newer.total else None
    shown = card.state in _WITH_LIST and (build is None or build.state == State.QUEUED)
    if card.state == "approval" and card.build and card.build.is_copy:
        return None  # it holds what another build was made of
    return _panel(facts, facts.waiting, _("What will go live")) if shown else None


def _panel(facts: Facts, summary: Summary | None, title: str) -> Panel | None:
    if summary is None or not (summary.total or summary.next_at):
        return None
    url = changes_url(facts.environment)
    # Behind a build the page lists what the build carries too, so its number would be another one.
    review = _("Review the changes") if summary.total else _("See what is scheduled")
    if summary is facts.waiting and summary.total:
        review = _review(summary.total)
    return Panel(
        title=title if summary.total else _("What goes live later"),
        counts=change_words.counts_words(summary.counts),
        rows=[_row(item, url) for item in summary.newest],
        url=url,
        review=review,
        foot=join(_upcoming(facts, summary), _drafts(summary)),
    )


def _row(item: Item, url: str) -> Row:
    _word, icon, tone = change_words.KINDS[item.kind]
    meta = change_words.meta_words(item.kind, item.reason, item.section)
    return Row(item=item, url=f"{url}#c{item.number}", icon=icon, tone=tone, meta=meta)


def _review(count: int) -> str:
    return ngettext("Review {count} change", "Review all {count} changes", count).format(count=count)


def _upcoming(facts: Facts, summary: Summary) -> SafeString | str:
    if summary.next_at is None:
        return ""
    time = clock.when(summary.next_at, facts.now)
    return say(_("Next by schedule: “{title}” {time}."), title=summary.next_title, time=time)


def _drafts(summary: Summary) -> SafeString | str:
    if not summary.drafts:
        return ""
    text = ngettext("{count} draft is not included.", "{count} drafts are not included.", summary.drafts)
    return say(text, count=summary.drafts)


def doubt(facts: Facts, card: Card) -> Doubt | None:
    """Why nothing can be said about changes, or why what is said may be old; else what is wrong with the web host."""
    about_content = _about_content(facts, card)
    if facts.build or (about_content and about_content.is_trouble):
        return about_content
    words = host_words.doubt(facts.role, facts.environment, facts.now)
    return Doubt(words=words, is_trouble=True) if words else about_content


def _about_content(facts: Facts, card: Card) -> Doubt | None:
    if card.state not in _ABOUT_CONTENT or not facts.content.sources:
        return None
    if facts.content.troubled:
        return Doubt(words=_trouble(facts), is_trouble=True)
    if not facts.content.is_read:
        return Doubt(words=never_read_words())
    return Doubt(words=no_base_words()) if facts.release and facts.waiting is None else None


def never_read_words() -> str:
    """There is a source, but no reading of it counts yet."""
    return say(_("The content has not been read yet, so we cannot say what would change."))


def no_base_words() -> str:
    """Nobody knows what the version that visitors see was made of."""
    sentence = _(
        "We cannot compare yet: what visitors see was published before Buildhub had read the content. "
        "After the next publish, changes are listed here."
    )
    return say(sentence)


def _trouble(facts: Facts) -> str:
    admins = [] if facts.is_admin else facts.admins
    return trouble_words(facts.content.troubled[0], facts.now, is_admin=facts.is_admin, admins=admins)


def trouble_words(source: ContentSource, now: datetime, *, is_admin: bool, admins: list[str]) -> str:
    """Why the newest reading does not count or never came: to admins what to check, to others whom to ask. As HTML."""
    since = clock.when(source.trouble_since or source.next_read_at or now, now)
    may_be_old = say(_("Newer edits may be missing here."))
    if is_admin and not source.trouble:
        words = say(_("“{name}” should have been read {time}, but was not."), name=source.name, time=since)
        return join(words, say(_("Look whether the worker runs.")), may_be_old)
    if is_admin:
        words = say(_("The last reading of “{name}” does not count, since {time}."), name=source.name, time=since)
        return join(words, say("{note}", note=source.trouble_note), may_be_old)
    words = say(_("The content could not be read as a whole since {time}."), time=since)
    ask = say(_("Ask {names} to look at it."), names=either(admins)) if admins else ""
    return join(words, may_be_old, ask)
