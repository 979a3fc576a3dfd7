"""Starting a build: at most one request to GitLab whose outcome is unknown, and a look-up before any repeat."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils.timezone import now

from deploys import wake
from deploys.builds import pace
from deploys.builds.steps.adopt import adopt
from deploys.builds.steps.claim import claim
from deploys.builds.steps.collect import StillReading, collect
from deploys.builds.steps.find import VARIABLE, CannotTell, find_pipeline, find_rejected
from deploys.builds.steps.postpone import postpone
from deploys.gitlab.client import GitLab
from deploys.gitlab.connect import connect
from deploys.gitlab.errors import ErrorClass, GitLabError, GitLabNotFound, GitLabRefused, GitLabUnavailable
from deploys.gitlab.types import Pipeline
from deploys.lifecycle import State
from deploys.models import Build, SendAs
from deploys.transitions import advance, note

ENVIRONMENT_VARIABLE = "BUILDHUB_ENVIRONMENT"
PREVIEW_VARIABLE = "BUILDHUB_PREVIEW"  # sent only for previews: the folder that the pipeline publishes to
ANYWAY_VARIABLE = "BUILDHUB_ANYWAY"  # sent only when a person said that much of the site may vanish


def start(build_id: int) -> None:
    """Bring a build from the line to its pipeline, or say why not. Safe to run at any time, any number of times."""
    if Build.objects.copies().filter(pk=build_id).exists():
        wake.copy(build_id)  # it takes longer than a start may, so it has a task of its own
        return
    build = claim(build_id)
    if build is None:
        return
    project = build.environment.gitlab_project
    if project is None:
        fail(build, "not_configured", {})
        return
    if build.sent_at is None:
        try:
            collect(build)
        except StillReading:
            postpone(build, now(), "Reading the content from the CMS.")
            return
    with connect(project) as gitlab:
        if build.sent_at is None or _surely_not_there(build, gitlab):
            _send(build, gitlab)


def _surely_not_there(build: Build, gitlab: GitLab) -> bool:
    """After a lost answer: adopt the pipeline if it exists. True when it is sure that none does."""
    try:
        pipeline = find_pipeline(build, gitlab)
    except GitLabUnavailable as error:
        postpone(build, error.retry_at, "GitLab does not answer; Buildhub looks whether the build has begun.")
        return False
    except (CannotTell, GitLabRefused, GitLabNotFound) as reason:
        advance(build, State.UNKNOWN, attempt=build.attempts, note=f"Cannot tell whether it began: {reason}")
        return False
    if pipeline is not None:
        adopt(build, pipeline, gitlab)
        return False
    sure_at = (build.sent_at or now()) + timedelta(seconds=settings.LOOK_UP_PATIENCE)
    if now() < sure_at:
        again = min(pace.backoff(build.attempts), sure_at)
        postpone(build, again, "The answer got lost; Buildhub looks whether the build has begun.")
        return False
    note(build, "No trace of it in GitLab, asking once more")
    return True


def _send(build: Build, gitlab: GitLab) -> None:
    """Send the one request. Its time is stored before it leaves, so that a killed worker leaves a trace."""
    if build.cancel_requested_at:
        advance(build, State.CANCELED, attempt=build.attempts, note="Stopped before it began", sent_at=None)
        return
    mine = Build.objects.filter(pk=build.pk, state=State.STARTING, attempts=build.attempts)
    if not mine.update(sent_at=now()):
        return
    build.refresh_from_db(fields=["sent_at"])
    try:
        pipeline = _trigger(build, gitlab)
    except GitLabUnavailable as error:
        _not_answered(build, error)
    except GitLabRefused as error:
        _refused(build, error, gitlab)
    except GitLabError as error:
        fail(build, ErrorClass.UNKNOWN_REFUSAL, {"detail": str(error)})
    else:
        adopt(build, pipeline, gitlab)


def _trigger(build: Build, gitlab: GitLab) -> Pipeline:
    sent = {VARIABLE: str(build.key), ENVIRONMENT_VARIABLE: build.environment.slug}
    if build.anyway:
        sent[ANYWAY_VARIABLE] = "1"
    if build.environment.is_for_previews:
        sent[PREVIEW_VARIABLE] = build.preview.label
    match build.environment.send_as:
        case SendAs.VARIABLES:
            return gitlab.trigger_pipeline(ref=build.environment.ref, variables=sent)
        case SendAs.INPUTS:
            inputs = {name.lower(): value for name, value in sent.items()}
            return gitlab.trigger_pipeline(ref=build.environment.ref, inputs=inputs)
    return gitlab.trigger_pipeline(ref=build.environment.ref)


def _not_answered(build: Build, error: GitLabUnavailable) -> None:
    """Nothing was made: try later. Perhaps something was made: look first, soon."""
    if error.sent == "maybe":
        postpone(build, pace.backoff(1), "The answer got lost; Buildhub looks whether the build has begun.")
        return
    words = {
        ErrorClass.TOO_MANY_PIPELINES: "GitLab takes no more builds this minute; Buildhub tries again.",
        ErrorClass.RATE_LIMITED: "GitLab asked to wait; Buildhub tries again.",
    }.get(ErrorClass(error.error_class), "The build service is not answering; Buildhub tries again.")
    postpone(build, error.retry_at or pace.backoff(build.attempts), words, sent_at=None)
    project = build.environment.gitlab_project
    if project and error.error_class == ErrorClass.SERVICE_DOWN:
        project.note_trouble(error.error_class, str(error))


def _refused(build: Build, error: GitLabRefused, gitlab: GitLab) -> None:
    """GitLab said no. An invalid CI file leaves a failed pipeline behind, which is then ours."""
    facts: dict[str, object] = {"detail": error.detail, "setting": error.setting}
    if error.error_class == ErrorClass.CONFIG_INVALID:
        try:
            pipeline = find_rejected(build, gitlab)
        except GitLabError:
            pipeline = None
        if pipeline is not None:
            adopt(build, pipeline, gitlab)
            return
    fail(build, error.error_class, facts)


def fail(build: Build, error_class: str, facts: dict[str, object]) -> None:
    """End an attempt for good, with the reason. The next build in line is woken by the sweep."""
    advance(
        build,
        State.FAILED,
        attempt=build.attempts,
        note="The build service did not take it",
        error_class=error_class,
        error_facts=facts,
        sent_at=None,
    )
