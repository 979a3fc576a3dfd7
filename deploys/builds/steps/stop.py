"""Stopping builds: because somebody asked, or because their time is over."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now

from deploys.builds.line import wake_next
from deploys.gitlab.connect import connect
from deploys.gitlab.errors import GitLabError
from deploys.lifecycle import FOLLOWED, State
from deploys.models import Build
from deploys.transitions import advance


def cancel(build_id: int) -> None:
    """Carry out a request to stop: ask GitLab, or end a build that has not been sent. The observer sees the end."""
    build = _build(build_id)
    if build.cancel_requested_at is None or build.is_ended:
        return
    if build.state in FOLLOWED:
        _cancel_pipeline(build)
    elif build.state == State.STARTING and build.sent_at is None:
        _end_unsent(build)


def _end_unsent(build: Build) -> None:
    """End a build that no worker is sending right now. One that is being sent sees the wish by itself."""
    with transaction.atomic():
        free = Build.objects.select_for_update().filter(pk=build.pk, state=State.STARTING, sent_at=None)
        if free.exists():
            actor = build.cancel_requested_by
            advance(build, State.CANCELED, actor=actor, attempt=build.attempts, note="Stopped before it began")
            wake_next(build.environment_id)


def give_up(build_id: int) -> None:
    """End a build whose deadline has passed, with what is really known about it."""
    build = _build(build_id)
    if build.deadline_at is None or build.deadline_at > now():
        return
    if build.state == State.STARTING:
        _give_up_starting(build)
    elif build.state in FOLLOWED:
        _give_up_followed(build)
    if build.is_ended:
        wake_next(build.environment_id)


def _give_up_starting(build: Build) -> None:
    if build.is_copy:
        note = "The web host did not answer in time"
        advance(
            build, State.FAILED, note=note, error_class="host_unreachable", error_facts={"detail": build.waiting_note}
        )
        return
    if build.sent_at is not None:
        advance(build, State.UNKNOWN, note="Gave up looking for it in GitLab")
        return
    note = "The build service did not answer in time"
    advance(build, State.FAILED, note=note, error_class="service_unreachable", error_facts={"service": "GitLab"})


def _give_up_followed(build: Build) -> None:
    """Failed by timeout while GitLab answers about it; lost when nothing was heard."""
    silence = timedelta(seconds=settings.SILENCE_IS_STUCK)
    if build.heard_at is None or build.heard_at <= now() - silence:
        advance(build, State.LOST, note="Nothing was heard of it in time", error_class="lost_contact")
        return
    if build.is_foreign:  # how long it may take is up to GitLab
        Build.objects.filter(pk=build.pk).update(deadline_at=now() + build.environment.time_limit)
        return
    _cancel_pipeline(build)
    minutes = round(build.environment.time_limit.total_seconds() / 60)
    note = f"Took longer than {minutes} minutes and was stopped"
    advance(build, State.FAILED, note=note, error_class="timeout", error_facts={"limit_minutes": minutes})


def _cancel_pipeline(build: Build) -> None:
    """Ask GitLab to cancel. No answer is no harm: the sweep asks again."""
    project = build.environment.gitlab_project
    if project is None or build.pipeline_id is None:
        return
    try:
        with connect(project) as gitlab:
            gitlab.cancel_pipeline(build.pipeline_id)
    except GitLabError as error:
        Build.objects.filter(pk=build.pk).update(waiting_note=f"Stopping: {error}"[:300])


def _build(build_id: int) -> Build:
    related = Build.objects.select_related("environment__site", "environment__gitlab_project", "cancel_requested_by")
    return related.get(pk=build_id)
