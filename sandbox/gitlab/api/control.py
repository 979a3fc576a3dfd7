"""`/sandbox/...`: what GitLab does not have. Order faults and force statuses from another process.

No token is asked for: the sandbox listens on loopback only.
"""

from typing import Any

from flask import Blueprint, Response, request

from sandbox.gitlab.api import answers
from sandbox.gitlab.api.auth import find_project
from sandbox.gitlab.api.parameters import parameters, required
from sandbox.gitlab.engine import Engine
from sandbox.gitlab.faults import FaultError
from sandbox.gitlab.project import Project
from sandbox.gitlab.records import Pipeline
from sandbox.gitlab.scripted import NEXT
from sandbox.gitlab.world import World


def routes(world: World, engine: Engine) -> Blueprint:
    """The endpoints."""
    api = Blueprint("control", __name__)
    _faults(api, world)
    _pipelines(api, world, engine)

    @api.get("/projects")
    def list_projects() -> Response:
        return answers.answer([_shown(project) for project in world.projects.values()])

    return api


def _shown(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "path_with_namespace": project.path_with_namespace,
        "refs": sorted(project.refs),
        "hook_deliveries": list(project.hook_deliveries),
    }


def _project(world: World, written: str) -> Project:
    for project in world.projects.values():
        if project.name == written:
            return project
    project_by_id = find_project(world, written)
    if project_by_id is None:
        answers.not_found("Project")
    return project_by_id


def _faults(api: Blueprint, world: World) -> None:
    @api.post("/projects/<written>/faults")
    def order_fault(written: str) -> Response:
        project = _project(world, written)
        given = parameters(request)
        required(given, "kind")
        count = given.pop("count", 1)
        count = None if count == "until_cleared" else count
        try:
            fault = project.faults.order(str(given.pop("kind")), count=count, **given)
        except (FaultError, TypeError) as error:
            answers.refuse(400, str(error))
        return answers.answer(fault.as_json(), 201)

    @api.get("/projects/<written>/faults")
    def list_faults(written: str) -> Response:
        return answers.answer([fault.as_json() for fault in _project(world, written).faults.all()])

    @api.delete("/projects/<written>/faults")
    @api.delete("/projects/<written>/faults/<int:fault_id>")
    def clear_faults(written: str, fault_id: int | None = None) -> Response:
        _project(world, written).faults.clear(fault_id)
        return answers.nothing()


def _pipelines(api: Blueprint, world: World, engine: Engine) -> None:
    def find(pipeline_id: int) -> Pipeline:
        pipeline = world.pipelines.get(pipeline_id)
        if pipeline is None:
            answers.no_such_record()
        return pipeline

    @api.post("/pipelines/<int:pipeline_id>/status")
    def set_status(pipeline_id: int) -> Response:
        given = parameters(request)
        required(given, "status")
        pipeline = find(pipeline_id)
        engine.set_status(pipeline, str(given["status"]))
        return answers.answer({"id": pipeline.id, "status": pipeline.status})

    @api.post("/pipelines/<int:pipeline_id>/advance")
    def advance(pipeline_id: int) -> Response:
        pipeline = find(pipeline_id)
        engine.set_status(pipeline, NEXT.get(pipeline.status, pipeline.status))
        return answers.answer({"id": pipeline.id, "status": pipeline.status})

    @api.delete("/pipelines/<int:pipeline_id>")
    def delete(pipeline_id: int) -> Response:
        engine.delete(find(pipeline_id))
        return answers.nothing()
