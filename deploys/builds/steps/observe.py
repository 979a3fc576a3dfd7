"""Observing builds: one list call per project and look, however many builds are under way."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils.timezone import now

from deploys.builds import pace
from deploys.builds.line import wake_next
from deploys.builds.steps import found
from deploys.builds.steps.apply import apply
from deploys.gitlab.client import GitLab
from deploys.gitlab.connect import connect
from deploys.gitlab.errors import ErrorClass, GitLabNotFound, GitLabRefused, GitLabUnavailable
from deploys.gitlab.types import Pipeline
from deploys.lifecycle import State
from deploys.log_context import about
from deploys.models import Build, GitLabProject
from deploys.models.build import BuildQuerySet
from deploys.transitions import advance

logger = logging.getLogger(__name__)

OVERLAP = timedelta(seconds=2)
FIRST_WINDOW = timedelta(minutes=10)
REFUSED_PAUSE = timedelta(seconds=30)
UNREACHABLE_PAUSE = timedelta(seconds=5)
SCARCE = 0.1  # below this share of the rate limit, wait for the next window
MOST_ROUNDS = 3


def observe_project(project_id: int) -> None:
    """Ask GitLab what changed in a project, and bring its builds up to date. One worker at a time per project."""
    project = GitLabProject.objects.get(pk=project_id)
    for _ in range(MOST_ROUNDS):
        if not project.lease(until=now() + pace.PROJECT_LEASE):
            return
        try:
            _ask(project)
        finally:
            again = project.give_back()
        if not again:
            return
        project.refresh_from_db()


def _ask(project: GitLabProject) -> None:
    try:
        with connect(project) as gitlab:
            try:
                _look(project, gitlab)
            finally:
                _note_rate(project, gitlab)
            scarce_until = _scarce_until(gitlab)
    except GitLabUnavailable as error:
        until = error.retry_at or now() + UNREACHABLE_PAUSE
        project.note_trouble(error.error_class, str(error), pause_until=until)
    except GitLabRefused as error:
        project.note_trouble(error.error_class, error.setting or str(error), pause_until=now() + REFUSED_PAUSE)
    except GitLabNotFound as error:
        project.note_trouble(ErrorClass.API_FORBIDDEN, str(error), pause_until=now() + REFUSED_PAUSE)
    else:
        project.note_answer(pause_until=scarce_until)


def _note_rate(project: GitLabProject, gitlab: GitLab) -> None:
    """Keep what GitLab says of the request limit, also when it refused: that may be why. GitLab need not have one."""
    rate = gitlab.rate_limit
    if rate is not None and rate.limit is not None and rate.remaining is not None:
        project.note_rate(limit=rate.limit, left=rate.remaining, resets_at=rate.reset_at)


def _scarce_until(gitlab: GitLab) -> datetime | None:
    """When the request limit is nearly used up, the start of the next window."""
    limit = gitlab.rate_limit
    if limit is None or not limit.limit or limit.remaining is None or limit.reset_at is None:
        return None
    return limit.reset_at if limit.remaining < SCARCE * limit.limit else None


def _look(project: GitLabProject, gitlab: GitLab) -> None:
    """List what changed since the last look, apply it, and see to those that did not change."""
    followed = list(_builds(project).followed())
    since = project.listed_through or _first_moment(followed)
    changed = gitlab.list_pipelines(updated_after=since - OVERLAP, order_by="updated_at")
    told = {pipeline.id: pipeline for pipeline in changed}
    for build in _builds(project).filter(pipeline_id__in=told):
        _apply(build, told[build.pipeline_id or 0], gitlab)
    found.take_in(project, changed, gitlab)
    quiet = [build for build in followed if build.pipeline_id not in told]
    for build in quiet:
        _still_the_same(build, gitlab)
    if followed and (project.reviewed_at is None or project.reviewed_at <= now() - pace.REVIEW_EVERY):
        _review(project, quiet, gitlab)
    newest = max((one.updated_at for one in changed if one.updated_at), default=None)
    if newest is not None:
        GitLabProject.objects.filter(pk=project.pk).update(listed_through=newest)


def _first_moment(followed: list[Build]) -> datetime:
    """From when on pipelines count that began before the project was first looked at."""
    return min([now() - found.FIRST_DAYS, *(build.requested_at - FIRST_WINDOW for build in followed)])


def _builds(project: GitLabProject) -> BuildQuerySet:
    related = Build.objects.select_related("environment__site", "environment__gitlab_project", "site")
    return related.filter(environment__gitlab_project=project)


def _apply(build: Build, pipeline: Pipeline, gitlab: GitLab) -> None:
    try:
        with about(build_id=build.pk):
            apply(build, pipeline, gitlab)
    except GitLabNotFound:
        _missing(build)


def _still_the_same(build: Build, gitlab: GitLab) -> None:
    """The list answered and did not name this build: it is as we know it. Jobs may move while it runs."""
    if build.next_look_at and build.next_look_at > now():
        return
    if build.state == State.RUNNING:
        same = Pipeline(id=build.pipeline_id or 0, status=build.pipeline_status, updated_at=build.pipeline_updated_at)
        _apply(build, same, gitlab)
        return
    upcoming = pace.next_look(build.claimed_at or build.requested_at)
    Build.objects.filter(pk=build.pk).update(heard_at=now(), next_look_at=upcoming)


def _review(project: GitLabProject, quiet: list[Build], gitlab: GitLab) -> None:
    """See whether the quiet builds still exist: deleting a pipeline changes no list and sends no hook."""
    listed = {pipeline.id for pipeline in gitlab.list_pipelines()} if quiet else set()
    for build in quiet:
        if build.pipeline_id in listed or build.pipeline_id is None:
            continue
        try:
            pipeline = gitlab.get_pipeline(build.pipeline_id)
        except GitLabNotFound:
            _missing(build)
        else:
            _apply(build, pipeline, gitlab)
    GitLabProject.objects.filter(pk=project.pk).update(reviewed_at=now())


def _missing(build: Build) -> None:
    """A pipeline that answers 404: perhaps not shown yet, after a while surely gone."""
    if build.missing_since is None:
        Build.objects.filter(pk=build.pk).update(missing_since=now())
        GitLabProject.objects.filter(environments=build.environment).update(reviewed_at=None)
    elif build.missing_since <= now() - pace.MISSING_IS_GONE:
        advance(build, State.LOST, note="Its pipeline was deleted in GitLab", error_class="pipeline_deleted")
        wake_next(build.environment_id)
    else:
        GitLabProject.objects.filter(environments=build.environment).update(reviewed_at=None)
