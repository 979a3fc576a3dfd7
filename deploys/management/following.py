"""Following a build from a shell: plain lines for a pipe, JSON for machines, one moving line on a terminal."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.management.base import OutputWrapper
from django.utils.timezone import localtime, now

from deploys.builds import line, time_left
from deploys.lifecycle import State
from deploys.models import Build, Event, Proof, Release

LOOK_EVERY = 0.5  # seconds
_WIDTH, _BAR = 78, 20
_STANDS = {
    State.QUEUED: "in line",
    State.STARTING: "starting",
    State.UNKNOWN: "nobody knows whether it began; a person decides on its page",
    State.WAITING: "waits for a person in GitLab",
}


class TimeOver(Exception):
    """The build was not over in the time that was given."""


@dataclass
class Teller:
    """Writes what happens. `lines` moves one line in place where a person looks on."""

    out: OutputWrapper
    as_json: bool

    def __post_init__(self) -> None:
        self._moving = 0

    @property
    def is_terminal(self) -> bool:
        """A person looks on, and wants no JSON."""
        return not self.as_json and self.out.isatty()

    def say(self, build: Build, kind: str, words: str, **facts: Any) -> None:
        """One line."""
        self.clear()
        if self.as_json:
            self.out.write(
                json.dumps({"kind": kind, "build": build.number, "words": words, **facts}, ensure_ascii=False)
            )
        else:
            self.out.write(f"{localtime():%H:%M:%S}  build {build.number}  {words}")
        self.out.flush()

    def move(self, text: str) -> None:
        """Put this in the moving line; nothing where there is none."""
        if self.is_terminal:
            shown = text[:_WIDTH]
            self.out.write(f"\r{shown:<{self._moving}}", ending="")
            self.out.flush()
            self._moving = len(shown)

    def clear(self) -> None:
        """Take the moving line away."""
        if self._moving:
            self.out.write(f"\r{'':<{self._moving}}\r", ending="")
            self._moving = 0


def follow(build: Build, teller: Teller, *, seconds: float | None) -> Build:
    """Tell each event until the build, or the one that took it over, has ended; gives it back. Raises TimeOver."""
    ends, told_hold = time.monotonic() + seconds if seconds is not None else None, ""
    while True:
        for event in _events(build, teller):
            if event is not None:
                teller.say(build, "event", event.note, at=event.at.isoformat(), state=event.new)
                continue
            if (hold := _held(build, now())) != told_hold:
                told_hold = hold
                if hold:
                    teller.say(build, "waits", hold)
            if ends is not None and time.monotonic() >= ends:
                raise TimeOver
        build.refresh_from_db()
        if build.superseded_by is None:
            return build
        later = build.superseded_by
        teller.say(build, "event", f"Build {later.number} takes its changes along", followed_by=later.number)
        build = later


def went_live(build: Build) -> bool:
    """True when visitors see it, or as much as can be known without a marker."""
    release: Release | None = getattr(build, "release", None)
    if build.state != State.SUCCEEDED or release is None:
        return False
    return release.is_proved or release.proof == Proof.UNCHECKED


def _events(build: Build, teller: Teller) -> Iterator[Event | None]:
    """The events as they come, and None after each look that was not the last."""
    last = 0
    while True:
        fresh = Build.objects.select_related("release", "environment__freeze", "environment__site").get(pk=build.pk)
        settled = _is_settled(fresh)
        for event in build.events.filter(pk__gt=last):
            last = event.pk
            yield event
        if settled:
            return
        yield None
        teller.move(_standing(fresh, now()))
        time.sleep(LOOK_EVERY)


def _is_settled(fresh: Build) -> bool:
    """Over, and proved or known to be unprovable where it went well."""
    if fresh.state == State.SUCCEEDED:
        return fresh.release.proof != Proof.PENDING
    return fresh.is_ended or fresh.state == State.UNKNOWN


def _held(build: Build, moment: datetime) -> str:
    """What keeps a build in line besides its turn, in words; empty when nothing does."""
    fresh = Build.objects.select_related("environment__freeze", "environment__site").get(pk=build.pk)
    if fresh.state != State.QUEUED:
        return ""
    freeze = fresh.environment.freeze
    if freeze and line.is_paused(fresh, moment):
        until = localtime(freeze.ends_at)
        return f"Publishing is paused until {until:%Y-%m-%d %H:%M %Z} ({freeze.reason}). It starts by itself then."
    if line.waits_for_approval(fresh):
        return "A second person has to approve it on its page before it starts."
    return ""


def _standing(build: Build, moment: datetime) -> str:
    """How far it is: a bar where past builds tell, else words."""
    if build.state in _STANDS:
        return f"  {_STANDS[State(build.state)]}"
    if build.state == State.SUCCEEDED:
        return "  finished; waiting until the site shows it"
    jobs = list(build.jobs.all())
    step = next((job.name for job in jobs if job.status == "running"), "")
    percent, left = time_left.percent(build, jobs, moment), time_left.seconds_left(build, jobs, moment)
    if percent is None:
        return f"  under way  {step}"
    filled = round(percent / 100 * _BAR)
    rest = f"about {max(1, round(left / 60))} min left" if left and left > 50 else "less than a minute left"
    return f"  {'#' * filled}{'.' * (_BAR - filled)} {percent:>3} %  {rest}  {step}"
