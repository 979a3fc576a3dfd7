"""The word, icon and tone for each state: the same on the card, in lists and in titles."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deploys.builds import approvals, line
from deploys.lifecycle import State
from deploys.models import Build, Proof


@dataclass(frozen=True, kw_only=True)
class Pill:
    """A status mark: word, icon (a name for the icon tag) and tone (idle, run, ok, warn, bad)."""

    word: str | Promise
    icon: str
    tone: str


WAITING = Pill(word=_("Waiting in line"), icon="clock", tone="idle")
APPROVAL = Pill(word=_("To approve"), icon="clock", tone="warn")
DECLINED = Pill(word=_("Declined"), icon="minus-circle", tone="idle")
STARTING = Pill(word=_("Starting"), icon="ring", tone="run")
PAUSED = Pill(word=_("Paused"), icon="pause-circle", tone="warn")
PUBLISHING = Pill(word=_("Publishing"), icon="ring", tone="run")
STOPPING = Pill(word=_("Stopping"), icon="ring", tone="run")
CONFIRMING = Pill(word=_("Confirming"), icon="ring", tone="run")
LIVE = Pill(word=_("Live"), icon="tick-circle", tone="ok")
UP_TO_DATE = Pill(word=_("Up to date"), icon="tick-circle", tone="ok")
CHANGES_WAITING = Pill(word=_("Changes waiting"), icon="publish", tone="run")
SCHEDULED = Pill(word=_("Scheduled"), icon="clock", tone="run")
PUBLISHED = Pill(word=_("Published"), icon="tick", tone="ok")
BROUGHT_BACK = Pill(word=_("Brought back"), icon="turn-back", tone="idle")
BRINGING_BACK = Pill(word=_("Bringing back"), icon="ring", tone="run")
EARLIER = Pill(word=_("Earlier version"), icon="turn-back", tone="warn")
FINISHED = Pill(word=_("Finished"), icon="tick", tone="idle")
UNCONFIRMED = Pill(word=_("Not confirmed"), icon="warning", tone="warn")
FAILED = Pill(word=_("Failed"), icon="cross", tone="bad")
HELD_BACK = Pill(word=_("Held back"), icon="pause-circle", tone="warn")
STOPPED = Pill(word=_("Stopped"), icon="minus-circle", tone="idle")
REPLACED = Pill(word=_("Replaced"), icon="minus-circle", tone="idle")
UNCLEAR = Pill(word=_("Not clear"), icon="warning", tone="warn")
SLOW = Pill(word=_("Taking longer"), icon="clock", tone="warn")
STUCK = Pill(word=_("Not responding"), icon="warning", tone="warn")
MAKING = Pill(word=_("Being made"), icon="ring", tone="run")
PREVIEW = Pill(word=_("Preview"), icon="eye", tone="idle")
NOT_YET = Pill(word=_("Not published yet"), icon="dashes", tone="idle")
NOT_SET_UP = Pill(word=_("Not set up"), icon="warning", tone="warn")
CANNOT_PUBLISH = Pill(word=_("Cannot publish"), icon="cross", tone="bad")

_BY_STATE: dict[str, Pill] = {
    State.QUEUED: WAITING,
    State.STARTING: PUBLISHING,
    State.UNKNOWN: UNCLEAR,
    State.PENDING: PUBLISHING,
    State.RUNNING: PUBLISHING,
    State.WAITING: PUBLISHING,
    State.FAILED: FAILED,
    State.LOST: FAILED,
    State.CANCELED: STOPPED,
    State.SUPERSEDED: REPLACED,
}


def is_held_back(build: Build) -> bool:
    """True when it ended before anything went live, because much of the site would have vanished."""
    return build.state == State.FAILED and build.error_class == "held_back"


def is_declined(build: Build) -> bool:
    """True when a second person did not let it go live."""
    return build.state == State.CANCELED and build.error_class == approvals.DECLINED


def _by_people(build: Build) -> Pill | None:
    """The mark of what a person has said, or has to say, about a build; None where that is not what counts."""
    if build.is_open and build.cancel_requested_at:
        return STOPPING
    if line.waits_for_approval(build):
        return APPROVAL
    if is_declined(build):
        return DECLINED
    return HELD_BACK if is_held_back(build) else None


def pill_of(build: Build) -> Pill:
    """The mark of a build in a list. Reads `build.release` and `build.environment`: select them."""
    if answered := _by_people(build):
        return answered
    if build.state == State.STARTING and build.brings_back_id:
        return BRINGING_BACK
    if build.state != State.SUCCEEDED:
        pill = _BY_STATE[build.state]
        return MAKING if pill is PUBLISHING and build.environment.is_for_previews else pill
    release = getattr(build, "release", None)
    is_live = release is not None and release.is_proved and release.pk == build.environment.live_release_id
    if build.brings_back_id and not is_live and (release is None or release.is_proved or release.replaced_at):
        return BROUGHT_BACK
    if release is None or release.proof == Proof.UNCHECKED:
        return FINISHED
    if release.is_proved and build.environment.is_for_previews:
        return PREVIEW
    if release.is_proved:
        return LIVE if is_live else PUBLISHED
    if release.replaced_at:
        return FINISHED
    return CONFIRMING if release.proof == Proof.PENDING else UNCONFIRMED
