"""Taking over what GitLab says of a pipeline: the only way from a pipeline's status to a build's state."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from deploys import wake
from deploys.builds import pace
from deploys.builds.failures import explain
from deploys.builds.line import wake_next
from deploys.builds.steps.jobs import sync_jobs
from deploys.content import actions as content
from deploys.gitlab.client import GitLab
from deploys.gitlab.errors import GitLabNotFound
from deploys.gitlab.types import Pipeline
from deploys.lifecycle import ENDED, MEANING, State, next_state
from deploys.models import Build, Environment
from deploys.releases import actions as releases
from deploys.transitions import advance, learn, note

logger = logging.getLogger(__name__)

WORDS = {
    State.PENDING: "Waits for the build service",
    State.RUNNING: "Started",
    State.WAITING: "Waits for a person in GitLab",
    State.SUCCEEDED: "Finished",
    State.FAILED: "Failed",
    State.CANCELED: "Stopped",
}


def apply(build: Build, pipeline: Pipeline, gitlab: GitLab) -> None:
    """Bring the build to what this pipeline says. An answer older than the last one changes nothing.

    Jobs are fetched before an end, which they explain, and after any other move. Raises the errors of reading.
    """
    if _is_older(build, pipeline):
        return
    _tell_unknown_status(build, pipeline)
    is_news = pipeline.status != build.pipeline_status or pipeline.updated_at != build.pipeline_updated_at
    is_end = MEANING.get(pipeline.status) in ENDED
    if is_end and is_news:
        with suppress(GitLabNotFound):  # no jobs to be seen is no reason to doubt an end that GitLab has just told
            sync_jobs(build, gitlab)
    _follow(build, pipeline, gitlab, is_news=is_news)
    if not is_end and (is_news or MEANING.get(pipeline.status) == State.RUNNING):
        sync_jobs(build, gitlab)


def _follow(build: Build, pipeline: Pipeline, gitlab: GitLab, *, is_news: bool) -> None:
    """Make the moves that the status asks for, or note that it is the same as before."""
    facts = _facts(build, pipeline)
    is_our_own_end = build.error_class == "timeout" and pipeline.status == "canceled"
    moved = False
    while not is_our_own_end and (target := next_state(State(build.state), pipeline.status)) is not None:
        if not _move(build, target, pipeline, gitlab, facts):
            return
        moved = True
    if is_news and not moved:
        learn(build, **facts)
    elif not moved:
        Build.objects.filter(pk=build.pk).update(heard_at=facts["heard_at"], next_look_at=facts.get("next_look_at"))


def _tell_unknown_status(build: Build, pipeline: Pipeline) -> None:
    """A status that GitLab added since: followed on, and told once."""
    status = pipeline.status
    if status in MEANING or status == build.pipeline_status:
        return
    logger.warning("GitLab says %r of pipeline %s, which is no known status; following on.", status, pipeline.id)
    note(build, f"GitLab says “{status}”, which Buildhub does not know; it keeps looking")


def _is_older(build: Build, pipeline: Pipeline) -> bool:
    """A replica that lags or an answer that was overtaken."""
    known = build.pipeline_updated_at
    return known is not None and pipeline.updated_at is not None and pipeline.updated_at < known


def _facts(build: Build, pipeline: Pipeline) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "pipeline_status": pipeline.status,
        "pipeline_updated_at": pipeline.updated_at,
        "heard_at": now(),
        "missing_since": None,
        "waiting_note": _waiting_note(pipeline),
    }
    if MEANING.get(pipeline.status) not in ENDED:
        facts["next_look_at"] = pace.next_look(build.claimed_at or build.requested_at)
    if pipeline.started_at and build.started_at is None:
        facts["started_at"] = pipeline.started_at
    return facts


def _waiting_note(pipeline: Pipeline) -> str:
    return {
        "waiting_for_resource": "Another build uses the web host; this one goes on after it.",
        "manual": "Somebody has to press a button in GitLab before it goes on.",
        "scheduled": "GitLab goes on with it at a set time.",
    }.get(pipeline.status, "")


def _move(build: Build, target: State, pipeline: Pipeline, gitlab: GitLab, facts: dict[str, Any]) -> bool:
    """Make one move with what belongs to it. False when it was not made."""
    if target == State.FAILED:
        error_class, error_facts = explain(build, pipeline, gitlab)
        facts = facts | {"error_class": error_class, "error_facts": error_facts}
    if target in ENDED:
        facts = {name: value for name, value in facts.items() if name not in {"next_look_at", "waiting_note"}}
        if build.is_foreign:
            facts["finished_at"] = _ended_at(build, pipeline)
    with transaction.atomic():
        Environment.objects.select_for_update().get(pk=build.environment_id)
        reopened = build.state in ENDED and target not in ENDED
        if reopened and not build.is_foreign and build.environment.builds.active().ours().exclude(pk=build.pk).exists():
            note(
                build,
                "Runs again in GitLab while another build is under way",
                pipeline_status=pipeline.status,
            )
            return False
        if reopened:
            facts = facts | {"deadline_at": now() + build.environment.time_limit, "percent_floor": 0}
        if not advance(build, target, note=_words(build, target, reopened=reopened), **facts):
            return False
        if target == State.SUCCEEDED:
            _succeeded(build)
        if target == State.FAILED and build.error_class == "held_back" and build.environment.target:
            pk = build.pk
            transaction.on_commit(lambda: wake.explain_held_back(pk))
        if target in ENDED:
            wake_next(build.environment_id)
    return True


def _succeeded(build: Build) -> None:
    """What a good end leads to: a release that is looked for, and a reading."""
    live = build.environment.live_release
    if build.is_foreign and live and build.finished_at and build.finished_at < live.created_at:
        return  # found long after its end: something later is live
    releases.record(build)
    content.read_all(build.site)  # what moved while the pipeline ran may be in it or not


def _ended_at(build: Build, pipeline: Pipeline) -> datetime:
    """When a pipeline ended that nobody here may have followed; its list names only when it last changed."""
    return max(build.requested_at, pipeline.finished_at or pipeline.updated_at or now())


def _words(build: Build, target: State, *, reopened: bool) -> str:
    if reopened:
        return "Runs again in GitLab"
    if target == State.CANCELED and not build.cancel_requested_at:
        return "Stopped in GitLab"
    return WORDS[target]
