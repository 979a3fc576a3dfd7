"""The card when nothing is wrong and nothing is under way: first run, up to date, changes waiting, just published."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.models import Build, HostState, Release
from deploys.web import buttons, change_words, clock, line_words, pills, release_words, versions
from deploys.web.card_model import IDLE, Card, join, say
from deploys.web.facts import Facts

JUST_NOW = timedelta(minutes=10)  # how long "is live" is news


def since(release: Release) -> datetime:
    """Since when visitors see a release."""
    return release.live_at or release.created_at


def publish_button(facts: Facts, label: str = "", *, tone: str = "primary") -> buttons.Button:
    """The main button: how many changes it publishes, or the label where that is not known."""
    count = facts.waiting_count
    label = change_words.publish_label(count) if count else label or _("Publish the latest content")
    return buttons.publish(facts.environment, label, tone=tone)


def first_run(facts: Facts) -> Card:
    """Nothing was ever published here."""
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


def just_published(facts: Facts, build: Build, release: Release) -> Card:
    """The news that a build is live."""
    took = clock.duration((since(release) - build.requested_at).total_seconds())
    mine = build.requested_by_id == facts.user.pk
    headline = live_headline(build, mine=mine)
    waiting, changed = facts.waiting_count, release_words.changed(release)
    return Card(
        state="just_published",
        pill=pills.LIVE,
        headline=headline,
        text=join(
            say(_("Live since {time}, after {took}."), time=clock.when(since(release), facts.now), took=took)
            if mine
            else join(_who_published(facts, build, release), _included(facts, build)),
            say("{words}.", words=changed) if changed else "",
            say(_("Visitors may need to reload the page.")),
            say("{words}", words=change_words.newer_waiting(waiting)) if waiting else "",
        ),
        buttons=[publish_button(facts), buttons.view_site(facts.environment), *_bring_back_buttons(facts, release)]
        if waiting
        else [
            buttons.view_site(facts.environment, tone="primary"),
            publish_button(facts, _("Publish again"), tone=""),
            *_bring_back_buttons(facts, release),
        ],
        build=build,
        title=_("✓ Live"),
        favicon="ok",
        announcement=f"{headline}.",
        holds_for=min(IDLE * 5, max(timedelta(seconds=1), since(release) + JUST_NOW - facts.now)),
    )


def _bring_back_buttons(facts: Facts, release: Release) -> list[buttons.Button]:
    """The way back to what visitors saw before, for those who may. Two queries where the web host keeps versions."""
    if not (facts.environment.target and facts.may_bring_back):
        return []
    earlier = versions.before(release)
    if earlier is None or not HostState.of(facts.environment).keeps(earlier):
        return []
    earlier.build.site = facts.environment.site
    time = clock.moment_words(versions.dated(earlier.build), facts.now)
    return [buttons.bring_back(earlier.build, _("Bring back the version from {time}").format(time=time))]


def live_headline(build: Build, *, mine: bool) -> str:
    """What is live now: "Your 7 changes are live", without the number where it is not known."""
    count = change_words.total_of(build)
    if build.base_id is None and set(build.change_counts or ()) == {"new"}:
        return _("The site is live")
    if not count:
        return _("Your publish is live") if mine else _("A new version is live")
    text = (
        ngettext("Your {count} change is live", "Your {count} changes are live", count)
        if mine
        else ngettext("{count} change is live", "{count} changes are live", count)
    )
    return text.format(count=count)


def _who_published(facts: Facts, build: Build, release: Release) -> str:
    time = clock.when(since(release), facts.now)
    if build.asker:
        return say(_("Published by {name}, live since {time}."), name=build.asker, time=time)
    return say(_("Live since {time}."), time=time)


def _included(facts: Facts, build: Build) -> str:
    return line_words.included() if facts.has_asked_for(build) else ""


def published_unchecked(facts: Facts, build: Build) -> Card:
    """A build went well where nobody can look whether it is live."""
    if facts.waiting_count:
        return _changes_waiting(facts, facts.waiting_count)
    ended = clock.moment_words(build.finished_at or build.requested_at, facts.now)
    return Card(
        state="published_unchecked",
        pill=pills.FINISHED,
        headline=_("The build finished {time}").format(time=ended),
        text=say(_("This environment has no marker to check, so look at the site.")),
        buttons=[publish_button(facts), buttons.view_site(facts.environment)],
        build=build,
        favicon="ok",
        announcement=_("The build finished."),
        holds_for=IDLE * 5,
    )


def at_rest(facts: Facts) -> Card:
    """What visitors see, and whether something waits: as far as that is known."""
    if facts.waiting_count:
        return _changes_waiting(facts, facts.waiting_count)
    live = facts.live
    if live is None:
        return first_run(facts)
    return _ready(facts, live) if facts.waiting_count is None else _up_to_date(facts)


def _ready(facts: Facts, live: Release) -> Card:
    words, ago = clock.moment_words(since(live), facts.now), clock.ago(since(live), facts.now)
    name = live.build.asker
    return Card(
        state="ready",
        pill=pills.LIVE,
        headline=_("Visitors see the version from {time}").format(time=words),
        text=join(
            say(_("{name} published it, {ago}."), name=name, ago=ago)
            if name
            else say(_("It went live {ago}."), ago=ago),
            say("{words}", words=release_words.it_changed(live)),
        ),
        buttons=[
            buttons.publish(facts.environment, _("Publish the latest content")),
            buttons.view_site(facts.environment),
        ],
        holds_for=IDLE * 5,
    )


def _changes_waiting(facts: Facts, count: int) -> Card:
    return Card(
        state="changes_waiting",
        pill=pills.CHANGES_WAITING,
        headline=change_words.waiting_headline(count),
        text=what_visitors_see(facts),
        buttons=[publish_button(facts), buttons.view_site(facts.environment)],
        favicon="waiting",
        announcement=f"{change_words.waiting_headline(count)}.",
    )


def _up_to_date(facts: Facts) -> Card:
    return Card(
        state="up_to_date",
        pill=pills.UP_TO_DATE,
        headline=_("Everything is live"),
        text=join(
            what_visitors_see(facts),
            say("{words}", words=release_words.it_changed(facts.live)),
            say(_("New edits appear here by themselves.")),
        ),
        buttons=[
            buttons.publish(facts.environment, _("Publish"), off=_("Nothing has changed.")),
            buttons.publish(facts.environment, _("Build again anyway"), tone="", id="build-again"),
            buttons.view_site(facts.environment, tone="quiet"),
        ],
        announcement=_("Everything is live."),
    )


def what_visitors_see(facts: Facts) -> str:
    """Whose version visitors see and since when; where nobody can look, when the last build ended."""
    live = facts.live
    if live is None:
        release = facts.release
        ended = clock.when(since(release), facts.now) if release else ""
        sentence = _("The last build finished {time}. This environment has no marker to check, so look at the site.")
        return say(sentence, time=ended)
    name = live.build.asker
    parts = {"time": clock.when(since(live), facts.now), "ago": clock.ago(since(live), facts.now)}
    if name:
        return say(_("Visitors see the version {name} published {time}, {ago}."), name=name, **parts)
    return say(_("Visitors see the version from {time}, {ago}."), **parts)


def visitors_words(facts: Facts) -> str:
    """Say whose version visitors see and since when; empty when no release was proved."""
    if facts.live is None:
        return ""
    return say(_("Visitors still see the version from {time}."), time=clock.when(since(facts.live), facts.now))


def host_of(url: str) -> str:
    """The part of an address that people recognise, without scheme and closing slash."""
    return url.split("://", 1)[-1].rstrip("/")
