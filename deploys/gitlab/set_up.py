"""What GitLab says of a project's set-up: its settings, branches, webhooks, trigger tokens and roles. Reads only."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

from deploys.gitlab import fields
from deploys.gitlab.errors import GitLabNotFound, MalformedAnswer
from deploys.gitlab.sending import Sender

GUEST, REPORTER, DEVELOPER, MAINTAINER = 10, 20, 30, 40
_MOST_PAGES = 5
_LARGEST_FILE = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project. role: what the token's user may do there, None when GitLab does not tell.

    variables_role: least role that may send pipeline variables, such as "developer"; "" when GitLab does not tell.
    https://docs.gitlab.com/api/projects/
    """

    id: int
    path: str
    archived: bool
    builds: bool
    ci_file: str
    variables_role: str
    role: int | None

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read a project from decoded JSON. Raises MalformedAnswer without an id."""
        part = fields.record(data)
        number = fields.identity(part.get("id"))
        if number is None:
            raise MalformedAnswer("GitLab's answer holds no usable id for a project.")
        given = fields.record(part.get("permissions"))
        levels = [fields.identity(fields.record(given.get(f"{one}_access")).get("access_level")) for one in _GRANTORS]
        return cls(
            id=number,
            path=fields.words(part.get("path_with_namespace")),
            archived=part.get("archived") is True,
            builds=part.get("builds_access_level") != "disabled",
            ci_file=fields.words(part.get("ci_config_path")) or ".gitlab-ci.yml",
            variables_role=fields.words(part.get("ci_pipeline_variables_minimum_override_role")),
            role=max((level or 0 for level in levels), default=0) if given else None,
        )


_GRANTORS = ("project", "group")


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """A webhook of the project. is_off: GitLab sends it no more, after too many failures.

    https://docs.gitlab.com/api/project_webhooks/
    """

    url: str
    of_pipelines: bool
    of_jobs: bool
    is_off: bool

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read a webhook from decoded JSON."""
        part = fields.record(data)
        return cls(
            url=fields.words(part.get("url")),
            of_pipelines=part.get("pipeline_events") is True,
            of_jobs=part.get("job_events") is True,
            is_off=part.get("alert_status") in ("disabled", "temporarily_disabled"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class TriggerToken:
    """A trigger token: the whole secret for its owner, its beginning for others. https://docs.gitlab.com/api/pipeline_triggers/"""

    token: str
    owner_id: int | None
    owner: str

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read a trigger token from decoded JSON."""
        part = fields.record(data)
        owner = fields.record(part.get("owner"))
        return cls(
            token=fields.words(part.get("token")),
            owner_id=fields.identity(owner.get("id")),
            owner=fields.words(owner.get("name")) or fields.words(owner.get("username")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """Who may push or merge to a protected branch: a role (0: nobody), or one person or group by id."""

    level: int
    user_id: int | None
    group_id: int | None


class SetUp:
    """Reads the set-up of one project. Every method raises as those of GitLab do."""

    def __init__(self, sender: Sender, project: str) -> None:
        self._sender, self._project = sender, project

    def project(self) -> Project:
        """Read the project. https://docs.gitlab.com/api/projects/#retrieve-a-project"""
        return self._sender.ask(Project.parse, "GET", self._project, wish="read the project")

    def has_ref(self, name: str) -> bool:
        """Say whether a branch or tag of this name exists. https://docs.gitlab.com/api/branches/ and .../api/tags/"""
        for kind in ("branches", "tags"):
            path = f"{self._project}/repository/{kind}/{quote(name, safe='')}"
            try:
                self._sender.ask(fields.record, "GET", path, wish=f"look for {name}")
            except GitLabNotFound:
                continue
            return True
        return False

    def file(self, path: str, ref: str) -> str:
        """Read a file of the repository. https://docs.gitlab.com/api/repository_files/#retrieve-a-raw-file-from-a-repository"""
        answer = self._sender.send(
            "GET",
            f"{self._project}/repository/files/{quote(path, safe='')}/raw",
            wish=f"read {path}",
            query={"ref": ref},
            enough=_LARGEST_FILE,
        )
        return answer.body.decode("utf-8", "replace")

    def webhooks(self) -> list[Webhook]:
        """List the webhooks (needs Maintainer). https://docs.gitlab.com/api/project_webhooks/"""
        path, query = f"{self._project}/hooks", {"per_page": "100"}
        pages = self._sender.pages(Webhook.parse, path, query, wish="list the webhooks", most=_MOST_PAGES)
        return [row for page in pages for row in page]

    def trigger_tokens(self) -> list[TriggerToken]:
        """List the trigger tokens (needs Maintainer). https://docs.gitlab.com/api/pipeline_triggers/"""
        path, query = f"{self._project}/triggers", {"per_page": "100"}
        pages = self._sender.pages(TriggerToken.parse, path, query, wish="list the trigger tokens", most=_MOST_PAGES)
        return [row for page in pages for row in page]

    def role_of(self, user_id: int) -> int:
        """Read a member's role, inherited ones too; 0 for a stranger. https://docs.gitlab.com/api/members/"""
        path = f"{self._project}/members/all/{user_id}"
        try:
            found = self._sender.ask(fields.record, "GET", path, wish="read a member's role")
        except GitLabNotFound:
            return 0
        return fields.identity(found.get("access_level")) or 0

    def grants(self, branch: str) -> list[Grant] | None:
        """Who may push or merge to a protected branch; None when it is not protected.

        https://docs.gitlab.com/api/protected_branches/
        """
        path = f"{self._project}/protected_branches/{quote(branch, safe='')}"
        try:
            found = self._sender.ask(fields.record, "GET", path, wish=f"read how {branch} is protected")
        except GitLabNotFound:
            return None
        rows = [found.get(f"{one}_access_levels") for one in ("push", "merge")]
        return [_grant(row) for given in rows if isinstance(given, list) for row in given]


def _grant(data: object) -> Grant:
    part = fields.record(data)
    level = part.get("access_level")
    return Grant(
        level=level if isinstance(level, int) else 0,
        user_id=fields.identity(part.get("user_id")),
        group_id=fields.identity(part.get("group_id")),
    )
