"""Builds that were started in GitLab itself: found in the list of pipelines, then followed like ours.

A pipeline is taken in when it runs on the branch of one environment, was started by a person, a push or a schedule of
GitLab (never by a trigger token, as ours are), carries no build's name, and publishes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now

from deploys.builds import pace
from deploys.builds.ci.publishing import Evidence
from deploys.builds.ci.reading import CiFile, Unreadable, read
from deploys.builds.steps.apply import apply
from deploys.builds.steps.collect import record_as_of
from deploys.gitlab.client import GitLab
from deploys.gitlab.errors import GitLabNotFound, GitLabRefused
from deploys.gitlab.types import Pipeline
from deploys.lifecycle import State
from deploys.models import Build, Cause, Environment, Event, GitLabProject, Step

SOURCES = {
    "web": "somebody pressed “Run pipeline”",
    "push": "a push",
    "schedule": "a schedule of GitLab",
    "api": "GitLab's API",
    "chat": "a chat command",
    "webide": "GitLab's Web IDE",
}
FIRST_DAYS = timedelta(days=7)  # how far the first look at a project goes back
FIRST_MOST = 20
CI_FILE = ".gitlab-ci.yml"
_NAMED = re.compile(r"^Buildhub [0-9a-f-]{36}$")


def take_in(project: GitLabProject, listed: Iterable[Pipeline], gitlab: GitLab) -> None:
    """Make builds of those listed pipelines that publish and are nobody's yet. Raises the errors of reading.

    Of a project that was never looked at before, only the newest few count.
    """
    fresh = _fresh(project, listed)
    files: dict[str, CiFile | None] = {}
    for pipeline, environment in fresh:
        if pipeline.sha not in files:
            files[pipeline.sha] = _ci_file(pipeline.sha, gitlab)
        try:
            _take_in(project, environment, pipeline, files[pipeline.sha], gitlab)
        except GitLabNotFound:
            continue  # deleted meanwhile


def _fresh(project: GitLabProject, listed: Iterable[Pipeline]) -> list[tuple[Pipeline, Environment]]:
    """Those that could be taken in, oldest first, each with the environment of its branch. Two queries at most."""
    news = [one for one in listed if _may_be_foreign(one) and _is_news(one, project.listed_through)]
    places = _places(project) if news else {}
    news = [one for one in news if one.ref in places]
    if not news:
        return []
    known = Build.objects.filter(environment__gitlab_project=project, pipeline_id__in=[one.id for one in news])
    taken = set(known.values_list("pipeline_id", flat=True))
    left = sorted((one for one in news if one.id not in taken), key=lambda one: one.id)
    if project.listed_through is None:
        left = left[-FIRST_MOST:]
    return [(one, places[one.ref]) for one in left]


def _may_be_foreign(pipeline: Pipeline) -> bool:
    return pipeline.source in SOURCES and pipeline.status != "skipped" and not _NAMED.match(pipeline.name or "")


def _is_news(pipeline: Pipeline, listed_through: datetime | None) -> bool:
    """False for what the last look has judged already."""
    return listed_through is None or pipeline.updated_at is None or pipeline.updated_at > listed_through


def _places(project: GitLabProject) -> dict[str, Environment]:
    """The environments by branch; a branch that several have cannot tell which one is meant."""
    found: dict[str, list[Environment]] = {}
    for environment in project.environments.public().select_related("site", "gitlab_project"):
        found.setdefault(environment.ref, []).append(environment)
    return {ref: places[0] for ref, places in found.items() if len(places) == 1}


def _ci_file(sha: str, gitlab: GitLab) -> CiFile | None:
    """The CI file of the commit; None when it is not to be had."""
    try:
        return read(gitlab.read_file(CI_FILE, ref=sha))
    except (GitLabNotFound, GitLabRefused, Unreadable):
        return None


def _take_in(
    project: GitLabProject, environment: Environment, listed: Pipeline, file: CiFile | None, gitlab: GitLab
) -> None:
    jobs = gitlab.list_jobs(listed.id)
    if not Evidence(pipeline=listed, jobs=jobs, own=_own_jobs(environment), file=file).publishes:
        return
    pipeline = gitlab.get_pipeline(listed.id)  # the list does not name who started it
    if build := _create(project, environment, pipeline):
        apply(build, pipeline, gitlab)


def _own_jobs(environment: Environment) -> frozenset[str]:
    """The jobs that published in the last build of ours that went well: those of the last step, else all."""
    last = environment.builds.built().ours().filter(state=State.SUCCEEDED).order_by("-number").first()
    jobs = list(last.jobs.filter(status="success")) if last else []
    going_live = {job.name for job in jobs if job.step == Step.GOING_LIVE}
    return frozenset(going_live or {job.name for job in jobs})


@transaction.atomic
def _create(project: GitLabProject, environment: Environment, pipeline: Pipeline) -> Build | None:
    """Insert the build; None when another worker did. Numbers follow time, so that it is dated after the newest."""
    environment.lock()
    if Build.objects.filter(found_in=project, pipeline_id=pipeline.id).exists():
        return None
    newest = environment.site.builds.order_by("-number").first()
    moment = now()
    began = pipeline.created_at or moment
    build = Build.create_queued(
        environment=environment,
        state=State.PENDING,
        cause=Cause.GITLAB,
        started_by=(pipeline.user_name or pipeline.username or "")[:120],
        found_in=project,
        requested_at=max(began, newest.requested_at) if newest else began,
        pipeline_id=pipeline.id,
        pipeline_url=pipeline.web_url,
        sha=pipeline.sha,
        heard_at=moment,
        next_look_at=pace.next_look(moment),
        deadline_at=moment + environment.time_limit,
    )
    who = build.started_by or "Somebody"
    Event.record(build.pk, new=State.PENDING, note=f"{who} started it in GitLab: {SOURCES[pipeline.source]}")
    if environment.four_eyes:
        Event.record(build.pk, note="Nobody approved it: GitLab does not ask Buildhub")
    record_as_of(build, began)
    environment.touch()
    return build
