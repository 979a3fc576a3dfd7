"""What happened when: the events of a build as lines with a tone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from deploys.lifecycle import State
from deploys.models import Event

_TONES: dict[str, str] = {State.FAILED: "bad", State.LOST: "bad", State.SUCCEEDED: "ok"}
_WORDS = {
    State.QUEUED: _("In line again"),
    State.STARTING: _("Its turn has come"),
    State.UNKNOWN: _("The answer of the build service got lost"),
    State.PENDING: _("The build service took it on"),
    State.RUNNING: _("Under way"),
    State.WAITING: _("Waits for someone to let it go on"),
    State.SUCCEEDED: _("Built"),
    State.FAILED: _("Failed"),
    State.CANCELED: _("Stopped"),
    State.LOST: _("Given up: nothing was heard of it"),
    State.SUPERSEDED: _("A later publish took its changes along"),
}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One line: when, what, and a tone (ok, bad or empty)."""

    at: datetime
    words: str
    tone: str


def moments(events: Iterable[Event], *, is_held_back: bool = False) -> list[Moment]:
    """The lines for these events, in their order. A build that was held back did not fail."""
    return [_held_back(event) if is_held_back and event.new == State.FAILED else _moment(event) for event in events]


def _moment(event: Event) -> Moment:
    return Moment(at=event.at, words=_words(event), tone=_TONES.get(event.new, ""))


def _held_back(event: Event) -> Moment:
    return Moment(at=event.at, words=gettext("Held back: nothing was changed"), tone="")


def _words(event: Event) -> str:
    if event.note:
        return event.note
    return str(_WORDS[State(event.new)]) if event.new in State.values else str(event)
