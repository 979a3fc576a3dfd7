"""The card while nothing is under way: how the last build ended and what visitors see."""

from __future__ import annotations

from django.utils.translation import gettext as _

from deploys.lifecycle import State
from deploys.models import Build, Proof, Release
from deploys.web import (
    approval_cards,
    buttons,
    change_words,
    clock,
    copied_cards,
    explanations,
    held_back,
    line_words,
    paused_cards,
    pills,
    settled_cards,
    troubled_cards,
)
from deploys.web.card_model import Card, either, join, say
from deploys.web.facts import Facts


def card(facts: Facts) -> Card:
    """Say how things rest. Of two things at once the graver one is said."""
    if facts.environment.missing_settings():
        return _not_configured(facts)
    if trouble := troubled_cards.trouble(facts):
        return trouble
    if facts.last_failed and pills.is_held_back(facts.last_failed):
        return held_back.card(facts, facts.last_failed)
    if facts.last_failed:
        return _failed(facts, facts.last_failed)
    build = facts.last
    if facts.brought_back and build and not _waits_for_proof(build):
        return copied_cards.brought_back(facts, facts.brought_back)
    if facts.pause and not (build and _waits_for_proof(build)):
        return paused_cards.card(facts, facts.pause)
    if build is None:
        return settled_cards.first_run(facts)
    if build.state == State.SUCCEEDED:
        return _succeeded(facts, build)
    if build.state == State.CANCELED:
        return _stopped(facts, build)
    return settled_cards.at_rest(facts)


def _waits_for_proof(build: Build) -> bool:
    release: Release | None = getattr(build, "release", None)
    return build.state == State.SUCCEEDED and release is not None and release.proof in {Proof.PENDING, Proof.MISSING}


def _succeeded(facts: Facts, build: Build) -> Card:
    release: Release | None = getattr(build, "release", None)
    if release is None or release.proof == Proof.UNCHECKED:
        return settled_cards.published_unchecked(facts, build)
    if release.proof == Proof.PENDING:
        return _confirming(facts, build)
    if release.proof == Proof.MISSING:
        return _unproved(facts, build, release)
    if (
        release.pk == facts.environment.live_release_id
        and facts.now - settled_cards.since(release) < settled_cards.JUST_NOW
    ):
        if build.brings_back_id:
            return copied_cards.live_again(facts, build, release)
        return settled_cards.just_published(facts, build, release)
    return settled_cards.at_rest(facts)


def _not_configured(facts: Facts) -> Card:
    missing = facts.environment.missing_settings()
    if facts.is_admin:
        text = say(
            _("These settings are missing: {names}. They are explained in .env.example; restart Buildhub afterwards."),
            names=", ".join(missing),
        )
        reason = _("Settings are missing.")
    else:
        who = either(facts.admins) or _("whoever runs Buildhub")
        text = say(_("Buildhub does not know yet where to build this site. Ask {names} to set it up."), names=who)
        reason = _("Not set up yet.")
    off = buttons.publish(facts.environment, _("Publish the site"))
    return Card(
        state="not_configured",
        pill=pills.NOT_SET_UP,
        headline=_("Publishing is not set up here"),
        text=text,
        buttons=[_switched_off(off, reason)],
        edge="warn",
    )


def _switched_off(button: buttons.Button, reason: str) -> buttons.Button:
    return buttons.Button(id=button.id, label=button.label, url=button.url, icon=button.icon, off=reason)


def _failed(facts: Facts, build: Build) -> Card:
    explanation = explanations.explain(build, touched=facts.touched_the_site(build))
    return Card(
        state="failed",
        pill=pills.FAILED,
        headline=explanation.headline,
        text=join(_after_failure(facts, explanation), _included(facts, build), _still_waiting(facts)),
        buttons=[
            buttons.details(build, _("See what to do"), tone="primary"),
            *(
                copied_cards.again_buttons(facts.role, build)
                if build.is_copy
                else [buttons.retry(build, _retry_label(facts, build))]
            ),
            buttons.hide(build),
        ],
        edge="bad",
        build=build,
        favicon="failed",
        announcement=join(say("{headline}.", headline=explanation.headline), explanation.visitors_short()),
        is_alert=True,
    )


def _included(facts: Facts, build: Build) -> str:
    """To somebody whose press went into a build that another person began."""
    mine = build.requested_by_id in {None, facts.user.pk}
    return line_words.included() if not mine and facts.has_asked_for(build) else ""


def _retry_label(facts: Facts, build: Build) -> str:
    """Trying again publishes what failed; when there is more by now, the button says how much."""
    count = facts.waiting_count
    return change_words.publish_label(count) if count and count != change_words.total_of(build) else ""


def _still_waiting(facts: Facts) -> str:
    count = facts.waiting_count
    return say("{words}", words=change_words.still_waiting(count)) if count else ""


def _after_failure(facts: Facts, explanation: explanations.Explanation) -> str:
    if explanation.is_site_in_doubt:
        return explanation.visitors(facts.environment, facts.now)
    if facts.live is None:
        return say(_("The live site was not touched."))
    since = clock.when(settled_cards.since(facts.live), facts.now)
    return say(_("The live site was not touched: visitors still see the version from {time}."), time=since)


def _stopped(facts: Facts, build: Build) -> Card:
    who = build.cancel_requested_by
    ended = clock.when(build.finished_at or build.requested_at, facts.now)
    touched = facts.touched_the_site(build)
    by: str = say(_("This publish was stopped {time}."), time=ended)
    if who:
        by = say(_("{name} stopped this publish {time}."), name=who.name, time=ended)
    if build.is_copy:
        by = copied_cards.stopped_words(facts, build)
    if pills.is_declined(build):
        return approval_cards.declined(facts, build)
    either_version = say(_("Visitors may see either version. Open the site to look."))
    return Card(
        state="stopped",
        pill=pills.STOPPED,
        headline=_("Stopped while it was going live") if touched else _("Stopped before going live"),
        text=join(by, either_version if touched else settled_cards.visitors_words(facts), _still_waiting(facts)),
        buttons=[settled_cards.publish_button(facts), buttons.details(build)],
        build=build,
        announcement=_("Stopped.") if touched else _("Stopped. The live site was not touched."),
    )


def _confirming(facts: Facts, build: Build) -> Card:
    headline = _("Built. Now we look whether visitors see it")
    text = _("The new version is on its way. We call it live when the site itself shows it.")
    announcement = _("Built. Looking whether visitors see it.")
    if build.brings_back_id:
        headline = _("Brought back. Now we look whether visitors see it")
        text = _("The earlier version is on its way. We call it live when the site itself shows it.")
        announcement = _("Brought back. Looking whether visitors see it.")
    return Card(
        state="confirming",
        pill=pills.CONFIRMING,
        headline=headline,
        text=say(text),
        buttons=[buttons.details(build)],
        percent=-1,
        bar_label=_("Looking at the site"),
        build=build,
        favicon="building",
        announcement=announcement,
        can_notify=True,
    )


def _unproved(facts: Facts, build: Build, release: Release) -> Card:
    finding = say("{finding}", finding=release.finding) if release.finding else ""
    headline, publish = _("We could not confirm that the new version is live"), _("Publish again")
    if build.brings_back_id:
        headline = _("We could not confirm that the earlier version is live")
        publish = _("Publish the latest version")
    return Card(
        state="unproved",
        pill=pills.UNCONFIRMED,
        headline=headline,
        text=join(say(_("Visitors may see either version. We keep checking. Open the site to look.")), finding),
        buttons=[
            buttons.view_site(facts.environment, tone="primary"),
            buttons.publish(facts.environment, publish, tone=""),
            buttons.details(build),
        ],
        edge="warn",
        build=build,
        favicon="waiting",
        announcement=f"{headline}.",
        is_alert=True,
    )
