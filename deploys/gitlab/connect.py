"""Opens a GitLab client for a stored project: the one place of this package that knows models and settings."""

from __future__ import annotations

import httpx

from deploys.gitlab.client import GitLab
from deploys.models import GitLabProject


def connect(project: GitLabProject, *, patience: float | None = None) -> GitLab:
    """Return a client for the project, to be closed after use. No request is sent yet.

    patience: seconds for each request, where somebody waits for the answer.
    """
    return GitLab(
        url=project.url,
        project=project.project_id,
        trigger_token=project.trigger_token,
        api_token=project.api_token,
        timeout=httpx.Timeout(patience) if patience else None,
    )
