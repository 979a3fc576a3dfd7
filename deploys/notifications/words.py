"""What sentences are made of: the value that is said, and the parts that several kinds of occurrence share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.timezone import now as current_time
from django.utils.translation import gettext as _

from deploys.models import Build, Occurrence, User
from deploys.web import clock
from deploys.web.pills import Pill


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is said: `word` as on the card's badge, with its tone (idle, ok, warn, bad); plain text throughout."""

    word: str
    tone: str
    headline: str
    text: list[str]
    todo: list[str] = field(default_factory=list)
    works_again: bool = False


def build_of(occurrence: Occurrence) -> Build:
    """The build that it is about. Raises ValueError when it is about none."""
    if occurrence.build is None:
        raise ValueError(f"{occurrence} is about no build.")
    return occurrence.build


def words(pill: Pill, headline: str, *text: str, todo: list[str] | None = None) -> Words:
    """Put it together, under the word of this mark."""
    return Words(word=str(pill.word), tone=pill.tone, headline=headline, text=list(text), todo=todo or [])


def asked(build: Build, moment: datetime, reader: User | None) -> str:
    """Who asked for it and when."""
    time = clock.moment_words(build.requested_at, moment)
    number = build.number
    if build.is_foreign and build.started_by:
        text = _("{name} started build {number} in GitLab {time}.")
        return text.format(name=build.started_by, number=number, time=time)
    if build.requested_by is None:
        return _("Build {number} was asked for {time}.").format(number=number, time=time)
    if reader is not None and build.requested_by_id == reader.pk:
        return _("You asked for build {number} {time}.").format(number=number, time=time)
    return _("{name} asked for build {number} {time}.").format(name=build.requested_by.name, number=number, time=time)


def moment_of(text: str) -> datetime:
    """A moment of the facts; one that nobody can read counts as now."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        return current_time()
