"""A stand-in GitLab: REST API v4 over HTTP, real jobs as real processes, webhooks, and faults on order."""

from sandbox.gitlab.creation import CreationRefused
from sandbox.gitlab.faults import Fault, FaultError, Faults
from sandbox.gitlab.project import Hook, Project, Settings
from sandbox.gitlab.records import STATUSES, Job, Pipeline
from sandbox.gitlab.server import GitLabSandbox

__all__ = [
    "STATUSES",
    "CreationRefused",
    "Fault",
    "FaultError",
    "Faults",
    "GitLabSandbox",
    "Hook",
    "Job",
    "Pipeline",
    "Project",
    "Settings",
]
