"""Pipelines: list, read, make, cancel, retry, rename, delete (GitLab docs, pipelines API)."""

from typing import Any

from flask import Blueprint, Response, request

from sandbox.gitlab.access import at_least
from sandbox.gitlab.api import answers, entities
from sandbox.gitlab.api.auth import Caller, enter
from sandbox.gitlab.api.listing import filtered
from sandbox.gitlab.api.lookup import find_pipeline, visible_pipelines
from sandbox.gitlab.api.pagination import page_of
from sandbox.gitlab.api.parameters import flag, not_blank, parameters, required
from sandbox.gitlab.creation import CreationRefused, Order
from sandbox.gitlab.engine import Engine
from sandbox.gitlab.project import Project
from sandbox.gitlab.records import STATUSES, Pipeline
from sandbox.gitlab.variables import Variable
from sandbox.gitlab.world import World

PIPELINES = "/projects/<project_id>/pipelines"
ONE = f"{PIPELINES}/<int:pipeline_id>"


def routes(world: World, engine: Engine) -> Blueprint:
    """The endpoints."""
    api = Blueprint("pipelines", __name__)
    _reading(api, world)
    _inner_lists(api, world)
    _creating(api, world, engine)
    _changing(api, world, engine)
    return api


def _reading(api: Blueprint, world: World) -> None:
    @api.get(PIPELINES)
    def list_pipelines(project_id: str) -> Response:
        project, _ = enter(world, project_id)
        given = parameters(request)
        with world.lock:
            found = filtered(project, visible_pipelines(project), given)
            page, headers = page_of(found, request, given)
            rows = [entities.pipeline_in_list(project, one) for one in page]
        return answers.answer(rows, headers=headers)

    @api.get(f"{PIPELINES}/latest")
    def latest_pipeline(project_id: str) -> Response:
        project, _ = enter(world, project_id)
        ref = str(parameters(request).get("ref") or project.default_ref)
        repository = project.refs.get(ref)
        with world.lock:
            sha = repository.sha() if repository else None
            matching = [one for one in visible_pipelines(project) if one.ref == ref and one.sha == sha]
            if not matching:
                answers.forbidden()
            return answers.answer(entities.pipeline_full(project, matching[-1], with_name=True))

    @api.get(ONE)
    def get_pipeline(project_id: str, pipeline_id: int) -> Response:
        project, _ = enter(world, project_id)
        with world.lock:
            pipeline = find_pipeline(world, project, pipeline_id)
            return answers.answer(entities.pipeline_full(project, pipeline, with_name=True))

    @api.get(f"{ONE}/variables")
    def pipeline_variables(project_id: str, pipeline_id: int) -> Response:
        project, who = enter(world, project_id)
        pipeline = find_pipeline(world, project, pipeline_id)
        if not _may_read_variables(project, pipeline, who):
            answers.forbidden()
        return answers.answer([variable.as_json() for variable in pipeline.variables])


def _inner_lists(api: Blueprint, world: World) -> None:
    @api.get(f"{ONE}/jobs")
    def pipeline_jobs(project_id: str, pipeline_id: int) -> Response:
        project, _ = enter(world, project_id)
        given = parameters(request)
        scopes = _scopes(given)
        with world.lock:
            pipeline = find_pipeline(world, project, pipeline_id)
            jobs = pipeline.jobs if flag(given, "include_retried") else pipeline.latest_jobs
            wanted = [job for job in reversed(jobs) if not scopes or job.status in scopes]
            page, headers = page_of(wanted, request, given)
            rows = [entities.job(project, pipeline, one) for one in page]
        return answers.answer(rows, headers=headers)

    @api.get(f"{ONE}/bridges")
    @api.get(f"{ONE}/trigger_jobs")
    def pipeline_bridges(project_id: str, pipeline_id: int) -> Response:
        project, _ = enter(world, project_id)
        find_pipeline(world, project, pipeline_id)
        bridges: list[dict[str, Any]] = []
        page, headers = page_of(bridges, request, parameters(request))
        return answers.answer(page, headers=headers)


def _scopes(given: dict[str, Any]) -> list[str]:
    written = given.get("scope") or []
    scopes = written if isinstance(written, list) else [written]
    if any(scope not in STATUSES for scope in scopes):
        answers.refuse_parameter("scope does not have a valid value")
    return scopes


def _may_read_variables(project: Project, pipeline: Pipeline, who: Caller) -> bool:
    role = who.role_in(project)
    if not project.may_push(pipeline.ref, role):
        return False
    is_own = pipeline.user_id == who.user.id
    return at_least(role, "maintainer") or (at_least(role, "developer") and is_own)


def _creating(api: Blueprint, world: World, engine: Engine) -> None:
    @api.post("/projects/<project_id>/pipeline")
    def create_pipeline(project_id: str) -> Response:
        given = parameters(request)
        required(given, "ref")
        ref = not_blank(given, "ref")
        project, who = enter(world, project_id, "developer")
        inputs = given.get("inputs") or {}
        if not isinstance(inputs, dict):
            answers.refuse_parameter("inputs is invalid")
        order = Order(
            project=project,
            ref=ref,
            source="api",
            user=who.user,
            role=who.role_in(project),
            variables=_variables(given),
            inputs=inputs,
        )
        try:
            pipeline = engine.create(order)
        except CreationRefused as refusal:
            answers.refuse(400, {"base": [refusal.reason]})
        with world.lock:
            return answers.answer(entities.pipeline_full(project, pipeline, with_name=False), 201)


def _variables(given: dict[str, Any]) -> tuple[Variable, ...]:
    """This endpoint takes an array, not the map of the trigger endpoint."""
    written = given.get("variables") or []
    if not isinstance(written, list) or any(not isinstance(one, dict) for one in written):
        answers.refuse_parameter("variables is invalid")
    found = []
    for one in written:
        if "key" not in one:
            answers.refuse_parameter("variables[0][key] is missing")
        kind = str(one.get("variable_type", "env_var"))
        found.append(Variable(str(one["key"]), str(one.get("value", "")), kind))
    return tuple(found)


def _changing(api: Blueprint, world: World, engine: Engine) -> None:
    def changeable(project_id: str, pipeline_id: int) -> tuple[Project, Caller, Pipeline]:
        project, who = enter(world, project_id, "developer")
        pipeline = find_pipeline(world, project, pipeline_id)
        if not project.may_push(pipeline.ref, who.role_in(project)):
            answers.forbidden()
        return project, who, pipeline

    @api.post(f"{ONE}/cancel")
    def cancel_pipeline(project_id: str, pipeline_id: int) -> Response:
        project, _, pipeline = changeable(project_id, pipeline_id)
        with world.lock:
            engine.cancel(pipeline)
            return answers.answer(entities.pipeline_full(project, pipeline, with_name=False))

    @api.post(f"{ONE}/retry")
    def retry_pipeline(project_id: str, pipeline_id: int) -> Response:
        project, who, pipeline = changeable(project_id, pipeline_id)
        with world.lock:
            engine.retry(pipeline, who.user.id)
            return answers.answer(entities.pipeline_full(project, pipeline, with_name=False), 201)

    @api.put(f"{ONE}/metadata")
    def rename_pipeline(project_id: str, pipeline_id: int) -> Response:
        project, _, pipeline = changeable(project_id, pipeline_id)
        given = parameters(request)
        required(given, "name")
        with world.lock:
            pipeline.name = str(given["name"])
            world.storage.save_pipeline(pipeline)
            return answers.answer(entities.pipeline_full(project, pipeline, with_name=True))

    @api.delete(ONE)
    def delete_pipeline(project_id: str, pipeline_id: int) -> Response:
        project, _ = enter(world, project_id, "owner")
        engine.delete(find_pipeline(world, project, pipeline_id))
        return answers.nothing()
