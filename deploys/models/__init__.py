"""The database tables, one file per model."""

from deploys.models.build import Build, BuildRequest, Cause
from deploys.models.content import (
    BuildContent,
    ContentBlob,
    ContentSource,
    ContentState,
    EntryProof,
    EntryVersion,
    SourceKind,
)
from deploys.models.environment import Environment, EnvironmentKind, SendAs
from deploys.models.event import Event
from deploys.models.gitlab_project import GitLabProject, HookDelivery
from deploys.models.heartbeat import Heartbeat
from deploys.models.job import Job, JobLog, Step
from deploys.models.membership import Membership, Role
from deploys.models.release import Proof, Release
from deploys.models.site import Site
from deploys.models.user import User

__all__ = [
    "Build",
    "BuildContent",
    "BuildRequest",
    "Cause",
    "ContentBlob",
    "ContentSource",
    "ContentState",
    "EntryProof",
    "EntryVersion",
    "Environment",
    "EnvironmentKind",
    "Event",
    "GitLabProject",
    "Heartbeat",
    "HookDelivery",
    "Job",
    "JobLog",
    "Membership",
    "Proof",
    "Release",
    "Role",
    "SendAs",
    "Site",
    "SourceKind",
    "Step",
    "User",
]
