"""What keeps a build in line besides those before it: the seconds in which a press can be undone, and a pause."""

from __future__ import annotations

from datetime import datetime

from deploys.models import Build


def may_leave(build: Build, moment: datetime) -> bool:
    """True when nothing but another build's turn may keep it. Reads `environment.freeze`: select it."""
    return not grace_left(build, moment) and not is_paused(build, moment)


def grace_left(build: Build, moment: datetime) -> float:
    """Seconds in which the press can still be undone."""
    return max(0.0, (build.not_before - moment).total_seconds()) if build.not_before else 0.0


def is_paused(build: Build, moment: datetime) -> bool:
    """True while a pause of publishing keeps it. An earlier version may come back all the same, in an emergency."""
    freeze = build.environment.freeze
    if freeze is None or build.through_freeze or build.brings_back_id is not None:
        return False
    return freeze.is_in_force(moment)
