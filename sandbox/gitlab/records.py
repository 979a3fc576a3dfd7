"""The rows that the stand-in keeps: pipelines and jobs. Moments and durations are seconds (float)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.gitlab.variables import Variable

STATUSES = (
    "created", "waiting_for_resource", "preparing", "waiting_for_callback", "pending", "running", "success",
    "failed", "canceling", "canceled", "skipped", "manual", "scheduled",
)  # fmt: skip
COMPLETED = frozenset({"success", "failed", "canceled", "skipped"})
ALIVE = frozenset(
    {"waiting_for_resource", "preparing", "waiting_for_callback", "pending", "running", "canceling", "created"}
)
CANCELABLE = frozenset(ALIVE - {"canceling"} | {"scheduled", "manual"})
RETRYABLE = frozenset({"failed", "canceled"})
NO_SHA = "0" * 40
# Fields of a pipeline that its row leaves out or writes in another way.
NOT_IN_ROW = frozenset({"known_jobs", "jobs_source", "variables"})


@dataclass
class User:
    """A GitLab account."""

    id: int
    name: str
    username: str
    email: str


@dataclass
class Plan:
    """What a job does, settled when its pipeline is made. All values are plain JSON."""

    script: list[str]
    before_script: list[str]
    after_script: list[str]
    variables: list[dict[str, Any]]
    when: str
    start_in: float | None
    allowed_exit_codes: list[int]
    needs: list[str] | None
    artifacts_from: list[str] | None
    resource_group: str | None
    interruptible: bool
    artifacts: dict[str, Any] | None
    retries: int
    retry_when: list[str]
    timeout: float
    environment: dict[str, Any] | None
    tags: list[str]
    caches: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Job:
    """One job; a retry is a new one with the same name, and the old one is then `retried`."""

    id: int
    pipeline_id: int
    project_id: int
    name: str
    stage: str
    stage_index: int
    plan: Plan
    allow_failure: bool
    created_at: float
    updated_at: float
    token: str
    status: str = "created"
    queued_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    failure_reason: str | None = None
    retried: bool = False
    retries_count: int = 0
    scheduled_at: float | None = None
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    artifacts_expire_at: float | None = None
    variables: list[dict[str, Any]] = field(default_factory=list)
    user_id: int = 0

    @property
    def duration(self) -> float | None:
        """Seconds of running, None before the end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round(self.finished_at - self.started_at, 6)

    @property
    def queued_duration(self) -> float | None:
        """Seconds between queueing and start, None before the start."""
        if self.queued_at is None or self.started_at is None:
            return None
        return round(self.started_at - self.queued_at, 6)

    def plan_as_json(self) -> str:
        """The part that never changes, for the disk."""
        return json.dumps(vars(self.plan))

    def as_json(self) -> str:
        """The part that changes, for the disk."""
        return json.dumps({key: value for key, value in vars(self).items() if key != "plan"})

    @classmethod
    def of_json(cls, plan: str, body: str) -> "Job":
        """The job that was written."""
        return cls(plan=Plan(**json.loads(plan)), **json.loads(body))


@dataclass
class Pipeline:
    """One pipeline. `scripted` ones follow orders and run no job; `hidden_until` plays a lagging replica."""

    id: int
    iid: int
    project_id: int
    ref: str
    sha: str
    source: str
    user_id: int
    created_at: float
    updated_at: float
    status: str = "created"
    tag: bool = False
    name: str | None = None
    yaml_errors: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    duration: int | None = None
    variables: list[Variable] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    auto_cancel: str = "conservative"
    scripted: bool = False
    held_until: float = 0.0
    hidden_until: float = 0.0
    known_jobs: list[Job] = field(default_factory=list)
    jobs_source: Callable[[int], list[Job]] | None = None

    @property
    def jobs(self) -> list[Job]:
        """All jobs by id; those of an old pipeline are read from the disk when somebody asks for them."""
        if self.jobs_source is not None:
            source, self.jobs_source = self.jobs_source, None
            self.known_jobs = source(self.id)
        return self.known_jobs

    @property
    def latest_jobs(self) -> list[Job]:
        """Jobs without those that were retried."""
        return [job for job in self.jobs if not job.retried]

    @property
    def queued_duration(self) -> int | None:
        """Whole seconds before the first start; None instead of 0, as GitLab has it."""
        if self.started_at is None:
            return None
        return int(self.started_at - self.created_at) or None

    def job(self, name: str) -> Job:
        """The latest job of that name. Raises KeyError."""
        for job in self.latest_jobs:
            if job.name == name:
                return job
        raise KeyError(name)

    def as_json(self) -> str:
        """For the disk."""
        row = {key: value for key, value in vars(self).items() if key not in NOT_IN_ROW}
        row["variables"] = [vars(variable) for variable in self.variables]
        return json.dumps(row)

    @classmethod
    def of_json(cls, body: str) -> "Pipeline":
        """The pipeline that was written, still without its jobs."""
        row = json.loads(body)
        row["variables"] = [Variable(**variable) for variable in row["variables"]]
        return cls(**row)
