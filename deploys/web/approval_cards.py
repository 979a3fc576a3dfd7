"""The card of a build that needs a second person: for who asked, for who can approve, and for everybody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import approvals, line, rights
from deploys.models import Build, Cause, User
from deploys.web import buttons, clock, copied_cards, pills, settled_cards, versions
from deploys.web.card_model import Card, either, join, say
from deploys.web.facts import Facts

_HOLDS = timedelta(seconds=60)


def card(facts: Facts, build: Build) -> Card:
    """It stays in line until a second person has looked at it."""
    can_approve = may_approve(facts, build)
    headline = _headline(facts, build, can_approve=can_approve)
    return Card(
        state="approval",
        pill=pills.APPROVAL,
        headline=headline,
        text=join(
            _what_waits(facts, build, can_approve=can_approve),
            _asked(facts, build),
            "" if can_approve else who_can(build),
        ),
        buttons=_buttons(facts, build, can_approve=can_approve),
        edge="warn" if can_approve else "",
        build=build,
        favicon="waiting",
        announcement=f"{headline}.",
        holds_for=_HOLDS,
        can_notify=True,
    )


def may_approve(facts: Facts, build: Build) -> bool:
    """True when this person can be the second one: the right role, and none of those who asked."""
    return rights.may_approve(facts.role, facts.environment) and build.pk not in facts.asked_by_me


def who_can(build: Build) -> str:
    """Names of those who can approve; where there is nobody, what to do about it. Two queries."""
    people = approvals.who_may_approve(build)
    if people:
        return say(_("{names} can approve it."), names=either([person.name for person in people]))
    if len(approvals.who_asked(build)) > 1:
        return say(_("Nobody is left who could approve it. Leave the line and let one of you ask alone."))
    return say(_("Nobody else may approve here yet. An admin can give somebody the role of a publisher."))


def with_line_behind(facts: Facts, card: Card) -> Card:
    """The card of what is under way, which also says what waits behind it: for a second person, or to replace it."""
    build = facts.queued
    if facts.active and build and line.waits_for_approval(build):
        return _with_one_behind(facts, build, card)
    return copied_cards.with_one_behind(facts, build, card) if build and build.is_copy else card


def _with_one_behind(facts: Facts, build: Build, card: Card) -> Card:
    mine = build.pk in facts.asked_by_me
    words = _("After it, your publish needs a second person.") if mine else _("The next publish needs a second person.")
    more = [buttons.approve(build, _("Look at the next publish"), tone="")]
    kept = [button for button in card.buttons if not may_approve(facts, build) or button.id != "do-publish"]
    return replace(card, text=join(card.text, say(words)), buttons=[*kept, *more])


def declined(facts: Facts, build: Build) -> Card:
    """A second person did not let it go live, and said why."""
    by, ended = build.cancel_requested_by, clock.when(build.finished_at or build.requested_at, facts.now)
    name = by.name if by else ""
    reason = str(build.error_facts.get("reason", "")).rstrip(".")
    sentence = _("{name} declined this publish {time}: “{reason}”.")
    return Card(
        state="stopped",
        pill=pills.DECLINED,
        headline=_("Declined before going live"),
        text=join(say(sentence, name=name, time=ended, reason=reason), settled_cards.visitors_words(facts)),
        buttons=[settled_cards.publish_button(facts), buttons.details(build)],
        build=build,
        announcement=_("Declined. The live site was not touched."),
    )


def headline(build: Build, person: User | None, count: int | None) -> str:
    """Who asks to publish how much, to whoever can approve it."""
    if person is None:
        return _("A publish needs a second person")
    if build.is_copy:
        return _("{name} asks to publish a version that is built already").format(name=person.name)
    if not count:
        return _("{name} asks to publish the latest content").format(name=person.name)
    text = ngettext("{name} asks to publish {count} change", "{name} asks to publish {count} changes", count)
    return text.format(name=person.name, count=count)


def _headline(facts: Facts, build: Build, *, can_approve: bool) -> str:
    if build.pk in facts.asked_by_me:
        return _("Your publish waits for a second person")
    if can_approve:
        return headline(build, build.requested_by, facts.waiting_count)
    return _("A publish waits for a second person")


def _what_waits(facts: Facts, build: Build, *, can_approve: bool) -> str:
    if build.is_copy:
        return say("{words}.", words=versions.returning(build, facts.now))
    if can_approve:
        return say(_("Look at what is in it: it goes live when you approve it."))
    return say(_("Nothing goes live before somebody else has approved it."))


def _asked(facts: Facts, build: Build) -> str:
    time = clock.when(build.requested_at, facts.now)
    if build.requested_by_id == facts.user.pk:
        return ""
    if build.requested_by:
        return say(_("{name} asked for it {time}."), name=build.requested_by.name, time=time)
    return say(_("Asked for {time} ({cause})."), time=time, cause=Cause(build.cause).label)


def _buttons(facts: Facts, build: Build, *, can_approve: bool) -> list[buttons.Button]:
    if can_approve:
        return [buttons.approve(build), buttons.decline(build)]
    leave = [buttons.stop(build, _("Leave the line"))] if facts.may_stop(build) else []
    look = buttons.approve(build, _("See what is in it"), tone="")
    joins = not build.is_copy and build.pk not in facts.asked_by_me
    join_in = [buttons.publish(facts.environment, _("Publish mine too"), tone="")] if joins else []
    return [look, *join_in, *leave]
