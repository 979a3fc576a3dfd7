"""The only functions that change a status: they set the times, write the row and tell the webhooks."""

from sandbox.gitlab.composite import composite
from sandbox.gitlab.records import Job, Pipeline
from sandbox.gitlab.times import now
from sandbox.gitlab.world import World

ENDED = ("success", "failed", "canceled")


def set_job_status(world: World, job: Job, status: str, *, reason: str | None = None) -> None:
    """Move a job; `reason` is GitLab's failure reason. A job that is already there stays untouched."""
    if job.status == status:
        return
    moment = now()
    job.status = status
    job.updated_at = moment
    if status == "pending":
        job.queued_at = moment
    elif status == "running":
        job.started_at = moment
    elif status in ENDED:
        job.finished_at = moment
    job.failure_reason = reason if status == "failed" else None
    world.storage.save_job(job)
    world.hooks.job_changed(job)


def settle(world: World, pipeline: Pipeline) -> None:
    """Give the pipeline the status that follows from its jobs."""
    status = composite(pipeline.latest_jobs)
    if status is not None and not pipeline.scripted:
        set_pipeline_status(world, pipeline, status)


def set_pipeline_status(world: World, pipeline: Pipeline, status: str) -> None:
    """Move a pipeline. `started_at` is set once; skipped and manual pipelines get no `finished_at`.

    Source: GitLab docs, pipelines API, and the state machine that its answers show.
    """
    if pipeline.status == status:
        return
    moment = now()
    pipeline.status = status
    pipeline.updated_at = moment
    if status == "running" and pipeline.started_at is None:
        pipeline.started_at = moment
    if status in ENDED:
        pipeline.finished_at = moment
        pipeline.duration = running_seconds(pipeline)
    world.storage.save_pipeline(pipeline)
    world.hooks.pipeline_changed(pipeline)


def running_seconds(pipeline: Pipeline) -> int | None:
    """Whole seconds in which at least one job ran; None when none did."""
    spans = sorted(
        (job.started_at, job.finished_at)
        for job in pipeline.jobs
        if job.started_at is not None and job.finished_at is not None
    )
    total, covered = 0.0, 0.0
    for start, end in spans:
        total += max(0.0, end - max(start, covered))
        covered = max(covered, end)
    return int(total) if spans else None
