"""What happened when: the events of a build as lines with a tone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

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


def moments(events: Iterable[Event]) -> list[Moment]:
    """The lines for these events, in their order."""
    return [Moment(at=event.at, words=_words(event), tone=_TONES.get(event.new, "")) for event in events]


def _words(event: Event) -> str:
    if event.note:
        return event.note
    return str(_WORDS[State(event.new)]) if event.new in State.values else str(event)
