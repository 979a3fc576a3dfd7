"""Who calls, and whether they may (GitLab docs, REST API authentication; roles and permissions)."""

from dataclasses import dataclass
from hmac import compare_digest

from flask import request

from sandbox.gitlab.access import AccessToken, at_least
from sandbox.gitlab.api import answers
from sandbox.gitlab.project import Project
from sandbox.gitlab.records import User
from sandbox.gitlab.times import now
from sandbox.gitlab.world import World

READING = ("GET", "HEAD")


@dataclass(frozen=True)
class Caller:
    """Whoever holds the token; `roles` by project id, for a token may be good for several projects."""

    token: AccessToken
    roles: dict[int, str]

    @property
    def user(self) -> User:
        """The account behind the token."""
        return self.token.user

    def role_in(self, project: Project) -> str:
        """The role, `none` for a stranger."""
        return self.roles.get(project.id, "none")


def given_token() -> str:
    """The secret of this request, empty when there is none."""
    private = request.headers.get("PRIVATE-TOKEN") or request.args.get("private_token", "")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return private or (bearer.strip() if scheme.lower() == "bearer" else "")


def holders(world: World, secret: str) -> list[tuple[Project, AccessToken]]:
    """The projects that this secret opens."""
    return [
        (project, token)
        for project in list(world.projects.values())
        for token in project.access_tokens
        if secret and compare_digest(token.value.encode(), secret.encode())
    ]


def caller(world: World, project: Project | None = None) -> Caller | None:
    """Who calls; None without a token. Refuses unknown, revoked and expired tokens, and too small scopes.

    Of several tokens with the same secret the one of `project` counts.
    """
    secret = given_token()
    if not secret:
        return None
    found = holders(world, secret)
    if not found:
        answers.unauthorized()
    token = next((one for owner, one in found if owner is project), found[0][1])
    if token.revoked:
        answers.invalid_token(answers.TOKEN_REVOKED)
    if token.is_expired:
        answers.invalid_token(answers.TOKEN_EXPIRED)
    reading = request.method in READING
    enough = {"api", "read_api"} if reading else {"api"}
    if not enough & set(token.scopes):
        answers.insufficient_scope("api read_api" if reading else "api")
    token.last_used_at = now()
    return Caller(token, {owner.id: one.role for owner, one in found})


def find_project(world: World, written: str) -> Project | None:
    """The project of a number or a URL-encoded path."""
    wanted = written.replace("%2F", "/").replace("%2f", "/")
    for project in list(world.projects.values()):
        if wanted == str(project.id) or wanted == project.path_with_namespace:
            return project
    return None


def enter(world: World, written: str, role: str = "reporter") -> tuple[Project, Caller]:
    """The project and the caller, who has at least this role in it; refuses as GitLab does."""
    project = find_project(world, written)
    who = caller(world, project)
    if who is None:
        if request.method not in READING:
            answers.unauthorized()
        answers.not_found("Project")
    if project is None or who.role_in(project) == "none":
        answers.not_found("Project")
    if not at_least(who.role_in(project), role):
        answers.forbidden()
    return project, who
