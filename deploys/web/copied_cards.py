"""The card of a version that is put back from what the web host keeps: in line, on its way, live, failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from deploys.builds import copies, rights
from deploys.lifecycle import State
from deploys.models import Build, Cause, Release, Role
from deploys.web import buttons, clock, pills, troubled_cards, versions
from deploys.web.card_model import IDLE, Card, join, say
from deploys.web.facts import Facts
from deploys.web.settled_cards import JUST_NOW, publish_button, since
from deploys.web.troubled_cards import SOON


def under_way(facts: Facts, build: Build) -> Card:
    """The card while the copy is open: it needs the worker and the web host, not the build service."""
    if facts.missing_parts:
        return troubled_cards.part_missing(facts)
    return _queued(facts, build) if build.state == State.QUEUED else _copying(facts, build)


def _queued(facts: Facts, build: Build) -> Card:
    return Card(
        state="queued",
        pill=pills.WAITING,
        headline=versions.returning(build, facts.now),
        text=join(_asked(facts, build), say(_("It begins in a moment. You can leave this page."))),
        buttons=leave_buttons(facts, build),
        note=build.waiting_note,
        percent=-1,
        bar_label=_("Waiting in line"),
        build=build,
        favicon="building",
        announcement=_("Waiting in line."),
        holds_for=SOON,
        can_notify=True,
    )


def _copying(facts: Facts, build: Build) -> Card:
    return Card(
        state="bringing_back",
        pill=pills.BRINGING_BACK,
        headline=versions.returning(build, facts.now),
        text=join(
            _asked(facts, build),
            say(_("This usually takes a few seconds: nothing is built.")),
            say(_("You can leave this page.")),
        ),
        buttons=[buttons.stop(build, _("Stop"), off=_("Too late to stop.")), buttons.details(build)],
        note=build.waiting_note,
        percent=-1,
        bar_label=versions.returning(build, facts.now),
        steps=facts.rows,
        build=build,
        favicon="building",
        announcement=_("Going live."),
        holds_for=SOON,
        can_notify=True,
    )


def leave_buttons(facts: Facts, build: Build) -> list[buttons.Button]:
    """The way out of the line, for those who may."""
    return [buttons.stop(build, _("Leave the line"))] if facts.may_stop(build) else []


def with_one_behind(facts: Facts, build: Build, card: Card) -> Card:
    """The card of what is under way, which also says what replaces it."""
    known = {button.id for button in card.buttons}
    leave = [button for button in leave_buttons(facts, build) if button.id not in known]
    return replace(card, text=join(card.text, _afterwards(facts, build)), buttons=[*card.buttons, *leave])


def _afterwards(facts: Facts, build: Build) -> str:
    """About a version that is put back when the build under way is done; empty when none waits."""
    if build.promotes_id:
        return ""
    time = clock.when(versions.dated(build), facts.now)
    return say(_("After it, the version from {time} is brought back."), time=time)


def _asked(facts: Facts, build: Build) -> str:
    time = clock.when(build.requested_at, facts.now)
    if build.requested_by_id == facts.user.pk:
        return say(_("Asked for by you {time}."), time=time)
    if build.requested_by:
        return say(_("Asked for by {name} {time}."), name=build.requested_by.name, time=time)
    return say(_("Asked for {time} ({cause})."), time=time, cause=Cause(build.cause).label)


def brought_back(facts: Facts, build: Build) -> Card:
    """An earlier version is what visitors see, until somebody publishes again."""
    until = build.finished_at + copies.UNDO_WITHIN if build.finished_at else facts.now
    left = until - facts.now
    return Card(
        state="brought_back",
        pill=pills.EARLIER,
        headline=_("An earlier version is live"),
        text=join(_who_brought_back(facts, build), reason_words(build), _held_words(facts)),
        buttons=_buttons(facts, build),
        edge="warn",
        build=build,
        favicon="waiting",
        announcement=_("An earlier version is live."),
        holds_for=left if timedelta(0) < left < IDLE else IDLE,
    )


def _who_brought_back(facts: Facts, build: Build) -> str:
    time, at = clock.when(versions.dated(build), facts.now), clock.when(build.requested_at, facts.now)
    if build.requested_by:
        text = _("{name} brought back the version from {time}, {at}.")
        return say(text, name=build.requested_by.name, time=time, at=at)
    return say(_("The version from {time} was brought back {at}."), time=time, at=at)


def reason_words(build: Build) -> str:
    """Why, in the words of the person who asked; empty when they gave none."""
    return say(_("The reason: “{reason}”."), reason=build.reason.rstrip(".")) if build.reason else ""


def _held_words(facts: Facts) -> str:
    if facts.environment.held_by_id is None:
        return ""
    if facts.may_publish:
        return say(_("Automatic publishing is paused until you publish again."))
    return say(_("Automatic publishing is paused until somebody publishes again."))


def _buttons(facts: Facts, build: Build) -> list[buttons.Button]:
    found = [buttons.publish(facts.environment, _("Publish the latest version"))]
    if facts.newest_version:
        found.append(buttons.compare(facts.newest_version.build, build, _("Compare the two versions")))
    if facts.may_bring_back:
        found += [buttons.undo(build)] if copies.can_be_undone(build) else []
        found += [buttons.lift_hold(facts.environment)] if facts.environment.held_by_id else []
    return found


def live_again(facts: Facts, build: Build, release: Release) -> Card:
    """The news that the newest version is what visitors see again."""
    headline = _("The version from {time} is live again").format(
        time=clock.moment_words(versions.dated(build), facts.now)
    )
    time = clock.when(since(release), facts.now)
    return Card(
        state="just_published",
        pill=pills.LIVE,
        headline=headline,
        text=join(
            say(_("Brought back by {name}, live since {time}."), name=build.requested_by.name, time=time)
            if build.requested_by
            else say(_("Live since {time}."), time=time),
            say(_("Visitors may need to reload the page.")),
        ),
        buttons=[buttons.view_site(facts.environment, tone="primary"), publish_button(facts, tone="")],
        build=build,
        title=_("✓ Live"),
        favicon="ok",
        announcement=f"{headline}.",
        holds_for=min(IDLE * 5, max(timedelta(seconds=1), since(release) + JUST_NOW - facts.now)),
    )


def again_buttons(role: Role | None, build: Build, *, tone: str = "", back: bool = False) -> list[buttons.Button]:
    """Try a copy that failed again: the same question once more, not a new build. None for what is kept no more.

    `back`: on the page of the build.
    """
    if build.error_class in {"not_kept", "preview_differs"}:
        return []
    if build.promotes:
        url = reverse("promote", args=[build.site.slug, build.promotes.number])
        link = buttons.Button(
            id="ask-promote", label=_("Try again"), url=url, posts=False, tone=tone, opens_dialog=True
        )
        return [link]
    if build.brings_back is None:
        return []
    build.brings_back.site = build.site
    may = rights.may_bring_back(role, build.environment)
    why = "" if may else versions.no_right_words(build.environment)
    return [buttons.bring_back(build.brings_back, _("Try again"), off=why, tone=tone, back=back)]


def stopped_words(facts: Facts, build: Build) -> str:
    """Who took a copy out of the line."""
    ended = clock.when(build.finished_at or build.requested_at, facts.now)
    if build.promotes_id:
        by = build.cancel_requested_by
        text = (
            _("{name} stopped a copy before it began, {time}.")
            if by
            else _("A copy was stopped before it began, {time}.")
        )
        return say(text, name=by.name if by else "", time=ended)
    if build.cancel_requested_by is None:
        return say(_("Bringing an earlier version back was stopped {time}."), time=ended)
    text = _("{name} stopped bringing an earlier version back {time}.")
    return say(text, name=build.cancel_requested_by.name, time=ended)
