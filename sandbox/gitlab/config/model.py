"""What a checked `.gitlab-ci.yml` consists of."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.gitlab.variables import Variable

DEFAULT_STAGES = ("build", "test", "deploy")
DEFAULT_TIMEOUT_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One entry of `rules`; None means that the entry does not say."""

    condition: str | None = None
    exists: tuple[str, ...] = ()
    when: str | None = None
    start_in: float | None = None
    allow_failure: bool | None = None
    variables: dict[str, Variable] = field(default_factory=dict)
    needs: tuple["Need", ...] | None = None
    interruptible: bool | None = None
    auto_cancel: str | None = None


@dataclass(frozen=True, kw_only=True)
class Need:
    """A job that must be done first."""

    job: str
    artifacts: bool = True
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Artifacts:
    """What a job leaves behind; `expire_in` in seconds, None keeps it."""

    paths: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    when: str = "on_success"
    expire_in: float | None = None
    name: str = "artifacts"


@dataclass(frozen=True, kw_only=True)
class Cache:
    """Files that a job takes from an earlier one and leaves for later ones."""

    key: str
    paths: tuple[str, ...] = ()
    when: str = "on_success"
    policy: str = "pull-push"


@dataclass(frozen=True, kw_only=True)
class JobConfig:
    """One job as written, with `extends`, `default` and references worked in; times in seconds."""

    name: str
    stage: str
    script: tuple[str, ...]
    before_script: tuple[str, ...] = ()
    after_script: tuple[str, ...] = ()
    variables: dict[str, Variable] = field(default_factory=dict)
    inherited: tuple[str, ...] | None = None
    rules: tuple[Rule, ...] | None = None
    when: str = "on_success"
    when_is_written: bool = False
    start_in: float | None = None
    allow_failure: bool | None = None
    allowed_exit_codes: tuple[int, ...] = ()
    needs: tuple[Need, ...] | None = None
    dependencies: tuple[str, ...] | None = None
    resource_group: str | None = None
    interruptible: bool = False
    artifacts: Artifacts | None = None
    caches: tuple[Cache, ...] = ()
    retries: int = 0
    retry_when: tuple[str, ...] = ("always",)
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    environment: dict[str, Any] | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CiConfig:
    """A whole file: jobs in the order in which they are written."""

    stages: tuple[str, ...]
    jobs: dict[str, JobConfig]
    variables: dict[str, Variable]
    workflow_rules: tuple[Rule, ...] | None
    workflow_name: str | None
    auto_cancel: str
