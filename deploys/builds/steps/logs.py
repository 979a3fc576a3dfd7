"""Fetching job logs piece by piece, so that pages can show them without asking GitLab."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import now

from deploys.gitlab.client import GitLab
from deploys.gitlab.connect import connect
from deploys.gitlab.errors import GitLabError
from deploys.models import Build, Job, JobLog

PIECE = 512 * 1024
MOST_KEPT = 4 * 1024 * 1024
AGAIN_AFTER = timedelta(seconds=1.5)


def fetch_logs(build_id: int) -> None:
    """Bring the logs of a build up to date; called while somebody reads them. One worker at a time per log."""
    build = Build.objects.select_related("environment__gitlab_project").get(pk=build_id)
    if build.environment.gitlab_project is None:
        return
    with connect(build.environment.gitlab_project) as gitlab:
        for job in build.jobs.exclude(status__in=["created", "pending", "manual", "skipped"]):
            fetch_log(job, gitlab)


def fetch_log(job: Job, gitlab: GitLab) -> str:
    """Append what is new of a job's log and return the whole text. A log that cannot be read stays as it is."""
    log, made = JobLog.objects.get_or_create(job=job)
    if log.is_complete:
        return log.text
    if not made and not job.is_over and log.asked_at > now() - AGAIN_AFTER:
        return log.text
    if not JobLog.objects.filter(pk=log.pk, asked_at=log.asked_at).update(asked_at=now()):
        return log.text
    was_over = job.is_over
    more = True
    try:
        while more:
            piece = gitlab.read_trace(job.job_id, offset=log.bytes_read, limit=PIECE)
            log.text += piece.data.decode(errors="replace").replace("\x00", "")
            log.bytes_read = piece.next_offset
            more = piece.more and log.bytes_read < MOST_KEPT
    except GitLabError:
        return log.text
    log.is_complete = was_over
    JobLog.objects.filter(pk=log.pk).update(text=log.text, bytes_read=log.bytes_read, is_complete=log.is_complete)
    return log.text
