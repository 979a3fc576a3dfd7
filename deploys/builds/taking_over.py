"""A later build takes the changes of an earlier one along that is still in line, and those who asked for it."""

from __future__ import annotations

import uuid

from deploys.lifecycle import State
from deploys.models import Build, BuildRequest
from deploys.transitions import advance, note


def takes_over(build: Build, earlier: Build) -> bool:
    """Let a new build take the changes of an earlier one along, that is still in line. False where it does not.

    Who asked for that one asked for this one from now on, so that they hear how it ends.
    """
    if earlier.state != State.QUEUED or earlier.is_copy or build.environment.is_for_previews:
        return False
    words = f"Build {build.number} includes these changes"
    if not advance(earlier, State.SUPERSEDED, note=words, superseded_by=build):
        return False
    people = set(earlier.requests.values_list("user", flat=True))
    requests = [BuildRequest(build=build, user_id=person, key=uuid.uuid4().hex) for person in people if person]
    BuildRequest.objects.bulk_create(requests)
    words = f"Took over what build {earlier.number} was asked for"
    if earlier.through_freeze:
        note(build, words, through_freeze=True, reason=earlier.reason)
    else:
        note(build, words)
    return True
