"""The card while a build is open: in line, under way, silent, stopping, going live."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deploys.builds import line, time_left
from deploys.lifecycle import State
from deploys.models import Build, Cause
from deploys.web import (
    approval_cards,
    buttons,
    change_words,
    clock,
    copied_cards,
    line_cards,
    line_words,
    paused_cards,
    pills,
    progress,
    troubled_cards,
)
from deploys.web.card_model import Card, join, say
from deploys.web.facts import Facts
from deploys.web.troubled_cards import SOON


def card(facts: Facts) -> Card:
    """Say how the open build stands. Of two things at once the graver one is said."""
    build = facts.build
    if build is None:
        raise ValueError("There is no open build to speak of.")
    if line.waits_for_approval(build) and not facts.missing_parts:
        return approval_cards.card(facts, build)
    if build.is_copy and build.state == State.QUEUED and facts.pause and line.is_paused(build, facts.now):
        return paused_cards.in_line(facts, facts.pause, build)
    if build.is_copy:
        return copied_cards.under_way(facts, build)
    return approval_cards.with_line_behind(facts, _card(facts, build))


def _card(facts: Facts, build: Build) -> Card:
    if trouble := troubled_cards.trouble(facts):
        return trouble
    if build.state == State.UNKNOWN:
        return troubled_cards.unknown(facts, build)
    if build.state == State.QUEUED:
        return line_cards.in_line(facts, build)
    return _under_way(facts, build)


def _under_way(facts: Facts, build: Build) -> Card:
    stuck_from = progress.stuck_from(build)
    if stuck_from and facts.now >= stuck_from and build.state != State.STARTING:
        return troubled_cards.stuck(facts, build)
    if facts.is_going_live:
        return _going_live(facts, build)
    if build.cancel_requested_at:
        return _stopping(facts, build)
    if build.state == State.WAITING:
        return _waits_for_approval(facts, build)
    if build.requested_by_id != facts.user.pk and build.pk not in facts.asked_by_me:
        return _someone_else(facts, build)
    slow_from = progress.slow_from(build)
    if slow_from and facts.now >= slow_from:
        return _slow(facts, build)
    return _building(facts, build)


def _going_live(facts: Facts, build: Build) -> Card:
    return Card(
        state="going_live",
        pill=pills.PUBLISHING,
        headline=_("Going live now"),
        text=say(_("Almost done. It is too late to stop.")),
        buttons=[buttons.stop(build, off=_("Too late to stop.")), buttons.details(build)],
        percent=time_left.percent(build, facts.jobs, facts.now) or -1,
        bar_label=_("Going live"),
        steps=facts.rows,
        build=build,
        favicon="building",
        announcement=_("Going live."),
        holds_for=_hold(facts, build),
        can_notify=True,
    )


def _stopping(facts: Facts, build: Build) -> Card:
    return Card(
        state="stopping",
        pill=pills.STOPPING,
        headline=_("Stopping"),
        text=say(_("This can take a few seconds. The live site stays as it is.")),
        buttons=[buttons.stop(build, off=_("Stopping now.")), buttons.details(build)],
        note=build.waiting_note,
        percent=-1,
        bar_label=_("Stopping"),
        build=build,
        favicon="building",
        announcement=_("Stopping."),
        holds_for=_hold(facts, build),
    )


def _waits_for_approval(facts: Facts, build: Build) -> Card:
    return Card(
        state="building",
        pill=pills.PUBLISHING,
        headline=_("This publish waits for someone to let it go on"),
        text=say(_("The site's build rules ask a developer to continue it in the build service.")),
        buttons=[*_stop_buttons(facts, build), buttons.details(build)],
        note=build.waiting_note,
        steps=facts.rows,
        build=build,
        favicon="building",
        announcement=_("This publish waits for someone to let it go on."),
        holds_for=_hold(facts, build),
    )


def _someone_else(facts: Facts, build: Build) -> Card:
    left = time_left.seconds_left(build, facts.jobs, facts.now)
    words = clock.time_left(left) if left else ""
    mine = facts.mine_in_line
    after = line_words.behind(facts.place_of(mine)) if mine else _waits_behind(facts)
    more = [buttons.stop(mine, _("Leave the line"))] if mine and facts.may_stop(mine) else []
    if not mine:
        more = [buttons.publish(facts.environment, _("Publish mine after this"), tone="")]
    return Card(
        state="someone_else",
        pill=pills.PUBLISHING,
        headline=_who_is_publishing(build),
        text=join(_started(facts, build), say("{left}.", left=words.capitalize()) if words else "", after),
        buttons=[*more, *(_stop_buttons(facts, build) if facts.may_stop(build) else []), buttons.details(build)],
        note=build.waiting_note,
        percent=_percent(facts, build),
        bar_label=_publishing(build),
        steps=facts.rows,
        build=build,
        favicon="building",
        announcement=_step_words(facts),
        holds_for=_hold(facts, build),
        can_notify=True,
    )


def _slow(facts: Facts, build: Build) -> Card:
    took = clock.whole_minutes(progress.elapsed_seconds(build, facts.now))
    usual = clock.minutes_words(progress.usual_seconds(build) or 0)
    sentence = _("This has taken {took}; usually it takes {usual}. The build service still answers.")
    return Card(
        state="slow",
        pill=pills.SLOW,
        headline=_("Still publishing, longer than usual"),
        text=say(sentence, took=took, usual=usual),
        buttons=[*_stop_buttons(facts, build), buttons.details(build)],
        note=build.waiting_note,
        edge="warn",
        percent=_percent(facts, build),
        bar_label=_publishing(build),
        steps=facts.rows,
        build=build,
        favicon="building",
        announcement=_("Still publishing, longer than usual."),
        holds_for=_hold(facts, build),
        can_notify=True,
    )


def _building(facts: Facts, build: Build) -> Card:
    left = time_left.seconds_left(build, facts.jobs, facts.now)
    words = clock.time_left(left) if left else ""
    first = "" if progress.usual_seconds(build) else say(_("The first publishes take up to 10 minutes."))
    return Card(
        state="building",
        pill=pills.PUBLISHING,
        headline=_("{publishing}, {left}").format(publishing=_publishing(build), left=words)
        if words
        else _publishing(build),
        text=join(
            _started(facts, build),
            first,
            say(_("You can leave this page; the publish carries on without it.")),
        ),
        buttons=[*_stop_buttons(facts, build), buttons.details(build)],
        note=build.waiting_note,
        percent=_percent(facts, build),
        bar_label=_publishing(build),
        steps=facts.rows,
        build=build,
        favicon="building",
        announcement=_step_words(facts),
        holds_for=_hold(facts, build),
        can_notify=True,
    )


def _publishing(build: Build) -> str:
    """What is under way: "Publishing 7 changes", without the number where it is not known."""
    count = change_words.total_of(build)
    return change_words.publishing(count) if count else _("Publishing")


def _who_is_publishing(build: Build) -> str:
    name, count = build.asker, change_words.total_of(build)
    if not name:
        return _publishing(build) if count else _("A publish is under way")
    if not count:
        return _("{name} is publishing").format(name=name)
    text = ngettext("{name} is publishing {count} change", "{name} is publishing {count} changes", count)
    return text.format(name=name, count=count)


def _waits_behind(facts: Facts) -> str:
    newer = facts.saved_since.total if facts.saved_since else 0
    if newer:
        return say("{words}", words=change_words.newer_waiting(newer))
    return say(_("What you save now waits for the next publish."))


def _percent(facts: Facts, build: Build) -> int:
    known = time_left.percent(build, facts.jobs, facts.now)
    return -1 if known is None else known


def _started(facts: Facts, build: Build) -> str:
    time = clock.when(build.requested_at, facts.now)
    if build.requested_by_id == facts.user.pk:
        return say(_("Started by you {time}."), time=time)
    if build.is_foreign:
        name = build.started_by or _("somebody")
        return say(_("Started in GitLab by {name} {time}."), name=name, time=time)
    if build.requested_by:
        included = line_words.included() if build.pk in facts.asked_by_me else ""
        return join(say(_("Started by {name} {time}."), name=build.requested_by.name, time=time), included)
    return say(_("Started {time} ({cause})."), time=time, cause=Cause(build.cause).label)


def _stop_buttons(facts: Facts, build: Build, label: str = "") -> list[buttons.Button]:
    return [buttons.stop(build, label)] if facts.may_stop(build) else []


def _step_words(facts: Facts) -> str:
    return next((f"{row.name}." for row in facts.rows if row.is_current), _("Publishing"))


def _hold(facts: Facts, build: Build) -> timedelta:
    """Until the words about progress, slowness or silence would read differently."""
    is_starting = build.state == State.STARTING  # a worker that vanishes now counts nothing up
    moments: list[datetime] = [facts.now + (SOON if is_starting else timedelta(seconds=60))]
    if progress.usual_seconds(build) is not None:
        moments.append(facts.now + progress.tick(build))
    later = [progress.slow_from(build), progress.stuck_from(build)]
    moments += [moment for moment in later if moment and moment > facts.now]
    return max(timedelta(seconds=2), min(moments) - facts.now)
