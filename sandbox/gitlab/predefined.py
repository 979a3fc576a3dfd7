"""The variables that GitLab itself gives to every pipeline and job (GitLab docs, predefined CI/CD variables)."""

import re

from sandbox.gitlab.project import Project
from sandbox.gitlab.records import Job, Pipeline
from sandbox.gitlab.times import iso
from sandbox.gitlab.variables import Variable, layer

VERSION = "18.6.0"


def slug(text: str) -> str:
    """Lower case, at most 63 bytes, only letters, digits and dashes, no dash at either end."""
    return re.sub(r"[^a-z0-9]", "-", text.lower())[:63].strip("-")


def before_creation(project: Project, *, ref: str, sha: str, source: str) -> dict[str, Variable]:
    """What rules can see: everything but the numbers of the pipeline and its jobs."""
    namespace, _, path = project.path_with_namespace.rpartition("/")
    values: dict[str, object] = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_SERVER": "yes",
        "CI_SERVER_NAME": "GitLab",
        "CI_SERVER_URL": project.world.url,
        "CI_SERVER_HOST": project.world.url.partition("://")[2].partition(":")[0],
        "CI_SERVER_VERSION": VERSION,
        "CI_API_V4_URL": f"{project.world.url}/api/v4",
        "CI_PROJECT_ID": project.id,
        "CI_PROJECT_NAME": path,
        "CI_PROJECT_TITLE": project.name,
        "CI_PROJECT_PATH": project.path_with_namespace,
        "CI_PROJECT_PATH_SLUG": slug(project.path_with_namespace),
        "CI_PROJECT_NAMESPACE": namespace,
        "CI_PROJECT_URL": project.url,
        "CI_PROJECT_VISIBILITY": "private",
        "CI_DEFAULT_BRANCH": project.default_ref,
        "CI_PIPELINE_SOURCE": source,
        "CI_COMMIT_REF_NAME": ref,
        "CI_COMMIT_REF_SLUG": slug(ref),
        "CI_COMMIT_REF_PROTECTED": "true" if ref in project.settings.protected_refs else "false",
        "CI_COMMIT_SHA": sha,
        "CI_COMMIT_SHORT_SHA": sha[:8],
        "CI_COMMIT_BEFORE_SHA": "0" * 40,
        "CI_COMMIT_TITLE": f"Content of {ref}",
        "CI_COMMIT_MESSAGE": f"Content of {ref}",
        "CI_CONFIG_PATH": ".gitlab-ci.yml",
    }
    values["CI_COMMIT_TAG" if ref in project.tags else "CI_COMMIT_BRANCH"] = ref
    if source == "trigger":
        values["CI_PIPELINE_TRIGGERED"] = "true"
    return layer(values)


def of_pipeline(project: Project, pipeline: Pipeline) -> dict[str, Variable]:
    """What rules can see, and the pipeline's numbers."""
    known = before_creation(project, ref=pipeline.ref, sha=pipeline.sha, source=pipeline.source)
    user = project.user(pipeline.user_id)
    numbers: dict[str, object] = {
        "CI_PIPELINE_ID": pipeline.id,
        "CI_PIPELINE_IID": pipeline.iid,
        "CI_PIPELINE_URL": f"{project.url}/-/pipelines/{pipeline.id}",
        "CI_PIPELINE_CREATED_AT": (iso(pipeline.created_at) or "")[:-5] + "Z",
        "GITLAB_USER_ID": user.id,
        "GITLAB_USER_LOGIN": user.username,
        "GITLAB_USER_NAME": user.name,
        "GITLAB_USER_EMAIL": user.email,
    }
    if pipeline.name:
        numbers["CI_PIPELINE_NAME"] = pipeline.name
    return known | layer(numbers)


def of_job(project: Project, pipeline: Pipeline, job: Job, *, folder: str) -> dict[str, Variable]:
    """All of it, for a job that works in `folder`."""
    values: dict[str, object] = {
        "CI_JOB_ID": job.id,
        "CI_JOB_NAME": job.name,
        "CI_JOB_NAME_SLUG": slug(job.name),
        "CI_JOB_STAGE": job.stage,
        "CI_JOB_URL": f"{project.url}/-/jobs/{job.id}",
        "CI_JOB_TOKEN": job.token,
        "CI_JOB_STARTED_AT": (iso(job.started_at) or "")[:-5] + "Z",
        "CI_JOB_MANUAL": "true" if job.plan.when == "manual" else "false",
        "CI_PROJECT_DIR": folder,
        "CI_BUILDS_DIR": folder.rpartition("/")[0],
        "CI_RUNNER_ID": 1,
        "CI_RUNNER_DESCRIPTION": "sandbox",
        "CI_NODE_TOTAL": 1,
    }
    if job.plan.environment:
        values["CI_ENVIRONMENT_NAME"] = job.plan.environment["name"]
        values["CI_ENVIRONMENT_SLUG"] = slug(job.plan.environment["name"])
        values["CI_ENVIRONMENT_TIER"] = job.plan.environment["tier"]
    return of_pipeline(project, pipeline) | layer(values)
