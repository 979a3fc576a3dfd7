"""The project itself, its branches, webhooks and resource groups; the token and its user; the version."""

from typing import Any

from flask import Blueprint, Response, request

from sandbox.gitlab.api import answers, entities, repositories
from sandbox.gitlab.api.auth import Caller, caller, enter
from sandbox.gitlab.api.pagination import page_of
from sandbox.gitlab.api.parameters import choice, flag, parameters, required
from sandbox.gitlab.predefined import VERSION
from sandbox.gitlab.project import Hook, Project, ResourceGroup
from sandbox.gitlab.records import Job
from sandbox.gitlab.times import iso, now
from sandbox.gitlab.world import World

PROJECT = "/projects/<project_id>"
PROCESS_MODES = ("unordered", "oldest_first", "newest_first", "newest_ready_first")


def routes(world: World) -> Blueprint:
    """The endpoints."""
    api = Blueprint("projects", __name__)
    _own(api, world)
    _project(api, world)
    repositories.add(api, world)
    _hooks(api, world)
    _resource_groups(api, world)
    return api


def _own(api: Blueprint, world: World) -> None:
    def known() -> Caller:
        who = caller(world)
        if who is None:
            answers.unauthorized()
        return who

    @api.get("/version")
    def version() -> Response:
        known()
        return answers.answer({"version": VERSION, "revision": "sandbox"})

    @api.get("/user")
    def own_user() -> Response:
        who = known()
        project = next(one for one in world.projects.values() if one.id in who.roles)
        row = entities.user(project, who.user)
        return answers.answer({**row, "email": who.user.email, "bot": True, "is_admin": False})

    @api.get("/personal_access_tokens/self")
    def own_token() -> Response:
        token = known().token
        return answers.answer(
            {
                "id": token.id,
                "name": token.name,
                "revoked": token.revoked,
                "created_at": iso(token.created_at),
                "description": None,
                "scopes": list(token.scopes),
                "user_id": token.user.id,
                "last_used_at": iso(token.last_used_at),
                "active": token.is_active,
                "expires_at": token.expires_at.isoformat() if token.expires_at else None,
            }
        )


def _project(api: Blueprint, world: World) -> None:
    @api.get(PROJECT)
    def get_project(project_id: str) -> Response:
        project, who = enter(world, project_id)
        return answers.answer(entities.project_facts(project, who.role_in(project)))

    @api.get(f"{PROJECT}/repository/branches")
    def list_branches(project_id: str) -> Response:
        project, _ = enter(world, project_id)
        page, headers = page_of(sorted(project.refs), request, parameters(request))
        return answers.answer([entities.branch(project, name) for name in page], headers=headers)

    @api.get(f"{PROJECT}/repository/branches/<path:name>")
    def get_branch(project_id: str, name: str) -> Response:
        project, _ = enter(world, project_id)
        if name not in project.refs or name in project.tags:
            answers.not_found("Branch")
        return answers.answer(entities.branch(project, name))

    @api.get(f"{PROJECT}/repository/files/<path:name>/raw")
    def read_file(project_id: str, name: str) -> Response:
        project, _ = enter(world, project_id)
        ref = str(parameters(request).get("ref") or project.default_ref)
        repository = project.refs.get(ref)
        folder = world.snapshot_path(repository.sha() if repository else ref)
        if repository:
            repository.snapshot(repository.sha())
        path = (folder / name).resolve()
        if not folder.is_dir():
            answers.not_found("Commit")
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            answers.not_found("File")
        return Response(path.read_bytes(), content_type="text/plain; charset=utf-8")


def _hooks(api: Blueprint, world: World) -> None:
    @api.get(f"{PROJECT}/hooks")
    def list_hooks(project_id: str) -> Response:
        project, _ = enter(world, project_id, "maintainer")
        page, headers = page_of(project.hooks, request, parameters(request))
        return answers.answer([entities.hook(one) for one in page], headers=headers)

    @api.post(f"{PROJECT}/hooks")
    def create_hook(project_id: str) -> Response:
        project, _ = enter(world, project_id, "maintainer")
        given = parameters(request)
        required(given, "url")
        hook = project.add_hook(str(given["url"]))
        hook.pipeline_events = hook.job_events = False
        _change_hook(hook, given)
        return answers.answer(entities.hook(hook), 201)

    @api.get(f"{PROJECT}/hooks/<int:hook_id>")
    def get_hook(project_id: str, hook_id: int) -> Response:
        project, _ = enter(world, project_id, "maintainer")
        return answers.answer(entities.hook(_find_hook(project, hook_id)))

    @api.put(f"{PROJECT}/hooks/<int:hook_id>")
    def update_hook(project_id: str, hook_id: int) -> Response:
        project, _ = enter(world, project_id, "maintainer")
        hook = _find_hook(project, hook_id)
        _change_hook(hook, parameters(request))
        return answers.answer(entities.hook(hook))

    @api.delete(f"{PROJECT}/hooks/<int:hook_id>")
    def delete_hook(project_id: str, hook_id: int) -> Response:
        project, _ = enter(world, project_id, "maintainer")
        project.hooks.remove(_find_hook(project, hook_id))
        return answers.nothing()


def _find_hook(project: Project, hook_id: int) -> Hook:
    for hook in project.hooks:
        if hook.id == hook_id:
            return hook
    answers.not_found("Project Hook")


def _change_hook(hook: Hook, given: dict[str, Any]) -> None:
    hook.url = str(given.get("url", hook.url))
    hook.token = given.get("token", hook.token)
    hook.signing_token = given.get("signing_token", hook.signing_token)
    for name in ("pipeline_events", "job_events"):
        wanted = flag(given, name)
        if wanted is not None:
            setattr(hook, name, wanted)


def _resource_groups(api: Blueprint, world: World) -> None:
    @api.get(f"{PROJECT}/resource_groups")
    def list_groups(project_id: str) -> Response:
        project, _ = enter(world, project_id, "developer")
        page, headers = page_of(list(project.resource_groups.values()), request, parameters(request))
        return answers.answer([entities.resource_group(one) for one in page], headers=headers)

    @api.get(f"{PROJECT}/resource_groups/<path:key>/upcoming_jobs")
    def upcoming_jobs(project_id: str, key: str) -> Response:
        project, _ = enter(world, project_id, "developer")
        _find_group(project, key)
        with world.lock:
            waiting = [job for job in world.jobs.values() if _waits_for(job, project, key)]
            rows = [entities.job(project, world.pipelines[job.pipeline_id], job) for job in waiting]
        return answers.answer(rows)

    @api.get(f"{PROJECT}/resource_groups/<path:key>")
    def get_group(project_id: str, key: str) -> Response:
        project, _ = enter(world, project_id, "developer")
        return answers.answer(entities.resource_group(_find_group(project, key)))

    @api.put(f"{PROJECT}/resource_groups/<path:key>")
    def update_group(project_id: str, key: str) -> Response:
        project, _ = enter(world, project_id, "developer")
        group = _find_group(project, key)
        group.process_mode = choice(parameters(request), "process_mode", PROCESS_MODES) or group.process_mode
        group.updated_at = now()
        return answers.answer(entities.resource_group(group))


def _waits_for(job: Job, project: Project, key: str) -> bool:
    waits = job.status in ("waiting_for_resource", "created")
    return waits and job.project_id == project.id and job.plan.resource_group == key


def _find_group(project: Project, key: str) -> ResourceGroup:
    group = project.resource_groups.get(key)
    if group is None:
        answers.not_found("Resource Group")
    return group
