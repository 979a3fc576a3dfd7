"""Finding a build's pipeline again after its answer got lost (facts: GitLab has no idempotency key on creation)."""

from __future__ import annotations

from datetime import timedelta

from deploys.gitlab.client import GitLab
from deploys.gitlab.errors import GitLabNotFound, GitLabRefused
from deploys.gitlab.types import Pipeline
from deploys.models import Build, SendAs
from deploys.transitions import note

CLOCK_SKEW = timedelta(seconds=60)
VARIABLE = "BUILDHUB_BUILD"


class CannotTell(Exception):
    """Several pipelines could be the one, and none of them says so."""


def find_pipeline(build: Build, gitlab: GitLab) -> Pipeline | None:
    """Return the pipeline that our request made, or None when none can be seen (yet).

    Looks at a hook's hint, the exact name, then the variables of pipelines of that time. Of several with our name the
    oldest counts and the others are stopped. Raises CannotTell, and the GitLab errors of reading.
    """
    if build.pipeline_hint:
        try:
            return gitlab.get_pipeline(build.pipeline_hint)
        except GitLabNotFound:
            pass  # a hook may come seconds before the API shows the pipeline
    if build.environment.send_as != SendAs.NONE:
        named = gitlab.list_pipelines(name=build.pipeline_name)
        if named:
            return _oldest(build, named, gitlab)
    return _among_neighbours(build, gitlab)


def _oldest(build: Build, pipelines: list[Pipeline], gitlab: GitLab) -> Pipeline:
    first, *others = sorted(pipelines, key=lambda pipeline: pipeline.id)
    for other in others:
        gitlab.cancel_pipeline(other.id)
        note(build, f"GitLab had made a second pipeline ({other.id}); it was stopped")
    return first


def find_rejected(build: Build, gitlab: GitLab) -> Pipeline | None:
    """Return the failed record that GitLab keeps when it refuses the CI file (422), if just one can be it."""
    failed = [gitlab.get_pipeline(one.id) for one in _unclaimed(build, gitlab) if one.status == "failed"]
    refused = [one for one in failed if one.yaml_errors]
    return refused[0] if len(refused) == 1 else None


def _among_neighbours(build: Build, gitlab: GitLab) -> Pipeline | None:
    """Look for our id in the variables of unnamed pipelines; without ids, a single newcomer must be it."""
    candidates = _unclaimed(build, gitlab)
    if build.environment.send_as == SendAs.NONE:
        if len(candidates) > 1:
            raise CannotTell(f"{len(candidates)} pipelines began at that time and none carries an id.")
        return candidates[0] if candidates else None
    unreadable = 0
    for candidate in candidates:
        try:
            if gitlab.pipeline_variables(candidate.id).get(VARIABLE) == str(build.key):
                return candidate
        except (GitLabRefused, GitLabNotFound):
            unreadable += 1
    if unreadable:
        raise CannotTell("A pipeline began at that time, and the API token may not read whether it is this build.")
    return None


def _unclaimed(build: Build, gitlab: GitLab) -> list[Pipeline]:
    """Pipelines of the same ref that began since our request, belong to no other build and carry no other's name."""
    sent_at = build.sent_at or build.requested_at
    listed = gitlab.list_pipelines(
        ref=build.environment.ref, source="trigger", created_after=sent_at - CLOCK_SKEW, max_pages=2
    )
    same_project = Build.objects.filter(environment__gitlab_project=build.environment.gitlab_project)
    taken = set(same_project.filter(pipeline_id__in=[one.id for one in listed]).values_list("pipeline_id", flat=True))
    return [one for one in listed if one.id not in taken and not (one.name or "").startswith("Buildhub ")]
