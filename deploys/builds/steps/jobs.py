"""Keeping the jobs of a build as GitLab tells them."""

from __future__ import annotations

from django.db import transaction

from deploys.builds.stages import step_of
from deploys.builds.steps import bar
from deploys.builds.steps.logs import listen
from deploys.gitlab import types
from deploys.gitlab.client import GitLab
from deploys.models import Build, Job, Step
from deploys.transitions import note

CHANGING = ("status", "started_at", "finished_at", "duration", "failure_reason", "allow_failure")
UNDER_WAY = ("running", "success", "failed", "canceling")


def sync_jobs(build: Build, gitlab: GitLab) -> None:
    """Fetch the jobs of the build's pipeline and store what changed; the first job of a step is an event.

    Of the known jobs that run, the newest is listened to for what it says of its progress.
    """
    if build.pipeline_id is None:
        return
    told = gitlab.list_jobs(build.pipeline_id, include_retried=True)
    known = {job.job_id: job for job in build.jobs.all()}
    reached = bar.reached(build, known.values())
    with transaction.atomic():
        if _store(build, told, known):
            build.environment.touch()
            bar.keep(build, reached)
    running = [job for job in known.values() if job.status == "running"]
    if running:
        listen(max(running, key=lambda job: job.job_id), gitlab)


def _store(build: Build, told: list[types.Job], known: dict[int, Job]) -> bool:
    """Write new jobs and those of the known that changed. True when there were any."""
    begun = {job.step for job in known.values() if job.status in UNDER_WAY}
    fresh = [_row(build, job) for job in told if job.id not in known]
    changed = [row for job in told if (row := known.get(job.id)) is not None and _take_over(row, job)]
    Job.objects.bulk_create(fresh, ignore_conflicts=True)
    Job.objects.bulk_update(changed, CHANGING)
    now_begun = {job.step for job in fresh + changed if job.status in UNDER_WAY} - begun
    for step in Step:
        if step in now_begun:
            note(build, _words(build, step))
    return bool(fresh or changed)


def _words(build: Build, step: Step) -> str:
    """What the timeline calls the step: a preview never goes live."""
    if step == Step.GOING_LIVE and build.environment.is_for_previews:
        return "Putting the preview up"
    return str(step.label)


def _row(build: Build, job: types.Job) -> Job:
    row = Job(
        build=build,
        job_id=job.id,
        name=job.name[:255],
        stage=job.stage[:255],
        step=step_of(job.name, job.stage),
        web_url=job.web_url,
        created_at=job.created_at,
    )
    _take_over(row, job)
    return row


def _take_over(row: Job, job: types.Job) -> bool:
    """Copy what may change. True when something did."""
    told = {
        "status": job.status[:40],
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "duration": job.duration,
        "failure_reason": (job.failure_reason or "")[:100],
        "allow_failure": job.allow_failure,
    }
    if row.status == job.status and row.finished_at == job.finished_at:
        told.pop("duration")  # grows with every look while a job runs; the start time says the same
    changed = {name: value for name, value in told.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)
