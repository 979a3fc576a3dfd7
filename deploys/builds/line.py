"""What keeps a build in line besides those before it: time to undo a press, a pause, and a second person's word."""

from __future__ import annotations

from datetime import datetime

from deploys.lifecycle import State
from deploys.models import Build
from deploys.transitions import note


def may_leave(build: Build, moment: datetime) -> bool:
    """True when nothing but another build's turn may keep it. Reads `environment.freeze`: select it."""
    return not grace_left(build, moment) and not is_paused(build, moment) and not waits_for_approval(build)


def grace_left(build: Build, moment: datetime) -> float:
    """Seconds in which the press can still be undone."""
    return max(0.0, (build.not_before - moment).total_seconds()) if build.not_before else 0.0


def is_paused(build: Build, moment: datetime) -> bool:
    """True while a pause of publishing keeps it. An earlier version may come back all the same, in an emergency."""
    freeze = build.environment.freeze
    if freeze is None or build.through_freeze or build.brings_back_id is not None:
        return False
    return freeze.is_in_force(moment)


def waits_for_approval(build: Build) -> bool:
    """True for a build in line that a second person has to approve, whoever or whatever asked for it.

    An earlier version may come back without: that is for emergencies, and visitors have seen it before. Previews go
    live for nobody.
    """
    environment = build.environment
    if build.state != State.QUEUED or not environment.four_eyes or environment.is_for_previews:
        return False
    return build.approved_at is None and build.brings_back_id is None


def note_if_held(build: Build) -> None:
    """Record that a second person has to approve the build, if so: whoever follows it has to know why it waits."""
    if waits_for_approval(build):
        note(build, "It waits for a second person to approve it")
