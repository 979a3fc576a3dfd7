"""A pipeline becomes a build's own, fenced against a worker that comes back too late."""

from __future__ import annotations

from django.utils.timezone import now

from deploys.builds.steps.apply import apply
from deploys.gitlab.client import GitLab
from deploys.gitlab.errors import GitLabError
from deploys.gitlab.types import Pipeline
from deploys.lifecycle import State
from deploys.models import Build
from deploys.transitions import advance


def adopt(build: Build, pipeline: Pipeline, gitlab: GitLab) -> None:
    """Store the pipeline and take over what it already says; it may be running, failed or done."""
    moved = advance(
        build,
        State.PENDING,
        attempt=build.attempts,
        note="The build service took it",
        event_facts={"pipeline_id": pipeline.id},
        pipeline_id=pipeline.id,
        pipeline_url=pipeline.web_url,
        pipeline_status="",
        sha=pipeline.sha,
        heard_at=now(),
        next_look_at=now(),
        deadline_at=now() + build.environment.time_limit,
        lease_until=None,
        waiting_note="",
    )
    if not moved:
        return
    try:
        apply(build, pipeline, gitlab)
        if build.cancel_requested_at and build.is_open:
            gitlab.cancel_pipeline(pipeline.id)
    except GitLabError:
        return  # it is ours by now; the observer looks again, and the sweep repeats a stop
