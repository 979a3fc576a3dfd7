"""What can come of a try: an answer, or one of our errors. str(error) is one plain sentence without any secret."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Answer:
    """It was taken. `status` is the answer's number, None where there is none; `words` how it was put."""

    words: str
    status: int | None = None


class NotDelivered(Exception):
    """Base of the family. status: the answer's number, if one came."""

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class Unavailable(NotDelivered):
    """Not now: try again later. retry_after: seconds that we were asked to wait."""

    def __init__(self, sentence: str, *, status: int | None = None, retry_after: float = 0.0) -> None:
        super().__init__(sentence, status=status)
        self.retry_after = retry_after


class Refused(NotDelivered):
    """No, and the next try would get the same answer: a person has to change something."""


class Gone(Refused):
    """The place does not want messages any more: it is switched off."""
