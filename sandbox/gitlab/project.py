"""A project of the stand-in: its folders, settings, tokens, webhooks and ordered faults."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.gitlab.access import AccessToken, TriggerToken, at_least
from sandbox.gitlab.faults import Faults
from sandbox.gitlab.records import Pipeline, User
from sandbox.gitlab.repository import Repository
from sandbox.gitlab.times import now
from sandbox.gitlab.variables import Variable, layer

if TYPE_CHECKING:
    from sandbox.gitlab.world import World

IDS_PER_PROJECT = 1000


@dataclass
class Hook:
    """A webhook of a project (GitLab docs, project webhooks API)."""

    id: int
    url: str
    token: str | None = field(default=None, repr=False)
    signing_token: str | None = field(default=None, repr=False)
    pipeline_events: bool = True
    job_events: bool = True
    is_on: bool = True
    created_at: float = field(default_factory=now)


@dataclass
class Settings:
    """What a maintainer can change. None for a limit means no limit.

    Roles are names such as `developer`; `protected_refs` gives the role that may push, `no_one` shuts a ref.
    """

    ci_enabled: bool = True
    archived: bool = False
    runs_jobs: bool = True
    pipeline_variables_minimum_override_role: str = "developer"
    creation_limit_per_minute: int | None = None
    api_limit_per_minute: int | None = None
    protected_refs: dict[str, str] = field(default_factory=dict)
    auto_cancel_pending_pipelines: bool = True


@dataclass
class ResourceGroup:
    """A name that one job at a time may hold (GitLab docs, resource groups API)."""

    id: int
    key: str
    process_mode: str = "unordered"
    created_at: float = field(default_factory=now)
    updated_at: float = field(default_factory=now)


@dataclass(eq=False)
class Project:
    """One project; made by `GitLabSandbox.add_project`."""

    world: World = field(repr=False)
    id: int
    name: str
    path_with_namespace: str
    default_ref: str
    refs: dict[str, Repository]
    tags: set[str] = field(default_factory=set)
    variables: dict[str, Variable] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    access_tokens: list[AccessToken] = field(default_factory=list)
    trigger_tokens: list[TriggerToken] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)
    resource_groups: dict[str, ResourceGroup] = field(default_factory=dict)
    hook_deliveries: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=1000))
    creations: deque[tuple[float, str, int]] = field(default_factory=lambda: deque(maxlen=10_000), repr=False)
    users: list[User] = field(default_factory=list)
    created_at: float = field(default_factory=now)

    @property
    def url(self) -> str:
        """The project's page on this server."""
        return f"{self.world.url}/{self.path_with_namespace}"

    @property
    def trigger_token(self) -> str:
        """The secret of the first trigger token."""
        return self.trigger_tokens[0].value

    @property
    def api_token(self) -> str:
        """The secret of the first access token."""
        return self.access_tokens[0].value

    def pipelines(self) -> list[Pipeline]:
        """All pipelines of this project, oldest first."""
        with self.world.lock:
            return [pipeline for pipeline in self.world.pipelines.values() if pipeline.project_id == self.id]

    def add_user(self, username: str, name: str | None = None) -> User:
        """An account; its id is the same in every run that adds users in the same order."""
        user = User(
            id=self.id * IDS_PER_PROJECT + len(self.users) + 1,
            name=name or username,
            username=username,
            email=f"{username}@gitlab.example.com",
        )
        self.users.append(user)
        return user

    def add_access_token(
        self,
        value: str,
        *,
        role: str = "maintainer",
        scopes: Iterable[str] = ("api",),
        expires_at: date | None = None,
        user: User | None = None,
        name: str = "buildhub",
    ) -> AccessToken:
        """A project access token with this secret; it gets a bot user of its own unless one is given."""
        number = self.id * IDS_PER_PROJECT + len(self.access_tokens) + 1
        owner = user or self.add_user(f"project_{self.id}_bot_{number}", f"{name} bot")
        token = AccessToken(
            id=number, name=name, value=value, user=owner, role=role, scopes=tuple(scopes), expires_at=expires_at
        )
        self.access_tokens.append(token)
        return token

    def add_trigger_token(
        self, value: str, *, owner: User | None = None, role: str = "maintainer", description: str = "buildhub"
    ) -> TriggerToken:
        """A pipeline trigger token with this secret."""
        number = self.id * IDS_PER_PROJECT + len(self.trigger_tokens) + 1
        owner = owner or self.add_user(f"trigger_owner_{number}", "Trigger owner")
        token = TriggerToken(id=number, description=description, value=value, owner=owner, role=role)
        self.trigger_tokens.append(token)
        return token

    def add_hook(self, url: str, *, token: str | None = None, signing_token: str | None = None) -> Hook:
        """A webhook for pipeline and job events."""
        number = max((hook.id for hook in self.hooks), default=self.id * IDS_PER_PROJECT) + 1
        hook = Hook(id=number, url=url, token=token, signing_token=signing_token)
        self.hooks.append(hook)
        return hook

    def set_variables(self, values: Mapping[str, object]) -> None:
        """Replace the project's CI/CD variables (Settings > CI/CD > Variables)."""
        self.variables = layer(values)

    def set_refs(self, folders: Mapping[str, Path]) -> None:
        """Replace the branches; each folder holds a `.gitlab-ci.yml`."""
        snapshots = self.world.data / "snapshots"
        self.refs = {ref: Repository(folder, snapshots) for ref, folder in folders.items()}

    def set_ref(self, ref: str, folder: Path) -> None:
        """Let a branch point at a folder."""
        self.refs[ref] = Repository(folder, self.world.data / "snapshots")

    def resource_group(self, key: str) -> ResourceGroup:
        """The resource group of this name, made on first use."""
        group = self.resource_groups.get(key)
        if group is None:
            number = self.id * IDS_PER_PROJECT + len(self.resource_groups) + 1
            group = self.resource_groups[key] = ResourceGroup(id=number, key=key)
        return group

    def user(self, user_id: int) -> User:
        """The account of this id; one that is gone appears as the ghost user."""
        for user in self.users:
            if user.id == user_id:
                return user
        return User(id=user_id, name="Ghost User", username="ghost", email="ghost@gitlab.example.com")

    def role_of(self, user_id: int) -> str:
        """The role of an account in this project, `none` for a stranger: that of whatever token it has."""
        roles = {token.owner.id: token.role for token in self.trigger_tokens}
        roles |= {token.user.id: token.role for token in self.access_tokens}
        return roles.get(user_id, "none")

    def may_push(self, ref: str, role: str) -> bool:
        """Whether a role may change this ref, which protected refs ask for."""
        wanted = self.settings.protected_refs.get(ref, "developer")
        return wanted != "no_one" and at_least(role, wanted)
