"""Opens a GitLab client for a stored project: the one place of this package that knows models and settings."""

from __future__ import annotations

from deploys.gitlab.client import GitLab
from deploys.models import GitLabProject


def connect(project: GitLabProject) -> GitLab:
    """Return a client for the project, to be closed after use. No request is sent yet."""
    return GitLab(
        url=project.url,
        project=project.project_id,
        trigger_token=project.trigger_token,
        api_token=project.api_token,
    )
