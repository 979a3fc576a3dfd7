"""`POST /projects/:id/trigger/pipeline`, and the list of trigger tokens.

Sources: GitLab docs, "Trigger pipelines with the API", pipeline trigger tokens API.
"""

import json
from hmac import compare_digest
from typing import Any

from flask import Blueprint, Response, request

from sandbox.gitlab.access import TriggerToken
from sandbox.gitlab.api import answers, entities
from sandbox.gitlab.api.auth import Caller, enter, find_project
from sandbox.gitlab.api.pagination import page_of
from sandbox.gitlab.api.parameters import not_blank, parameters, required
from sandbox.gitlab.creation import CreationRefused, Order
from sandbox.gitlab.engine import Engine
from sandbox.gitlab.project import Project
from sandbox.gitlab.times import iso, now
from sandbox.gitlab.variables import Variable
from sandbox.gitlab.world import World

LOOP_EVENTS = ("Pipeline Hook",)


def routes(world: World, engine: Engine) -> Blueprint:
    """The endpoints."""
    api = Blueprint("triggers", __name__)

    @api.post("/projects/<project_id>/trigger/pipeline")
    @api.post("/projects/<project_id>/ref/<path:ref>/trigger/pipeline")
    def trigger(project_id: str, ref: str | None = None) -> Response:
        given = parameters(request)
        if ref is not None:
            given["ref"] = ref
        variables = _checked(given)
        project = find_project(world, project_id)
        if project is None:
            answers.not_found()
        order = _order(world, project, given, variables)
        try:
            pipeline = engine.create(order)
        except CreationRefused as refusal:
            answers.refuse(422 if refusal.pipeline else 400, {"base": [refusal.reason]})
        with world.lock:
            return answers.answer(entities.pipeline_full(project, pipeline, with_name=False), 201)

    _token_routes(api, world)
    return api


def _checked(given: dict[str, Any]) -> tuple[Variable, ...]:
    """The variables of a request whose parameters are in order."""
    required(given, "token", "ref")
    not_blank(given, "ref")
    variables = given.get("variables") or {}
    if not isinstance(variables, dict):
        answers.refuse_parameter("variables is invalid")
    if not isinstance(given.get("inputs") or {}, dict):
        answers.refuse_parameter("inputs is invalid")
    if request.headers.get("X-Gitlab-Event") in LOOP_EVENTS:
        answers.forbidden()
    if any(not isinstance(value, str) for value in variables.values()):
        answers.refuse(400, "variables needs to be a map of key-valued strings")
    return tuple(Variable(key, value) for key, value in variables.items())


def _order(world: World, project: Project, given: dict[str, Any], variables: tuple[Variable, ...]) -> Order:
    secret = str(given["token"])
    payload = {key: value for key, value in given.items() if key != "token"}
    common: dict[str, Any] = {
        "project": project,
        "ref": given["ref"],
        "variables": variables,
        "payload": Variable("TRIGGER_PAYLOAD", json.dumps(payload), "file", raw=True),
        "inputs": given.get("inputs") or {},
        "keeps_failed": True,
    }
    for token in project.trigger_tokens:
        if compare_digest(token.value.encode(), secret.encode()) and not token.is_expired:
            token.last_used = now()
            return Order(source="trigger", user=token.owner, role=token.role, **common)
    for job in list(world.jobs.values()):
        if job.project_id == project.id and job.token == secret:
            if job.status not in ("running", "canceling"):
                answers.refuse(401, "Job is not running")
            return Order(source="pipeline", user=project.user(job.user_id), role="maintainer", **common)
    answers.not_found()


def _token_routes(api: Blueprint, world: World) -> None:
    @api.get("/projects/<project_id>/triggers")
    def list_triggers(project_id: str) -> Response:
        project, who = enter(world, project_id, "maintainer")
        page, headers = page_of(project.trigger_tokens, request, parameters(request))
        return answers.answer([_shown(project, one, who) for one in page], headers=headers)

    @api.post("/projects/<project_id>/triggers")
    def create_trigger(project_id: str) -> Response:
        project, who = enter(world, project_id, "maintainer")
        given = parameters(request)
        required(given, "description")
        number = len(project.trigger_tokens) + 1
        token = project.add_trigger_token(
            f"glptt-{project.id}-{number}-{int(now() * 1e6):x}",
            owner=who.user,
            role=who.role_in(project),
            description=str(given["description"]),
        )
        return answers.answer(_shown(project, token, who), 201)

    @api.get("/projects/<project_id>/triggers/<int:trigger_id>")
    def get_trigger(project_id: str, trigger_id: int) -> Response:
        project, who = enter(world, project_id, "maintainer")
        return answers.answer(_shown(project, _find(project, trigger_id), who))

    @api.delete("/projects/<project_id>/triggers/<int:trigger_id>")
    def delete_trigger(project_id: str, trigger_id: int) -> Response:
        project, _ = enter(world, project_id, "maintainer")
        project.trigger_tokens.remove(_find(project, trigger_id))
        return answers.nothing()


def _find(project: Project, trigger_id: int) -> TriggerToken:
    for token in project.trigger_tokens:
        if token.id == trigger_id:
            return token
    answers.not_found("Trigger")


def _shown(project: Project, token: TriggerToken, who: Caller) -> dict[str, Any]:
    """Only the owner sees the whole secret, others its first four characters."""
    mine = token.owner.id == who.user.id
    return {
        "id": token.id,
        "token": token.value if mine else token.value[:4],
        "description": token.description,
        "created_at": iso(token.created_at),
        "updated_at": iso(token.created_at),
        "last_used": iso(token.last_used),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "deleted_at": None,
        "owner": entities.user(project, token.owner),
    }
