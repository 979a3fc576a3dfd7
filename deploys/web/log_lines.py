"""The log of a build as one list of lines that only grows: the jobs in order, each after the one before is complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.timezone import now
from django.utils.translation import gettext as _

from deploys.models import Build, Job
from deploys.retention.logs import days_of_ended_log
from deploys.web import retention_words

NEWEST = 500  # lines on the page; the rest is in the download
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07")
_SECTION = re.compile(r"section_(?:start|end):\d+:[\w.\-]+(?:\[[^\]]*\])?")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z \d\d[OE][+ ]?")  # GitLab Runner, timestamps in job logs
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ERROR = re.compile(r"(?<!\b0 )(?<!\bno )\b(error|fatal|failed|exception|traceback)\b", re.IGNORECASE)
_WARNING = re.compile(r"\b(warn|warning|retrying|deprecated)\b", re.IGNORECASE)
PROTOCOL = "buildhub:"  # lines by which a job tells us facts


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line with its number, counted over the whole build, and its kind: "", bad, warn, dim or job (a heading)."""

    number: int
    text: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Lines to show, how many there are in all, and whether more may come; `gone` says it when it is not kept."""

    lines: list[Line]
    total: int
    is_complete: bool
    gone: str = ""

    @property
    def left_out(self) -> int:
        """How many lines before the first one are not shown."""
        return self.lines[0].number - 1 if self.lines else 0


def read(build: Build, *, after: int = 0, at_most: int = NEWEST) -> Piece:
    """Read the lines after this number, at most so many of the newest. One query."""
    jobs = _begun(build)
    if gone := gone_words(build, jobs):
        return Piece(lines=[], total=0, is_complete=True, gone=gone)
    raw = list(_raw_lines(jobs))
    first = max(after, len(raw) - at_most) + 1
    is_complete = build.is_ended and all(_is_complete(job) for job in jobs)
    # Only what is shown is cleaned: a log may be megabytes long, and readers ask every two seconds.
    lines = [_line(number, *raw[number - 1]) for number in range(first, len(raw) + 1)]
    return Piece(lines=lines, total=max(after, len(raw)), is_complete=is_complete)


def gone_words(build: Build, jobs: list[Job]) -> str:
    """That this log is no longer kept; empty while there is a piece of one. Asks only where there is none."""
    logs = [log for job in jobs if (log := getattr(job, "log", None))]
    if not build.is_ended or not jobs or any(log.pruned_at is None for log in logs):
        return ""
    days = days_of_ended_log(build, now())
    if days is not None:
        return retention_words.log_gone(days)
    return _("This log is no longer kept.") if logs else ""


def whole_text(build: Build) -> Iterator[str]:
    """The log for the download, line by line, cleaned as on the page: all of it that was fetched so far."""
    jobs = _begun(build)
    if gone := gone_words(build, jobs):
        yield f"{gone}\n"
        return
    for job in jobs:
        yield f"{_heading(job)}\n"
        for text in _texts(job):
            yield f"{clean(text)}\n"


def _raw_lines(jobs: list[Job]) -> Iterator[tuple[bool, str]]:
    """Each line as it came, and whether it is a heading of ours."""
    for job in jobs:
        yield True, _heading(job)
        for text in _texts(job):
            yield False, text
        # A later job waits until this one is complete, so that line numbers never change.
        if not _is_complete(job):
            return


def _line(number: int, is_heading: bool, raw: str) -> Line:
    text = raw if is_heading else clean(raw)
    return Line(number=number, text=text, kind="job" if is_heading else kind_of(text))


def _begun(build: Build) -> list[Job]:
    return [job for job in build.jobs.select_related("log").all() if job.started_at]


def _heading(job: Job) -> str:
    return _("Job {name}").format(name=job.name)


def _is_complete(job: Job) -> bool:
    log = getattr(job, "log", None)
    return log is not None and log.is_complete


def _texts(job: Job) -> Iterator[str]:
    log = getattr(job, "log", None)
    if log is None:
        return
    pieces = log.text.split("\n")
    # The last piece is either empty or a line that is still being written.
    unfinished = pieces.pop()
    if unfinished and log.is_complete:
        pieces.append(unfinished)
    for piece in pieces:
        if "section_" not in piece or clean(piece):
            yield piece


def clean(raw: str) -> str:
    """Take away colours, GitLab's section markers and time stamps, and what a carriage return wrote over."""
    text = _SECTION.sub("", _ANSI.sub("", _STAMP.sub("", raw)))
    parts = [part for part in text.split("\r") if part.strip()]
    return _CONTROL.sub("", parts[-1]).rstrip() if parts else ""


def kind_of(text: str) -> str:
    """Say how a line is shown: dim for our protocol, bad, warn, or empty for as it is."""
    if text.startswith(PROTOCOL):
        return "dim"
    if _ERROR.search(text):
        return "bad"
    return "warn" if _WARNING.search(text) else ""
