"""Rows as GitLab's API shows them (GitLab docs, pipelines API, jobs API, projects API)."""

from typing import Any

from sandbox.gitlab.access import ROLES
from sandbox.gitlab.project import Hook, Project, ResourceGroup
from sandbox.gitlab.records import NO_SHA, Job, Pipeline, User
from sandbox.gitlab.status_words import detailed_status
from sandbox.gitlab.times import iso, now


def user(project: Project, account: User) -> dict[str, Any]:
    """An account, short form."""
    return {
        "id": account.id,
        "username": account.username,
        "public_email": None,
        "name": account.name,
        "state": "active",
        "locked": False,
        "avatar_url": f"{project.world.url}/assets/no_avatar.png",
        "web_url": f"{project.world.url}/{account.username}",
    }


def pipeline_basic(project: Project, pipeline: Pipeline) -> dict[str, Any]:
    """A pipeline inside a job."""
    return {
        "id": pipeline.id,
        "iid": pipeline.iid,
        "project_id": pipeline.project_id,
        "sha": pipeline.sha,
        "ref": pipeline.ref,
        "status": pipeline.status,
        "source": pipeline.source,
        "created_at": iso(pipeline.created_at),
        "updated_at": iso(pipeline.updated_at),
        "web_url": f"{project.url}/-/pipelines/{pipeline.id}",
    }


def pipeline_in_list(project: Project, pipeline: Pipeline) -> dict[str, Any]:
    """A row of the list."""
    return {**pipeline_basic(project, pipeline), "name": pipeline.name}


def pipeline_full(project: Project, pipeline: Pipeline, *, with_name: bool) -> dict[str, Any]:
    """A pipeline; answers to creating, canceling and retrying lack the name, as GitLab's do."""
    row = pipeline_basic(project, pipeline)
    row |= {
        "before_sha": NO_SHA,
        "tag": pipeline.tag,
        "yaml_errors": pipeline.yaml_errors,
        "user": user(project, project.user(pipeline.user_id)),
        "started_at": iso(pipeline.started_at),
        "finished_at": iso(pipeline.finished_at),
        "committed_at": None,
        "duration": pipeline.duration,
        "queued_duration": pipeline.queued_duration,
        "coverage": None,
        "detailed_status": detailed_status(pipeline, project.path_with_namespace),
    }
    if with_name:
        row["name"] = pipeline.name
    return row


def job(project: Project, pipeline: Pipeline, one: Job) -> dict[str, Any]:
    """A job; `failure_reason` is there only after a failure."""
    archive = next((entry for entry in one.artifacts if entry["file_type"] == "archive"), None)
    running_for = now() - one.started_at if one.started_at and not one.finished_at else one.duration
    row = {
        "id": one.id,
        "status": one.status,
        "stage": one.stage,
        "name": one.name,
        "ref": pipeline.ref,
        "tag": pipeline.tag,
        "coverage": None,
        "allow_failure": one.allow_failure,
        "created_at": iso(one.created_at),
        "started_at": iso(one.started_at),
        "finished_at": iso(one.finished_at),
        "erased_at": None,
        "duration": running_for,
        "queued_duration": one.queued_duration,
        "user": user(project, project.user(one.user_id)),
        "commit": commit(project, pipeline),
        "pipeline": pipeline_basic(project, pipeline),
        "web_url": f"{project.url}/-/jobs/{one.id}",
        "project": {"ci_job_token_scope_enabled": False},
        "artifacts": one.artifacts,
        "runner": _runner(one),
        "runner_manager": None,
        "artifacts_expire_at": iso(one.artifacts_expire_at),
        "archived": False,
        "tag_list": one.plan.tags,
    }
    if archive:
        row["artifacts_file"] = {"filename": archive["filename"], "size": archive["size"]}
    if one.status == "failed":
        row["failure_reason"] = one.failure_reason or "unknown_failure"
    return row


def _runner(one: Job) -> dict[str, Any] | None:
    if one.started_at is None:
        return None
    return {
        "id": 1,
        "description": "sandbox",
        "ip_address": "127.0.0.1",
        "active": True,
        "is_shared": True,
        "name": "gitlab-runner",
        "online": True,
        "status": "online",
    }


def commit(project: Project, pipeline: Pipeline) -> dict[str, Any]:
    """The commit that a folder's content stands for."""
    moment = iso(pipeline.created_at)
    return {
        "id": pipeline.sha,
        "short_id": pipeline.sha[:8],
        "title": f"Content of {pipeline.ref}",
        "message": f"Content of {pipeline.ref}\n",
        "created_at": moment,
        "parent_ids": [],
        "author_name": "Sandbox",
        "author_email": "sandbox@gitlab.example.com",
        "authored_date": moment,
        "committer_name": "Sandbox",
        "committer_email": "sandbox@gitlab.example.com",
        "committed_date": moment,
        "web_url": f"{project.url}/-/commit/{pipeline.sha}",
    }


def branch(project: Project, name: str) -> dict[str, Any]:
    """A branch, with the sha of its content now."""
    return {
        "name": name,
        "default": name == project.default_ref,
        "protected": name in project.settings.protected_refs,
        "merged": False,
        "web_url": f"{project.url}/-/tree/{name}",
        "commit": {"id": project.refs[name].sha()},
    }


def project_facts(project: Project, role: str) -> dict[str, Any]:
    """A project, as somebody with this role in it sees it."""
    path = project.path_with_namespace.rpartition("/")[2]
    namespace = project.path_with_namespace.rpartition("/")[0]
    return {
        "id": project.id,
        "name": project.name,
        "name_with_namespace": project.path_with_namespace.replace("/", " / "),
        "path": path,
        "path_with_namespace": project.path_with_namespace,
        "description": None,
        "default_branch": project.default_ref,
        "visibility": "private",
        "web_url": project.url,
        "created_at": iso(project.created_at),
        "namespace": {"id": project.id, "name": namespace, "path": namespace, "full_path": namespace},
        "builds_access_level": "enabled" if project.settings.ci_enabled else "disabled",
        "jobs_enabled": project.settings.ci_enabled,
        "ci_config_path": None,
        "ci_pipeline_variables_minimum_override_role": (project.settings.pipeline_variables_minimum_override_role),
        "archived": project.settings.archived,
        "permissions": {
            "project_access": {"access_level": ROLES[role], "notification_level": 3},
            "group_access": None,
        },
    }


def hook(one: Hook) -> dict[str, Any]:
    """A webhook; its secrets are never shown."""
    return {
        "id": one.id,
        "url": one.url,
        "pipeline_events": one.pipeline_events,
        "job_events": one.job_events,
        "push_events": False,
        "enable_ssl_verification": True,
        "alert_status": "executable" if one.is_on else "disabled",
        "disabled_until": None,
        "created_at": iso(one.created_at),
    }


def resource_group(group: ResourceGroup) -> dict[str, Any]:
    """A resource group."""
    return {
        "id": group.id,
        "key": group.key,
        "process_mode": group.process_mode,
        "created_at": iso(group.created_at),
        "updated_at": iso(group.updated_at),
    }
