"""Taking a build from the line: one worker at a time, one active build per environment, first come first."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from deploys.builds import line
from deploys.builds.estimates import usual_seconds
from deploys.lifecycle import State
from deploys.models import Build, Environment
from deploys.transitions import advance


def claim(build_id: int) -> Build | None:
    """Lease the build for one attempt. None when it is not its turn, somebody else has it, or it is past starting.

    The lease is longer than the longest attempt, and `attempts` fences a worker that comes back too late.
    """
    with transaction.atomic():
        build = _locked(build_id)
        if build is None:
            return None
        lease_until = now() + timedelta(seconds=settings.START_LEASE)
        if build.state == State.QUEUED and line.is_its_turn(build, now()):
            return _leave_the_line(build, lease_until=lease_until)
        if build.state == State.STARTING and (build.lease_until is None or build.lease_until <= now()):
            Build.objects.filter(pk=build.pk).update(attempts=F("attempts") + 1, lease_until=lease_until)
            build.refresh_from_db()
            return build
    return None


def _locked(build_id: int) -> Build | None:
    """Lock the environment and those it takes turns with, then the build. None when another worker holds the build."""
    environment_id = Build.objects.values_list("environment_id", flat=True).get(pk=build_id)
    Environment(pk=environment_id).lock_turns()
    related = Build.objects.select_related(
        "environment__gitlab_project", "environment__site", "environment__freeze", "site"
    )
    return related.select_for_update(skip_locked=True, of=("self",)).filter(pk=build_id).first()


def _leave_the_line(build: Build, *, lease_until: object) -> Build:
    advance(
        build,
        State.STARTING,
        note="Left the line",
        attempts=1,
        lease_until=lease_until,
        claimed_at=now(),
        deadline_at=now() + timedelta(seconds=settings.START_DEADLINE),
        usual=usual_seconds(build.environment),
    )
    return build
