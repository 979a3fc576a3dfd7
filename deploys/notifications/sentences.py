"""The words for each kind of occurrence: those of the publish card, so that the same thing has the same name."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from deploys.models import Build, Kind, Occurrence, Proof, User
from deploys.notifications import more_sentences
from deploys.notifications.audience import ends_failures, failures_before
from deploys.notifications.words import Words, asked, build_of, moment_of, words
from deploys.outbox import NO_RIGHT
from deploys.web import clock, explanations, pills, settled_cards, versions
from deploys.web.pills import Pill


def words_of(occurrence: Occurrence, moment: datetime, *, reader: User | None = None) -> Words:
    """Say what happened, in the active time zone. `reader` None stands for a team or a machine."""
    said = _SAYING[Kind(occurrence.kind)](occurrence, moment, reader)
    return replace(said, text=[sentence for sentence in said.text if sentence])


def _live(occurrence: Occurrence, moment: datetime, reader: User | None) -> Words:
    build = build_of(occurrence)
    release = getattr(build, "release", None)
    if build.environment.is_for_previews:
        said = words(pills.PREVIEW, _("The preview can be opened"), asked(build, moment, reader))
    elif release is not None and release.proof == Proof.UNCHECKED:
        unseen = _("This environment has no marker to check, so look at the site.")
        said = words(pills.FINISHED, _("A build finished"), unseen, asked(build, moment, reader))
    elif build.brings_back:
        headline = _("The version from {time} is live again")
        headline = headline.format(time=clock.moment_words(versions.dated(build), moment))
        said = words(pills.LIVE, headline, asked(build, moment, reader))
    else:
        mine = reader is not None and build.requested_by_id == reader.pk
        headline = settled_cards.live_headline(build, mine=mine)
        said = words(pills.LIVE, headline, asked(build, moment, reader))
    return _works_again(said, build) if ends_failures(occurrence) else said


def _works_again(said: Words, build: Build) -> Words:
    failed = len(failures_before(build))
    before = _("There had been trouble with this publish.")
    if failed:
        before = ngettext("The publish before had failed.", "The last {count} publishes had failed.", failed)
        before = before.format(count=failed)
    text = [f"{said.headline}.", before, *said.text]
    return replace(said, headline=_("Publishing works again"), text=text, works_again=True)


def _failed(occurrence: Occurrence, moment: datetime, reader: User | None) -> Words:
    build = build_of(occurrence)
    found = explanations.discreet(build)
    return words(
        pills.HELD_BACK if occurrence.kind == Kind.HELD_BACK else pills.FAILED,
        found.headline,
        *found.happened,
        _visitors(found.visitors(build.environment, moment)),
        asked(build, moment, reader),
        todo=found.todo,
    )


def _unproved(occurrence: Occurrence, moment: datetime, reader: User | None) -> Words:
    build = build_of(occurrence)
    headline = _("We could not confirm that the new version is live")
    if build.brings_back_id:
        headline = _("We could not confirm that the earlier version is live")
    doubt = _("Visitors may see either version. We keep checking.")
    todo = [_("Open the site to look."), _("If it shows the old version, publish again.")]
    return words(pills.UNCONFIRMED, headline, doubt, asked(build, moment, reader), todo=todo)


def _stuck(occurrence: Occurrence, moment: datetime, reader: User | None) -> Words:
    build = build_of(occurrence)
    silence = clock.whole_minutes(float(occurrence.facts.get("seconds", 0)))
    doubt = _("It may have broken down. We know of no change to the live site.")
    if explanations.went_live_partly(build):
        doubt = _("It was going live when it fell silent, so visitors may see either version.")
    return words(
        pills.STUCK,
        _("We have not heard from this build for {time}").format(time=silence),
        doubt,
        asked(build, moment, reader),
        todo=[_("Open the build: there you can keep waiting, or stop it and try again.")],
    )


def _unclear(occurrence: Occurrence, moment: datetime, reader: User | None) -> Words:
    return words(
        pills.UNCLEAR,
        _("We do not know whether this publish started"),
        _("The answer of the build service got lost and we could not find the build there."),
        asked(build_of(occurrence), moment, reader),
        todo=[_("If it did start, it carries on by itself. Look again first; then decide.")],
    )


def _stopped(occurrence: Occurrence, moment: datetime, reader: User | None) -> Words:
    build = build_of(occurrence)
    who = occurrence.actor or build.cancel_requested_by
    if pills.is_declined(build) and who:
        reason = str(build.error_facts.get("reason", "")).rstrip(".")
        by = _("{name} declined it: “{reason}”.").format(name=who.name, reason=reason)
        effect = _("The live site was not touched.")
        return words(pills.DECLINED, _("Declined before going live"), by, effect, asked(build, moment, reader))
    by = _("{name} stopped it.").format(name=who.name) if who else _("It was stopped in the build service.")
    touched = explanations.copy_touched_the_site(build) if build.is_copy else explanations.went_live_partly(build)
    if touched:
        headline, effect = _("Stopped while it was going live"), _("Visitors may see either version.")
    else:
        headline, effect = _("Stopped before going live"), _("The live site was not touched.")
    return words(pills.STOPPED, headline, by, effect, asked(build, moment, reader))


def _plan_missed(occurrence: Occurrence, moment: datetime, _reader: User | None) -> Words:
    planned = clock.moment_words(moment_of(occurrence.facts["planned_at"]), moment)
    if occurrence.facts.get("why") == NO_RIGHT:
        return words(
            pills.UNCONFIRMED,
            _("What was planned for {time} was not published").format(time=planned),
            _("Whoever planned it may no longer publish here, so Buildhub gave it up."),
            todo=[_("Publish it now, plan it anew, or give the person their role back.")],
        )
    return words(
        pills.UNCONFIRMED,
        _("What was planned for {time} is not live yet").format(time=planned),
        _("Its time has passed. Buildhub keeps trying."),
        todo=[_("Open Buildhub to see what it waits for.")],
    )


def _content_late(occurrence: Occurrence, moment: datetime, _reader: User | None) -> Words:
    planned = clock.moment_words(moment_of(occurrence.facts["planned_at"]), moment)
    count = int(occurrence.facts["count"])
    headline = ngettext(
        "{count} entry planned for {time} is not published in the CMS",
        "{count} entries planned for {time} are not published in the CMS",
        count,
    )
    return words(
        pills.UNCONFIRMED,
        headline.format(count=count, time=planned),
        _("The time has passed, but the CMS does not show it to visitors. Buildhub keeps looking."),
        todo=[_("Look into the CMS: is it still a draft, or does its own clock stand still?")],
    )


def _freeze_began(occurrence: Occurrence, moment: datetime, _reader: User | None) -> Words:
    until = occurrence.facts.get("until")
    headline = _("Publishing is paused")
    if until:
        headline = _("Publishing is paused until {time}").format(time=clock.moment_words(moment_of(until), moment))
    reason = str(occurrence.facts["reason"]).rstrip(".")
    by = _("{name} paused it: “{reason}”.") if occurrence.actor else _("The reason: “{reason}”.")
    by = by.format(name=occurrence.actor.name if occurrence.actor else "", reason=reason)
    return words(pills.PAUSED, headline, by, _("What is asked for meanwhile waits in line and goes out after it."))


def _freeze_ended(occurrence: Occurrence, _moment: datetime, _reader: User | None) -> Words:
    waiting = int(occurrence.facts.get("waiting", 0))
    text = ngettext("{count} publish was waiting and goes out now.", "{count} publishes were waiting.", waiting)
    by = _("{name} ended the pause.").format(name=occurrence.actor.name) if occurrence.actor else ""
    return words(GOES_ON, _("Publishing goes on"), by, text.format(count=waiting) if waiting else "")


def _test(_occurrence: Occurrence, _moment: datetime, _reader: User | None) -> Words:
    return words(TRIAL, _("This is a test"), _("Messages from Buildhub arrive here. Nothing has happened to a site."))


GOES_ON = Pill(word=gettext_lazy("Goes on"), icon="tick", tone="ok")
TRIAL = Pill(word=gettext_lazy("Test"), icon="open", tone="idle")

_SAYING: dict[Kind, Callable[[Occurrence, datetime, User | None], Words]] = {
    Kind.LIVE: _live,
    Kind.FAILED: _failed,
    Kind.HELD_BACK: _failed,
    Kind.UNPROVED: _unproved,
    Kind.STUCK: _stuck,
    Kind.UNCLEAR: _unclear,
    Kind.STOPPED: _stopped,
    Kind.PLAN_MISSED: _plan_missed,
    Kind.CONTENT_LATE: _content_late,
    Kind.FREEZE_BEGAN: _freeze_began,
    Kind.FREEZE_ENDED: _freeze_ended,
    Kind.TO_APPROVE: more_sentences.to_approve,
    Kind.APPROVED: more_sentences.approved,
    Kind.TOKEN_EXPIRES: more_sentences.token_expires,
    Kind.MOVED: more_sentences.moved,
    Kind.PLAN_BEGAN: more_sentences.plan_began,
    Kind.PLAN_KEPT: more_sentences.plan_kept,
    Kind.SCHEDULE: more_sentences.schedule_changed,
    Kind.TEST: _test,
}


def _visitors(words: str) -> str:
    """What visitors see: a sentence of the pages, as text without its `<time>` elements."""
    return _("What visitors see: {words}").format(words=html.unescape(strip_tags(words)))
