"""Fetching job logs piece by piece, so that pages can show them without asking GitLab."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Value
from django.db.models.functions import Concat
from django.utils.timezone import now

from deploys.builds.steps.progress import note_progress
from deploys.gitlab.client import GitLab
from deploys.gitlab.connect import connect
from deploys.gitlab.errors import GitLabError
from deploys.models import Build, Job, JobLog
from deploys.retention.logs import days_of_ended_log

PIECE = 512 * 1024
MOST_KEPT = 4 * 1024 * 1024
AGAIN_AFTER = timedelta(seconds=1.5)
LISTEN_EVERY = timedelta(seconds=4.5)  # a tick comes every 2 seconds: at most one look in about 6


def fetch_logs(build_id: int) -> None:
    """Bring the logs of a build up to date; called while somebody reads them. One worker at a time per log."""
    build = Build.objects.select_related("environment__gitlab_project", "site").get(pk=build_id)
    if build.environment.gitlab_project is None or days_of_ended_log(build, now()) is not None:
        return  # what was given up is not fetched once more
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
    if not _take(log):
        return log.text
    was_over, known, read_before = job.is_over, len(log.text), log.bytes_read
    more = True
    try:
        while more:
            piece = gitlab.read_trace(job.job_id, offset=log.bytes_read, limit=PIECE)
            log.text += _text_of(piece.data)
            log.bytes_read = piece.next_offset
            more = piece.more and log.bytes_read < MOST_KEPT
    except GitLabError:
        return log.text
    log.is_complete = was_over
    mine = JobLog.objects.filter(pk=log.pk, bytes_read=read_before)
    if mine.update(text=log.text, bytes_read=log.bytes_read, is_complete=log.is_complete) and not was_over:
        note_progress(job, log.text[known:])
    return log.text


def listen(job: Job, gitlab: GitLab) -> None:
    """Read on in the log of a running job for what it says of its progress: at most one call, every few seconds.

    Takes whole lines only, so that none is cut in two.
    """
    log, made = JobLog.objects.defer("text").get_or_create(job=job)
    heard_lately = not made and log.asked_at > now() - LISTEN_EVERY
    if heard_lately or log.bytes_read >= MOST_KEPT or not _take(log):
        return
    try:
        piece = gitlab.read_trace(job.job_id, offset=log.bytes_read, limit=PIECE)
    except GitLabError:
        return
    lines = piece.data[: piece.data.rfind(b"\n") + 1] or (piece.data if piece.more else b"")
    text, through = _text_of(lines), log.bytes_read + len(lines)
    mine = JobLog.objects.filter(pk=log.pk, bytes_read=log.bytes_read)
    if text and mine.update(text=Concat("text", Value(text)), bytes_read=through):
        note_progress(job, text)


def _take(log: JobLog) -> bool:
    """Claim the next question about this log. False when another worker asks right now."""
    return bool(JobLog.objects.filter(pk=log.pk, asked_at=log.asked_at).update(asked_at=now()))


def _text_of(data: bytes) -> str:
    return data.decode(errors="replace").replace("\x00", "")
