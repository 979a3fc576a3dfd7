"""Looking once more for a build of unknown fate: adopt its pipeline if it can be told by now."""

from __future__ import annotations

from deploys.builds.steps.adopt import adopt
from deploys.builds.steps.find import CannotTell, find_pipeline
from deploys.gitlab.connect import connect
from deploys.gitlab.errors import GitLabError
from deploys.lifecycle import State
from deploys.models import Build
from deploys.transitions import note


def settle(build_id: int) -> None:
    """Search GitLab for the build's pipeline. What was found, or that nothing was, becomes an event."""
    related = Build.objects.select_related("environment__site", "environment__gitlab_project", "site")
    build = related.get(pk=build_id)
    project = build.environment.gitlab_project
    if build.state != State.UNKNOWN or project is None:
        return
    with connect(project) as gitlab:
        try:
            pipeline = find_pipeline(build, gitlab)
        except (CannotTell, GitLabError) as reason:
            note(build, f"Still cannot tell whether it began: {reason}")
            return
        if pipeline is None:
            note(build, "Looked again: GitLab shows no trace of it")
        else:
            adopt(build, pipeline, gitlab)
