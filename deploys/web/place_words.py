"""Where a version of an entry is, in a mark and a sentence: the same on every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploys.content.whereabouts import Place, Whereabouts
from deploys.web import clock, pills
from deploys.web.card_model import join, say
from deploys.web.pills import Pill

WAITING = Pill(word=gettext_lazy("Waiting"), icon="publish", tone="run")
SCHEDULED = Pill(word=gettext_lazy("Scheduled"), icon="clock", tone="idle")
EXPIRED = Pill(word=gettext_lazy("Expired"), icon="clock", tone="idle")
NOT_VISIBLE = Pill(word=gettext_lazy("Not visible"), icon="dashes", tone="idle")
REMOVED = Pill(word=gettext_lazy("Removed"), icon="minus-circle", tone="idle")
NEVER_OUT = Pill(word=gettext_lazy("Never published"), icon="minus-circle", tone="idle")

_PILLS = {
    Place.HIDDEN: NOT_VISIBLE,
    Place.SCHEDULED: SCHEDULED,
    Place.EXPIRED: EXPIRED,
    Place.WAITING: WAITING,
    Place.PUBLISHING: pills.PUBLISHING,
    Place.CONFIRMING: pills.CONFIRMING,
    Place.UNCONFIRMED: pills.UNCONFIRMED,
    Place.LIVE: pills.LIVE,
    Place.FINISHED: pills.FINISHED,
    Place.SKIPPED: NEVER_OUT,
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The mark and the sentence, which is safe HTML."""

    pill: Pill
    words: SafeString


def standing(found: Whereabouts, now: datetime, *, is_deleted: bool, is_seen: bool = False) -> Standing:
    """Say where the newest version of an entry is.

    `is_deleted`: the CMS no longer holds the entry. `is_seen`: its page was seen to show this version.
    """
    pill = REMOVED if found.place == Place.GONE else _PILLS[found.place]
    return Standing(pill=pill, words=_words(found, now, is_deleted=is_deleted, is_seen=is_seen))


def _words(found: Whereabouts, now: datetime, *, is_deleted: bool, is_seen: bool) -> SafeString:
    parts = {"number": found.build, "time": clock.when(found.at, now) if found.at else ""}
    if found.is_out:
        is_sure = found.is_checked or is_seen
        doubt = "" if is_sure else say(_("This site cannot be checked, so nobody saw it live."))
        return join(_out(found, now), doubt, _leaving(is_deleted=is_deleted) if found.is_leaving else "")
    if found.place == Place.GONE:
        return _gone(found, now)
    if found.place == Place.SKIPPED:
        return say(_("It was removed in the CMS before any build carried it."))
    if found.place == Place.WAITING:
        return join(say(_("Waits for the next publish.")), "" if is_seen else _perhaps(found))
    sentences = {
        Place.HIDDEN: _("The CMS does not show it to visitors: it is a draft or was taken offline."),
        Place.SCHEDULED: _("Goes live with the first publish after {time}."),
        Place.EXPIRED: _("Its time ended {time}, so no publish brings it out."),
        Place.PUBLISHING: _("In build {number}, which is under way."),
        Place.CONFIRMING: _("In build {number}, which has finished and is being looked for on the site."),
        Place.UNCONFIRMED: _("In build {number}, which has finished but was not seen on the site."),
    }
    return say(sentences[found.place], **parts)


def _out(found: Whereabouts, now: datetime) -> SafeString:
    time = clock.when(found.at, now) if found.at else ""
    if found.is_checked:
        return say(_("Live in build {number} since {time}."), number=found.build, time=time)
    return say(_("In build {number}, finished {time}."), number=found.build, time=time)


def _leaving(*, is_deleted: bool) -> SafeString:
    if is_deleted:
        return say(_("It was removed in the CMS; the next publish takes it away."))
    return say(_("The next publish takes it away."))


def _gone(found: Whereabouts, now: datetime) -> SafeString:
    if found.build is None or found.at is None:
        return say(_("It was last in build {number}."), number=found.last_build)
    return say(_("Gone since build {number}, {time}."), number=found.build, time=clock.when(found.at, now))


def _perhaps(found: Whereabouts) -> SafeString | str:
    if found.may_be_in is None:
        return ""
    return say(_("It was saved while build {number} ran, so it may be live already."), number=found.may_be_in)


def carried(found: Whereabouts, now: datetime) -> SafeString | str:
    """Say which builds brought a version out, from when to when; empty for one that none did."""
    if found.is_out:
        return _out(found, now)
    if found.place == Place.PUBLISHING:
        return say(_("In build {number}, which is under way."), number=found.build)
    if found.place != Place.GONE or found.since is None:
        return ""
    since = clock.when(found.since, now)
    first = _("Live from build {first}, {since}") if found.is_checked else _("In build {first}, finished {since}")
    begun = say(first, first=found.first_build, since=since)
    if found.build is None or found.at is None:
        return say("{begun}.", begun=begun)
    until = _("{begun}, until build {number}, {time}.")
    return say(until, begun=begun, number=found.build, time=clock.when(found.at, now))
