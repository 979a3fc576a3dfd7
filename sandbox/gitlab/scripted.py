"""Pipelines that follow orders: any status at any time, with jobs to match, and no job really runs."""

from sandbox.gitlab.changes import set_job_status, set_pipeline_status
from sandbox.gitlab.records import STATUSES, Job, Pipeline
from sandbox.gitlab.world import World

NEXT = {"created": "pending", "pending": "running", "running": "success", "canceling": "canceled"}
# What the jobs after the one that gave the pipeline its status are then.
_FOLLOWERS = {"failed": "skipped", "skipped": "skipped", "canceled": "canceled", "success": "success"}


def force(world: World, pipeline: Pipeline, status: str) -> None:
    """Put the pipeline and its jobs into a status; a word that GitLab does not know changes the pipeline only."""
    if status in STATUSES:
        done_before, first, rest = _parts(pipeline)
        if status == "success":
            for job in [*done_before, *([first] if first else []), *rest]:
                _move(world, job, "success")
        elif first is not None:
            _move(world, first, status)
            for job in rest:
                _move(world, job, _FOLLOWERS.get(status, "created"))
    set_pipeline_status(world, pipeline, status)
    world.storage.save_pipeline(pipeline)


def _parts(pipeline: Pipeline) -> tuple[list[Job], Job | None, list[Job]]:
    """Jobs that succeeded, the one whose turn it is, and those after it."""
    jobs = pipeline.latest_jobs
    done = [job for job in jobs if job.status == "success"]
    open_jobs = [job for job in jobs if job.status != "success"]
    if not open_jobs:
        return done[:-1], done[-1] if done else None, []
    return done, open_jobs[0], open_jobs[1:]


def _move(world: World, job: Job, status: str) -> None:
    if status in ("success", "failed") and job.started_at is None:
        set_job_status(world, job, "running")
    set_job_status(world, job, status, reason="script_failure" if status == "failed" else None)
