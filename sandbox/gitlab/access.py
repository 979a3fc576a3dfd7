"""Who may do what: roles, tokens and their scopes (GitLab docs, roles and permissions; access tokens)."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sandbox.gitlab.records import User
from sandbox.gitlab.times import now

ROLES = {"none": 0, "guest": 10, "reporter": 20, "developer": 30, "maintainer": 40, "owner": 50}
# Names of GitLab's setting "minimum role to use pipeline variables".
OVERRIDE_ROLES = ("no_one_allowed", "owner", "maintainer", "developer")


def at_least(role: str, wanted: str) -> bool:
    """Whether a role includes another one. Raises KeyError for a word that is no role."""
    return ROLES[role] >= ROLES[wanted]


@dataclass
class AccessToken:
    """A personal or project access token. It dies at 00:00 UTC of `expires_at`."""

    id: int
    name: str
    value: str = field(repr=False)
    user: User
    role: str
    scopes: tuple[str, ...] = ("api",)
    expires_at: date | None = None
    revoked: bool = False
    created_at: float = field(default_factory=now)
    last_used_at: float | None = None

    @property
    def is_expired(self) -> bool:
        """Whether its day has come."""
        return self.expires_at is not None and datetime.fromtimestamp(now(), UTC).date() >= self.expires_at

    @property
    def is_active(self) -> bool:
        """Neither revoked nor expired."""
        return not self.revoked and not self.is_expired


@dataclass
class TriggerToken:
    """A pipeline trigger token; pipelines run as its owner, with the role that the owner has at that time."""

    id: int
    description: str
    value: str = field(repr=False)
    owner: User
    role: str
    created_at: float = field(default_factory=now)
    last_used: float | None = None
    expires_at: date | None = None

    @property
    def is_expired(self) -> bool:
        """Whether its day has come; most have none."""
        return self.expires_at is not None and datetime.fromtimestamp(now(), UTC).date() >= self.expires_at
