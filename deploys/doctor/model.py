"""What a check is, and what it finds. Values only; nothing here asks anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing stands. UNKNOWN: it could not be looked at, which says nothing about the thing itself."""

    OK = "ok"
    UNKNOWN = "unknown"
    MISSING = "missing"
    WRONG = "wrong"


_WORST_LAST = (State.OK, State.UNKNOWN, State.MISSING, State.WRONG)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """How one thing stands.

    key: a stable name, such as `bucket.private`. subject: the thing, in words. sentence: what was found. next_step:
    what to do, command: what to type for it, docs: where it is written down, all "" when there is nothing to do.
    is_needed: without it something does not work or is not safe; else it is advice.
    """

    key: str
    subject: str
    state: State
    sentence: str
    next_step: str = ""
    command: str = ""
    docs: str = ""
    is_needed: bool = True

    @property
    def counts(self) -> bool:
        """True when something has to be done, or seen, before all is well."""
        return self.is_needed and self.state != State.OK


class CannotLook(Exception):
    """A thing could not be looked at. str() says why, `next_step` what would let us."""

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.next_step = next_step


class NobodyCanLook(CannotLook):
    """Nothing that follows can be looked at either."""


class NothingThere(Exception):
    """A thing cannot be looked at because what it belongs to is not there; str() says what that is."""


@dataclass(frozen=True)
class Thing:
    """Something that is looked at: its stable name, and what people call it. Makes the findings about it."""

    key: str
    subject: str

    def ok(self, sentence: str) -> Finding:
        """It is as it must be."""
        return Finding(key=self.key, subject=self.subject, state=State.OK, sentence=sentence)

    def missing(self, sentence: str, next_step: str, command: str = "", *, is_needed: bool = True) -> Finding:
        """It is not there."""
        return self._to_do(State.MISSING, sentence, next_step, command, is_needed=is_needed)

    def wrong(self, sentence: str, next_step: str, command: str = "", *, is_needed: bool = True) -> Finding:
        """It is there, and not as it must be."""
        return self._to_do(State.WRONG, sentence, next_step, command, is_needed=is_needed)

    def unknown(self, sentence: str, next_step: str = "", command: str = "", *, is_needed: bool = True) -> Finding:
        """Nobody can say."""
        return self._to_do(State.UNKNOWN, sentence, next_step, command, is_needed=is_needed)

    def _to_do(self, state: State, sentence: str, next_step: str, command: str, *, is_needed: bool) -> Finding:
        return Finding(
            key=self.key,
            subject=self.subject,
            state=state,
            sentence=sentence,
            next_step=next_step,
            command=command,
            is_needed=is_needed,
        )


@dataclass(frozen=True, kw_only=True)
class Look:
    """A part of a check: what is looked at, and how. `run` may raise CannotLook or NothingThere."""

    thing: Thing
    run: Callable[[], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Check:
    """A step of a set-up with its parts in order. docs: where the step is written down."""

    key: str
    title: str
    looks: tuple[Look, ...]
    docs: str = ""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A check that was carried out. of: what was looked over, such as `museum/live`; "" for the whole installation."""

    key: str
    title: str
    findings: tuple[Finding, ...]
    of: str = ""

    @property
    def state(self) -> State:
        """The worst of what counts; OK when nothing does."""
        return worst(finding.state for finding in self.findings if finding.counts)


def worst(states: Iterable[State]) -> State:
    """The state to begin with; OK where there is none."""
    return max(states, key=_WORST_LAST.index, default=State.OK)
