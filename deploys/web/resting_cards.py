"""The card while nothing is under way: how the last build ended and what visitors see."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from deploys.lifecycle import State
from deploys.models import Build, Proof, Release
from deploys.web import buttons, clock, explanations, pills, troubled_cards
from deploys.web.card_model import IDLE, Card, either, join, say
from deploys.web.facts import Facts

JUST_NOW = timedelta(minutes=10)  # how long "is live" is news


def card(facts: Facts) -> Card:
    """Say how things rest. Of two things at once the graver one is said."""
    if facts.environment.missing_settings():
        return _not_configured(facts)
    if troubled_cards.is_service_down(facts):
        return troubled_cards.service_down(facts)
    if facts.last_failed:
        return _failed(facts, facts.last_failed)
    build = facts.last
    if build is None:
        return _first_run(facts)
    if build.state == State.SUCCEEDED:
        return _succeeded(facts, build)
    if build.state == State.CANCELED:
        return _stopped(facts, build)
    return _ready(facts) if facts.live else _first_run(facts)


def _succeeded(facts: Facts, build: Build) -> Card:
    release: Release | None = getattr(build, "release", None)
    if release is None or release.proof == Proof.UNCHECKED:
        return _published_unchecked(facts, build)
    if release.proof == Proof.PENDING:
        return _confirming(facts, build)
    if release.proof == Proof.MISSING:
        return _unproved(facts, build, release)
    if release.pk == facts.environment.live_release_id and facts.now - _since(release) < JUST_NOW:
        return _just_published(facts, build, release)
    return _ready(facts)


def _since(release: Release) -> datetime:
    return release.live_at or release.created_at


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
        text=_after_failure(facts, explanation),
        buttons=[
            buttons.details(build, _("See what to do"), tone="primary"),
            buttons.retry(build),
            buttons.hide(build),
        ],
        edge="bad",
        build=build,
        favicon="failed",
        announcement=join(say("{headline}.", headline=explanation.headline), explanation.visitors_short()),
        is_alert=True,
    )


def _after_failure(facts: Facts, explanation: explanations.Explanation) -> str:
    if explanation.is_site_in_doubt:
        return explanation.visitors(facts.environment, facts.now)
    if facts.live is None:
        return say(_("The live site was not touched."))
    since = clock.when(_since(facts.live), facts.now)
    return say(_("The live site was not touched: visitors still see the version from {time}."), time=since)


def _stopped(facts: Facts, build: Build) -> Card:
    who = build.cancel_requested_by
    ended = clock.when(build.finished_at or build.requested_at, facts.now)
    touched = facts.touched_the_site(build)
    by = say(_("This publish was stopped {time}."), time=ended)
    if who:
        by = say(_("{name} stopped this publish {time}."), name=who.name, time=ended)
    either_version = say(_("Visitors may see either version. Open the site to look."))
    return Card(
        state="stopped",
        pill=pills.STOPPED,
        headline=_("Stopped while it was going live") if touched else _("Stopped before going live"),
        text=join(by, either_version if touched else visitors_words(facts)),
        buttons=[buttons.publish(facts.environment, _("Publish the latest content")), buttons.details(build)],
        build=build,
        announcement=_("Stopped.") if touched else _("Stopped. The live site was not touched."),
    )


def _first_run(facts: Facts) -> Card:
    return Card(
        state="first_run",
        pill=pills.NOT_YET,
        headline=_("Nothing has been published yet"),
        text=say(
            _("When you publish, your pages appear at {site}. The first time takes longer, up to 10 minutes."),
            site=host_of(facts.environment.url),
        ),
        buttons=[buttons.publish(facts.environment, _("Publish the site"))],
        favicon="waiting",
    )


def _confirming(facts: Facts, build: Build) -> Card:
    return Card(
        state="confirming",
        pill=pills.CONFIRMING,
        headline=_("Built. Now we look whether visitors see it"),
        text=say(_("The new version is on its way. We call it live when the site itself shows it.")),
        buttons=[buttons.details(build)],
        percent=-1,
        bar_label=_("Looking at the site"),
        build=build,
        favicon="building",
        announcement=_("Built. Looking whether visitors see it."),
        can_notify=True,
    )


def _unproved(facts: Facts, build: Build, release: Release) -> Card:
    finding = say("{finding}", finding=release.finding) if release.finding else ""
    return Card(
        state="unproved",
        pill=pills.UNCONFIRMED,
        headline=_("We could not confirm that the new version is live"),
        text=join(say(_("Visitors may see either version. We keep checking. Open the site to look.")), finding),
        buttons=[
            buttons.view_site(facts.environment, tone="primary"),
            buttons.publish(facts.environment, _("Publish again"), tone=""),
            buttons.details(build),
        ],
        edge="warn",
        build=build,
        favicon="waiting",
        announcement=_("We could not confirm that the new version is live."),
        is_alert=True,
    )


def _just_published(facts: Facts, build: Build, release: Release) -> Card:
    took = clock.duration((_since(release) - build.requested_at).total_seconds())
    mine = build.requested_by_id == facts.user.pk
    return Card(
        state="just_published",
        pill=pills.LIVE,
        headline=_("Your publish is live") if mine else _("A new version is live"),
        text=join(
            say(_("Live since {time}, after {took}."), time=clock.when(_since(release), facts.now), took=took)
            if mine
            else _who_published(facts, build, release),
            say(_("Visitors may need to reload the page.")),
        ),
        buttons=[
            buttons.view_site(facts.environment, tone="primary"),
            buttons.publish(facts.environment, _("Publish again"), tone=""),
        ],
        build=build,
        title=_("✓ Live"),
        favicon="ok",
        announcement=_("Your publish is live.") if mine else _("A new version is live."),
        holds_for=min(IDLE * 5, max(timedelta(seconds=1), _since(release) + JUST_NOW - facts.now)),
    )


def _who_published(facts: Facts, build: Build, release: Release) -> str:
    time = clock.when(_since(release), facts.now)
    if build.requested_by:
        return say(_("Published by {name}, live since {time}."), name=build.requested_by.name, time=time)
    return say(_("Live since {time}."), time=time)


def _published_unchecked(facts: Facts, build: Build) -> Card:
    ended = clock.moment_words(build.finished_at or build.requested_at, facts.now)
    return Card(
        state="published_unchecked",
        pill=pills.FINISHED,
        headline=_("The build finished {time}").format(time=ended),
        text=say(_("This environment has no marker to check, so look at the site.")),
        buttons=[
            buttons.publish(facts.environment, _("Publish the latest content")),
            buttons.view_site(facts.environment),
        ],
        build=build,
        favicon="ok",
        announcement=_("The build finished."),
        holds_for=IDLE * 5,
    )


def _ready(facts: Facts) -> Card:
    live = facts.live
    if live is None:
        return _first_run(facts)
    words, ago = clock.moment_words(_since(live), facts.now), clock.ago(_since(live), facts.now)
    person = live.build.requested_by
    return Card(
        state="ready",
        pill=pills.LIVE,
        headline=_("Visitors see the version from {time}").format(time=words),
        text=say(_("{name} published it, {ago}."), name=person.name, ago=ago)
        if person
        else say(_("It went live {ago}."), ago=ago),
        buttons=[
            buttons.publish(facts.environment, _("Publish the latest content")),
            buttons.view_site(facts.environment),
        ],
        holds_for=IDLE * 5,
    )


def visitors_words(facts: Facts) -> str:
    """Say whose version visitors see and since when; empty when no release was proved."""
    if facts.live is None:
        return ""
    return say(_("Visitors still see the version from {time}."), time=clock.when(_since(facts.live), facts.now))


def host_of(url: str) -> str:
    """The part of an address that people recognise, without scheme and closing slash."""
    return url.split("://", 1)[-1].rstrip("/")
