"""The line: whose turn it is, who stands before whom, and what keeps a build in it besides those before it.

Builds of one environment take turns. So do pipelines of environments that share a resource in GitLab, whose own
resource_group hands it to whichever job comes first: what was requested first is not overtaken here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.lifecycle import ACTIVE, OPEN, State
from deploys.models import Build, Environment, Kind
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
        note(build, "It waits for a second person to approve it", tells=Kind.TO_APPROVE)


def _is_held(build: Build, moment: datetime) -> bool:
    return is_paused(build, moment) or waits_for_approval(build)


def is_its_turn(build: Build, moment: datetime) -> bool:
    """True when it may leave the line now. Lock the turns of its environment first."""
    return may_leave(build, moment) and not ahead_of(build, moment)


def ahead_of(build: Build, moment: datetime) -> list[Build]:
    """What goes before a build in line, in that order: what is under way, and what was asked for earlier. One query.

    One that a pause or a second person keeps lets others go first. A copy needs nothing of GitLab: only its own
    environment holds it up.
    """
    environment = build.environment
    rivals = environment.builds.all() if build.is_copy else Build.objects.taking_turns_with(environment)
    found = rivals.filter(state__in=OPEN).exclude(pk=build.pk).select_related("environment__freeze").order_by("pk")
    before = [one for one in found if _goes_before(one, build, moment)]
    return sorted(before, key=lambda one: one.state == State.QUEUED)


def _goes_before(one: Build, build: Build, moment: datetime) -> bool:
    if one.state != State.QUEUED:
        return is_in_the_way(one, moment)
    return one.pk < build.pk and not _is_held(one, moment)


def is_in_the_way(build: Build, moment: datetime) -> bool:
    """True for what is under way and may touch the host, so that others wait. Reads `environment`.

    One that GitLab started by itself holds nobody up while it waits for a person there, or for longer than a build may
    take: nobody here can give it up.
    """
    if build.state not in ACTIVE or not build.is_foreign:
        return build.state in ACTIVE
    return build.state != State.WAITING and build.requested_at + build.environment.time_limit > moment


def under_way(open_builds: Iterable[Build], moment: datetime) -> Build | None:
    """The build that people wait for: our own, else one of GitLab that is in the way."""
    moving = [build for build in open_builds if is_in_the_way(build, moment)]
    return min(moving, key=lambda build: build.is_foreign, default=None)


def under_way_at(environment: Environment, moment: datetime) -> Build | None:
    """The same, read anew. One query."""
    return under_way(environment.builds.active().select_related("environment").order_by("number"), moment)


def wake_next(environment_id: int) -> None:
    """After the transaction, wake the builds whose turn may have come when one of this environment is over."""
    environment = Environment.objects.get(pk=environment_id)
    waiting = Build.objects.taking_turns_with(environment).in_line().select_related("environment__freeze")
    for build in waiting.order_by("pk"):
        if not _is_held(build, now()):
            transaction.on_commit(partial(wake.start, build.pk))
            return
