"""What webhooks carry: pipeline and job events (GitLab docs, webhook events)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.gitlab.records import NO_SHA, Job, Pipeline
from sandbox.gitlab.status_words import label_of
from sandbox.gitlab.times import hook_time, iso, now

if TYPE_CHECKING:
    from sandbox.gitlab.project import Project
    from sandbox.gitlab.world import World


def pipeline_event(world: World, pipeline: Pipeline) -> dict[str, Any]:
    """The body of a `Pipeline Hook`: the pipeline as it is at this moment, variables in clear text."""
    project = world.project_of(pipeline)
    return {
        "object_kind": "pipeline",
        "object_attributes": {
            "id": pipeline.id,
            "iid": pipeline.iid,
            "name": pipeline.name,
            "ref": pipeline.ref,
            "tag": pipeline.tag,
            "sha": pipeline.sha,
            "before_sha": NO_SHA,
            "source": pipeline.source,
            "status": pipeline.status,
            "detailed_status": label_of(pipeline),
            "stages": pipeline.stages,
            "created_at": hook_time(pipeline.created_at),
            "finished_at": hook_time(pipeline.finished_at),
            "duration": pipeline.duration,
            "queued_duration": pipeline.queued_duration,
            "protected_ref": pipeline.ref in project.settings.protected_refs,
            "variables": [{"key": one.key, "value": one.value} for one in pipeline.variables],
            "url": f"{project.url}/-/pipelines/{pipeline.id}",
        },
        "merge_request": None,
        "user": user(project, pipeline.user_id),
        "project": _project(project),
        "commit": {
            "id": pipeline.sha,
            "message": f"Content of {pipeline.ref}\n",
            "title": f"Content of {pipeline.ref}",
            "timestamp": iso(pipeline.created_at),
            "url": f"{project.url}/-/commit/{pipeline.sha}",
            "author": {"name": "Sandbox", "email": "sandbox@gitlab.example.com"},
        },
        "builds": [_build(project, job) for job in pipeline.latest_jobs],
    }


def user(project: Project, user_id: int) -> dict[str, Any]:
    """An account in a hook; its address is hidden unless it is public."""
    account = project.user(user_id)
    return {
        "id": account.id,
        "name": account.name,
        "username": account.username,
        "avatar_url": None,
        "email": "[REDACTED]",
    }


def _project(project: Project) -> dict[str, Any]:
    namespace = project.path_with_namespace.rpartition("/")[0]
    return {
        "id": project.id,
        "name": project.name,
        "description": None,
        "web_url": project.url,
        "avatar_url": None,
        "git_ssh_url": f"git@gitlab.example.com:{project.path_with_namespace}.git",
        "git_http_url": f"{project.url}.git",
        "namespace": namespace,
        "visibility_level": 0,
        "path_with_namespace": project.path_with_namespace,
        "default_branch": project.default_ref,
        "ci_config_path": None,
    }


def _runner(job: Job) -> dict[str, Any] | None:
    if job.started_at is None:
        return None
    return {
        "id": 1,
        "description": "sandbox",
        "runner_type": "instance_type",
        "active": True,
        "is_shared": True,
        "tags": [],
    }


def _environment(job: Job) -> dict[str, Any] | None:
    environment = job.plan.environment
    if environment is None:
        return None
    return {
        "name": environment["name"],
        "action": environment["action"],
        "deployment_tier": environment["tier"],
    }


def _build(project: Project, job: Job) -> dict[str, Any]:
    archive = next((one for one in job.artifacts if one["file_type"] == "archive"), None)
    return {
        "id": job.id,
        "stage": job.stage,
        "name": job.name,
        "status": job.status,
        "created_at": hook_time(job.created_at),
        "started_at": hook_time(job.started_at),
        "finished_at": hook_time(job.finished_at),
        "duration": job.duration,
        "queued_duration": job.queued_duration,
        "failure_reason": job.failure_reason,
        "when": job.plan.when,
        "manual": job.plan.when == "manual",
        "allow_failure": job.allow_failure,
        "user": user(project, job.user_id),
        "runner": _runner(job),
        "artifacts_file": {
            "filename": archive["filename"] if archive else None,
            "size": archive["size"] if archive else None,
        },
        "environment": _environment(job),
    }


def job_event(world: World, job: Job) -> dict[str, Any]:
    """The body of a `Job Hook`; `commit.id` is the pipeline's id, as GitLab has it."""
    project, pipeline = world.project_of(job), world.pipelines[job.pipeline_id]
    waited = now() - job.queued_at if job.queued_at and not job.started_at else job.queued_duration
    return {
        "object_kind": "build",
        "ref": pipeline.ref,
        "tag": pipeline.tag,
        "before_sha": NO_SHA,
        "sha": pipeline.sha,
        "retries_count": job.retries_count,
        "build_id": job.id,
        "build_name": job.name,
        "build_stage": job.stage,
        "build_status": job.status,
        "build_created_at": hook_time(job.created_at),
        "build_created_at_iso": iso(job.created_at),
        "build_started_at": hook_time(job.started_at),
        "build_started_at_iso": iso(job.started_at),
        "build_finished_at": hook_time(job.finished_at),
        "build_finished_at_iso": iso(job.finished_at),
        "build_duration": job.duration,
        "build_queued_duration": waited,
        "build_allow_failure": job.allow_failure,
        "build_failure_reason": job.failure_reason or "unknown_failure",
        "pipeline_id": pipeline.id,
        "runner": _runner(job),
        "project_id": project.id,
        "project_name": project.path_with_namespace.replace("/", " / "),
        "user": user(project, job.user_id),
        "commit": _job_commit(pipeline),
        "repository": _repository(project),
        "project": _project(project),
        "environment": _environment(job),
    }


def _job_commit(pipeline: Pipeline) -> dict[str, Any]:
    return {
        "id": pipeline.id,
        "name": pipeline.name or "",
        "sha": pipeline.sha,
        "message": f"Content of {pipeline.ref}\n",
        "author_name": "Sandbox",
        "author_email": "sandbox@gitlab.example.com",
        "author_url": "mailto:sandbox@gitlab.example.com",
        "status": pipeline.status,
        "duration": pipeline.duration,
        "started_at": hook_time(pipeline.started_at),
        "started_at_iso": iso(pipeline.started_at),
        "finished_at": hook_time(pipeline.finished_at),
        "finished_at_iso": iso(pipeline.finished_at),
    }


def _repository(project: Project) -> dict[str, Any]:
    facts = _project(project)
    return {
        "name": project.name,
        "url": facts["git_ssh_url"],
        "description": None,
        "homepage": project.url,
        "git_http_url": facts["git_http_url"],
        "git_ssh_url": facts["git_ssh_url"],
        "visibility_level": 0,
    }
