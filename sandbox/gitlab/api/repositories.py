"""Tags, files, members and protected branches of a project (GitLab docs: tags, repository files, members, protected
branches API)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from sandbox.gitlab.access import ROLES
from sandbox.gitlab.api import answers, entities
from sandbox.gitlab.api.auth import enter
from sandbox.gitlab.project import Project
from sandbox.gitlab.world import World

PROJECT = "/projects/<project_id>"


def add(api: Blueprint, world: World) -> None:
    """The endpoints."""

    @api.get(f"{PROJECT}/repository/tags/<path:name>")
    def get_tag(project_id: str, name: str) -> Response:
        project, _ = enter(world, project_id)
        if name not in project.tags:
            answers.not_found("Tag")
        return answers.answer({"name": name, "message": "", "target": project.refs[name].sha(), "protected": False})

    @api.get(f"{PROJECT}/repository/files/<path:name>/raw")
    def get_file(project_id: str, name: str) -> Response:
        project, _ = enter(world, project_id)
        repository = project.refs.get(request.args.get("ref") or project.default_ref)
        if repository is None:
            answers.not_found("Commit")
        folder = repository.folder.resolve()
        path = (folder / name).resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            answers.not_found("File")
        return Response(path.read_bytes(), content_type="text/plain; charset=utf-8")

    @api.get(f"{PROJECT}/members/all/<int:user_id>")
    def get_member(project_id: str, user_id: int) -> Response:
        project, _ = enter(world, project_id)
        role = project.role_of(user_id)
        if role == "none":
            answers.not_found()
        row = entities.user(project, project.user(user_id))
        return answers.answer({**row, "access_level": ROLES[role], "expires_at": None})

    @api.get(f"{PROJECT}/protected_branches/<path:name>")
    def get_protected(project_id: str, name: str) -> Response:
        project, _ = enter(world, project_id, "developer")
        if name not in project.settings.protected_refs:
            answers.not_found()
        return answers.answer(_protected(project, name))


def _protected(project: Project, name: str) -> dict[str, Any]:
    wanted = project.settings.protected_refs[name]
    level = 0 if wanted == "no_one" else ROLES[wanted]
    words = "No one" if level == 0 else f"{wanted.capitalize()}s"
    rule = {"id": 1, "access_level": level, "access_level_description": words}
    return {
        "id": project.id,
        "name": name,
        "push_access_levels": [rule],
        "merge_access_levels": [rule],
        "allow_force_push": False,
    }
