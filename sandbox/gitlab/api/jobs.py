"""Jobs: read, log, artifacts, play, cancel, retry (GitLab docs, jobs API, job artifacts API)."""

import zipfile
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from sandbox.gitlab.api import answers, entities
from sandbox.gitlab.api.auth import Caller, enter
from sandbox.gitlab.api.lookup import find_job
from sandbox.gitlab.api.parameters import parameters, whole
from sandbox.gitlab.engine import Engine, NotPossible
from sandbox.gitlab.project import Project
from sandbox.gitlab.records import Job, Pipeline
from sandbox.gitlab.variables import Variable
from sandbox.gitlab.world import World

ONE = "/projects/<project_id>/jobs/<int:job_id>"


def routes(world: World, engine: Engine) -> Blueprint:
    """The endpoints."""
    api = Blueprint("jobs", __name__)
    _reading(api, world)
    _artifacts(api, world)
    _changing(api, world, engine)
    return api


def _reading(api: Blueprint, world: World) -> None:
    @api.get(ONE)
    def get_job(project_id: str, job_id: int) -> Response:
        project, _ = enter(world, project_id)
        with world.lock:
            job, pipeline = find_job(world, project, job_id)
            return answers.answer(entities.job(project, pipeline, job))

    @api.get(f"{ONE}/trace")
    def job_trace(project_id: str, job_id: int) -> Response:
        project, _ = enter(world, project_id)
        given = parameters(request)
        with world.lock:
            job, _ = find_job(world, project, job_id)
            path = world.trace_path(job)
        text = path.read_bytes() if path.exists() else b""
        start = max(whole(given, "byte_offset", 0), 0)
        limit = whole(given, "byte_limit", len(text))
        return Response(text[start : start + limit], content_type="text/plain; charset=utf-8")


def _artifacts(api: Blueprint, world: World) -> None:
    @api.get(f"{ONE}/artifacts")
    def job_artifacts(project_id: str, job_id: int) -> Response:
        project, _ = enter(world, project_id)
        with world.lock:
            archive = world.artifacts_path(find_job(world, project, job_id)[0])
        if not archive.exists():
            answers.not_found()
        headers = {"Content-Disposition": 'attachment; filename="artifacts.zip"'}
        return Response(archive.read_bytes(), headers=headers, content_type="application/zip")

    @api.get(f"{ONE}/artifacts/<path:name>")
    def job_artifact_file(project_id: str, job_id: int, name: str) -> Response:
        project, _ = enter(world, project_id)
        with world.lock:
            archive = world.artifacts_path(find_job(world, project, job_id)[0])
        if not archive.exists():
            answers.not_found()
        with zipfile.ZipFile(archive) as packed:
            if name not in packed.namelist():
                answers.not_found()
            return Response(packed.read(name), content_type="application/octet-stream")


def _changing(api: Blueprint, world: World, engine: Engine) -> None:
    def change(project_id: str, job_id: int, act: Callable[[Job, Caller], Job]) -> dict[str, Any]:
        project, who = enter(world, project_id, "developer")
        with world.lock:
            job, pipeline = find_job(world, project, job_id)
            _check_ref(project, pipeline, who)
            return entities.job(project, pipeline, act(job, who))

    @api.post(f"{ONE}/play")
    def play_job(project_id: str, job_id: int) -> Response:
        variables = _played_variables(parameters(request))
        try:
            row = change(project_id, job_id, lambda job, who: engine.play(job, who.user.id, variables))
        except NotPossible as reason:
            answers.refuse(400, f"400 Bad request - {reason}")
        return answers.answer(row)

    @api.post(f"{ONE}/retry")
    def retry_job(project_id: str, job_id: int) -> Response:
        try:
            row = change(project_id, job_id, lambda job, who: engine.retry_job(job, who.user.id))
        except NotPossible as reason:
            answers.forbidden(str(reason))
        return answers.answer(row, 201)

    @api.post(f"{ONE}/cancel")
    def cancel_job(project_id: str, job_id: int) -> Response:
        def act(job: Job, _who: Caller) -> Job:
            engine.cancel_job(job)
            return job

        return answers.answer(change(project_id, job_id, act), 201)


def _check_ref(project: Project, pipeline: Pipeline, who: Caller) -> None:
    if not project.may_push(pipeline.ref, who.role_in(project)):
        answers.forbidden()


def _played_variables(given: dict[str, Any]) -> list[Variable]:
    written = given.get("job_variables_attributes") or []
    if not isinstance(written, list) or any(not isinstance(one, dict) or "key" not in one for one in written):
        answers.refuse_parameter("job_variables_attributes is invalid")
    return [Variable(str(one["key"]), str(one.get("value", ""))) for one in written]
