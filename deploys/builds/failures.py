"""Why a build failed: an error class and facts, from the pipeline, the job that failed and its log.

A builder that knows the reason prints one line `buildhub:error {json}` (docs/failures.md); else the log's own words
are matched against well-known messages of npm, Node, Astro, AWS and GitLab's runner.
"""

from __future__ import annotations

import json
import re
from typing import Any

from deploys.builds.steps.logs import fetch_log
from deploys.gitlab.client import GitLab
from deploys.gitlab.errors import ErrorClass, GitLabError
from deploys.gitlab.types import Pipeline
from deploys.models import Build, Step

PROTOCOL = re.compile(r"buildhub:error\s+(\{.*\})")
FACTS = (
    "page",
    "entry",
    "field",
    "file",
    "rule",
    "edit_url",
    "count",
    "check",
    "finding",
    "detail",
    "service",
    "deleted_by",
    "deleted_at",
)
CLASSES = frozenset(
    {
        "content_invalid",
        "asset_missing",
        "link_broken",
        "template_error",
        "build_command",
        "dependency",
        "out_of_resources",
        "timeout",
        "check_failed",
        "deploy_refused",
        "held_back",
    }
)
KNOWN_WORDS = (
    ("out_of_resources", r"heap out of memory|ENOMEM|OOMKilled|\bKilled\b|No space left on device|ENOSPC"),
    ("deploy_refused", r"AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|NoSuchBucket"),
    (
        "dependency",
        r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|Could not resolve host|npm ERR! network",
    ),
    ("template_error", r"\.astro:\d+|\[astro\].*error|AstroError"),
)
REASONS = {
    "job_execution_timeout": "timeout",
    "stuck_or_timeout_failure": "timeout",
    "runner_system_failure": "service_unreachable",
    "api_failure": "service_unreachable",
    "scheduler_failure": "service_unreachable",
}
BY_STEP = {Step.GOING_LIVE: "deploy_refused", Step.CHECKING: "check_failed", Step.COLLECTING: "dependency"}


def explain(build: Build, pipeline: Pipeline, gitlab: GitLab) -> tuple[str, dict[str, Any]]:
    """Return the error class and the facts that its explanation shows. Reads the failed job's log; never raises."""
    if pipeline.status == "skipped":
        return "nothing_ran", {}
    job = build.jobs.filter(status="failed", allow_failure=False).order_by("finished_at", "job_id").last()
    if job is None:
        return _without_a_job(pipeline, gitlab)
    log = fetch_log(job, gitlab)
    error_class, facts = classify(log, step=job.step, failure_reason=job.failure_reason)
    if error_class == "timeout":
        facts.setdefault("limit_minutes", round(build.environment.time_limit.total_seconds() / 60))
    return error_class, facts | {"job": job.name, "job_id": job.job_id}


def classify(log: str, *, step: str, failure_reason: str) -> tuple[str, dict[str, Any]]:
    """Return the error class and facts of a failed job: its own word first, then GitLab's reason, then the log's."""
    if told := _told_by_the_builder(log):
        return told
    if failure_reason in REASONS:
        return REASONS[failure_reason], {}
    tail = log[-20_000:]
    for error_class, words in KNOWN_WORDS:
        if re.search(words, tail):
            return error_class, {}
    return BY_STEP.get(Step(step), "build_command"), {}


def _told_by_the_builder(log: str) -> tuple[str, dict[str, Any]] | None:
    """Read the last line of the protocol that is well formed; only known classes, facts and short plain values."""
    for found in reversed(PROTOCOL.findall(log)):
        try:
            told = json.loads(found)
        except ValueError:
            continue
        if isinstance(told, dict) and told.get("class") in CLASSES:
            plain = {name: told[name] for name in FACTS if isinstance(told.get(name), str | int)}
            return told["class"], {name: v[:300] if isinstance(v, str) else v for name, v in plain.items()}
    return None


def _without_a_job(pipeline: Pipeline, gitlab: GitLab) -> tuple[str, dict[str, Any]]:
    """A pipeline that failed before any job: its CI file was refused. A list entry lacks that text, so ask for it."""
    errors = pipeline.yaml_errors
    if errors is None:
        try:
            errors = gitlab.get_pipeline(pipeline.id).yaml_errors
        except GitLabError:
            errors = None
    if errors:
        return ErrorClass.CONFIG_INVALID, {"detail": errors[:300]}
    return "unknown", {}
