"""A typed client, its errors, and incoming webhooks. A leaf: no model, no setting."""

from deploys.gitlab.client import GitLab
from deploys.gitlab.errors import (
    ErrorClass,
    GitLabError,
    GitLabNotFound,
    GitLabRefused,
    GitLabUnavailable,
    HookMalformed,
    HookRejected,
    MalformedAnswer,
)
from deploys.gitlab.refusals import REFUSALS, Refusal, explain
from deploys.gitlab.types import Job, Pipeline, RateLimit, Token, Trace, Variable

__all__ = [
    "REFUSALS",
    "ErrorClass",
    "GitLab",
    "GitLabError",
    "GitLabNotFound",
    "GitLabRefused",
    "GitLabUnavailable",
    "HookMalformed",
    "HookRejected",
    "Job",
    "MalformedAnswer",
    "Pipeline",
    "RateLimit",
    "Refusal",
    "Token",
    "Trace",
    "Variable",
    "explain",
]
