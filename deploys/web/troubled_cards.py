"""The card when something is wrong with a build that is open, or with what would start it."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from deploys.gitlab.refusals import explain
from deploys.lifecycle import State
from deploys.models import Build, Part
from deploys.web import buttons, clock, pills
from deploys.web.card_model import Card, either, join, say
from deploys.web.facts import Facts

SOON = timedelta(seconds=10)  # how long words hold while something is expected to move
_WAITS_ON_ITS_OWN = {"", "rate_limited"}  # troubles that pass without anybody


def trouble(facts: Facts) -> Card | None:
    """The card when a part of ours does not run, or GitLab refuses; None when neither keeps builds from starting."""
    if facts.missing_parts:
        return part_missing(facts)
    return service_down(facts) if is_service_down(facts) else None


def is_service_down(facts: Facts) -> bool:
    """True when GitLab's trouble keeps a build from starting."""
    project = facts.environment.gitlab_project
    if project is None or project.trouble in _WAITS_ON_ITS_OWN:
        return False
    return facts.build is None or facts.build.state in {State.QUEUED, State.STARTING}


def part_missing(facts: Facts) -> Card:
    """Worker or beat does not run: nothing starts, nothing is followed, or nothing goes live by itself."""
    headline, consequence = _what_stands_still(facts)
    build = facts.build
    publish = buttons.publish(facts.environment, _("Publish all the same"), tone="")
    return Card(
        state="service_down",
        pill=pills.CANNOT_PUBLISH,
        headline=headline,
        text=join(consequence, _ask_admins(facts, _what_is_missing(facts))),
        buttons=[
            *(_leave(facts, build) if build and build.state == State.QUEUED else []),
            *([] if build else [publish]),
            *([buttons.health(facts.environment)] if facts.is_admin else []),
        ],
        edge="bad",
        build=build,
        announcement=f"{headline}.",
        is_alert=True,
        holds_for=SOON,
    )


def _what_stands_still(facts: Facts) -> tuple[str, str]:
    """The headline, and what it means for who looks, as safe HTML."""
    if facts.build is None:
        return (
            _("Publishing waits: a part of Buildhub is not running"),
            join(
                say(_("What you publish now, and what was to go live by itself, waits until that part is back.")),
                say(_("Nothing was lost.")),
            ),
        )
    if facts.build.state in {State.QUEUED, State.STARTING}:
        return (
            _("Your publish is waiting: a part of Buildhub is not running"),
            say(_("It starts by itself as soon as that part is back. Nothing was lost.")),
        )
    return (
        _("We cannot follow this publish: a part of Buildhub is not running"),
        say(_("It may well carry on and go live. This page catches up by itself as soon as that part is back.")),
    )


def _what_is_missing(facts: Facts) -> str:
    if len(facts.missing_parts) > 1:
        return _("Neither the worker nor beat gave a sign of life for 30 seconds; Health says how to start them.")
    if Part.BEAT in facts.missing_parts:
        return _("Beat, which sends the ticks, gave no sign of life for 30 seconds; Health says how to start it.")
    return _("The worker gave no sign of life for 30 seconds; Health says how to start it.")


def service_down(facts: Facts) -> Card:
    """GitLab refuses or does not answer: an open build waits, or none can start."""
    project = facts.environment.gitlab_project
    refusal = explain(project.trouble if project else "")
    build = facts.build
    since = project.trouble_since if project else None
    return Card(
        state="service_down",
        pill=pills.CANNOT_PUBLISH,
        headline=_("The build service is not answering as it should"),
        text=join(
            say(_("The publish waits and nothing was lost.")) if build else say(_("Nothing was lost.")),
            say("{sentence}", sentence=refusal.sentence),
            say(_("It has been like this since {time}."), time=clock.when(since, facts.now)) if since else "",
            _ask_admins(facts, refusal.setting),
        ),
        buttons=[
            *(_leave(facts, build) if build else [buttons.publish(facts.environment, _("Try to publish"), tone="")]),
            buttons.service_status(facts.environment),
        ],
        note=build.waiting_note if build else "",
        edge="bad",
        build=build,
        announcement=_("The build service is not answering as it should."),
        is_alert=True,
        holds_for=SOON,
    )


def _ask_admins(facts: Facts, setting: str) -> str:
    if facts.is_admin:
        return say("{setting}", setting=setting)
    if not facts.admins:
        return ""
    return say(_("If it stays like this, tell {names}."), names=either(facts.admins))


def _leave(facts: Facts, build: Build) -> list[buttons.Button]:
    return [buttons.stop(build, _("Leave the line"))] if facts.may_stop(build) else []


def unknown(_facts: Facts, build: Build) -> Card:
    """The answer got lost: a person decides."""
    return Card(
        state="unknown",
        pill=pills.UNCLEAR,
        headline=_("We do not know whether this publish started"),
        text=join(
            say(_("The answer of the build service got lost and we could not find the build there.")),
            say(_("If it did start, it carries on by itself. Look again first; then decide.")),
        ),
        buttons=[
            buttons.look_again(build),
            buttons.stop_and_retry(build, _("It did not start: try again"), tone=""),
            buttons.details(build),
        ],
        note=build.waiting_note,
        edge="warn",
        build=build,
        announcement=_("We do not know whether this publish started."),
        is_alert=True,
    )


def stuck(facts: Facts, build: Build) -> Card:
    """Nothing was heard for a while."""
    heard = build.heard_at or build.started_at or build.requested_at
    silence = clock.whole_minutes((facts.now - heard).total_seconds())
    text = _("It may have broken down. We know of no change to the live site. You can stop waiting and try again.")
    if facts.is_going_live:
        text = _("It was going live when it fell silent, so visitors may see either version. Look at the site.")
    return Card(
        state="stuck",
        pill=pills.STUCK,
        headline=_("We have not heard from this build for {time}").format(time=silence),
        text=say(text),
        buttons=[
            buttons.stop_and_retry(build, _("Stop and try again")),
            buttons.keep_waiting(build),
            buttons.details(build),
        ],
        note=build.waiting_note,
        edge="warn",
        build=build,
        announcement=_("We have not heard from this build for {time}.").format(time=silence),
        is_alert=True,
        holds_for=timedelta(seconds=30),
    )
