"""Asking GitLab about our own API token."""

from __future__ import annotations

from deploys.builds import tokens
from deploys.gitlab.connect import connect
from deploys.gitlab.errors import GitLabNotFound, GitLabRefused, GitLabUnavailable
from deploys.models import GitLabProject


def check(project_id: int) -> None:
    """Store what GitLab says of the token: scopes, and until when it works. No answer: the next tick asks again.

    A token that GitLab refuses keeps the end that was known; that it is refused is told where builds are followed. One
    that was stored since has none that is known.
    """
    project = GitLabProject.objects.get(pk=project_id)
    mark = tokens.mark_of(project)
    try:
        with connect(project) as gitlab:
            token = gitlab.own_token()
    except GitLabUnavailable:
        return
    except (GitLabRefused, GitLabNotFound):
        known = project.token_expires_on if project.token_mark == mark else None
        project.note_token(mark=mark, name=project.token_name, scopes=project.token_scopes, expires_on=known)
        return
    project.note_token(mark=mark, name=token.name, scopes=token.scopes, expires_on=token.expires_at)
