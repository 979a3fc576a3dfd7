"""python-gitlab, the well-known client, works with the stand-in as with GitLab."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gitlab
import pytest
from gitlab.exceptions import (
    GitlabAuthenticationError,
    GitlabCreateError,
    GitlabDeleteError,
    GitlabGetError,
    GitlabHttpError,
)

from tests.sandbox.gitlab.conftest import DONE, Place, until

CI = """
stages: [build, publish]
workflow: {name: 'build $REQUEST'}
build:
  stage: build
  script: ['echo "asked for $REQUEST"', 'test "$REQUEST" != broken', echo page > page.txt]
  artifacts: {paths: [page.txt]}
publish: {stage: publish, script: [echo published], when: manual}
"""


@pytest.fixture
def client(place: Place) -> Iterator[gitlab.Gitlab]:
    place.add(CI)
    with gitlab.Gitlab(place.sandbox.url, private_token="glpat-right") as connected:
        yield connected


@pytest.fixture
def project(client: gitlab.Gitlab, place: Place) -> Any:
    return client.projects.get(place.project.path_with_namespace)


def finished(project: Any, number: int) -> Any:
    return until(lambda: project.pipelines.get(number), lambda one: one.status in DONE)


def test_it_logs_in(client: gitlab.Gitlab, place: Place) -> None:
    """Its own user, the version, the token."""
    client.auth()
    assert client.user is not None and client.user.id == place.project.access_tokens[0].user.id
    assert client.version()[0].startswith("18.")
    assert client.personal_access_tokens.get("self").scopes == ["api"]


def test_it_triggers_and_reads(project: Any) -> None:
    """Trigger, get, list by name, jobs, trace, artifacts, variables."""
    made = project.trigger_pipeline("main", "glptt-right", variables={"REQUEST": "b1"})
    assert finished(project, made.id).status == "success"
    (found,) = project.pipelines.list(name="build b1", get_all=True)
    assert found.id == made.id
    jobs = {job.name: job for job in found.jobs.list(get_all=True)}
    build = project.jobs.get(jobs["build"].id)
    assert b"asked for b1" in build.trace()
    assert build.artifact("page.txt") == b"page\n"
    assert {one.key for one in found.variables.list(get_all=True)} == {"REQUEST", "TRIGGER_PAYLOAD"}
    assert project.pipelines.latest(ref="main").id == made.id


def test_it_plays_cancels_retries_and_deletes(project: Any, place: Place) -> None:
    """The manual job, a pipeline and a job, and the error for what only owners may do."""
    made = project.pipelines.create({"ref": "main", "variables": [{"key": "REQUEST", "value": "broken"}]})
    failed = finished(project, made.id)
    assert failed.status == "failed"
    failed.retry()
    finished(project, made.id)
    assert len(made.jobs.list(include_retried=True, get_all=True)) == 3
    place.write("a: {script: [sleep 300]}\nb: {script: [echo b], when: manual}")
    long = project.trigger_pipeline("main", "glptt-right")
    until(lambda: project.pipelines.get(long.id).status, lambda status: status == "running")
    button = next(job for job in long.jobs.list(get_all=True) if job.name == "b")
    project.jobs.get(button.id).play()
    until(lambda: project.jobs.get(button.id).status, lambda status: status == "success")
    long.cancel()
    assert finished(project, long.id).status == "canceled"
    with pytest.raises(GitlabDeleteError) as caught:
        long.delete()
    assert caught.value.response_code == 403


def test_its_errors_carry_gitlabs_words(project: Any, place: Place) -> None:
    """400, 404, 401 and 422 as it knows them."""
    with pytest.raises(GitlabCreateError) as refused:
        project.pipelines.create({"ref": "gone"})
    assert refused.value.response_code == 400 and "Reference not found" in str(refused.value)
    with pytest.raises(GitlabGetError, match="404 Not found"):
        project.pipelines.get(4711)
    with gitlab.Gitlab(place.sandbox.url, private_token="wrong") as stranger, pytest.raises(GitlabAuthenticationError):
        stranger.projects.get(project.id)
    place.write("a: {script: [x], foo: 1}")
    with pytest.raises((GitlabCreateError, GitlabHttpError)) as broken:
        project.trigger_pipeline("main", "glptt-right")
    assert broken.value.response_code == 422


def test_it_walks_through_pages(project: Any, place: Place) -> None:
    """Following the links gives each pipeline once."""
    place.project.settings.runs_jobs = False
    ids = [place.start(REQUEST=str(number)) for number in range(7)]
    walked = [one.id for one in project.pipelines.list(iterator=True, per_page=3)]
    assert walked == list(reversed(ids))


def test_it_manages_triggers_hooks_and_resource_groups(project: Any, place: Place) -> None:
    """Lists, creations and deletions as far as the product needs them."""
    trigger = project.triggers.create({"description": "second"})
    assert [one.description for one in project.triggers.list(get_all=True)] == ["buildhub", "second"]
    trigger.delete()
    hook = project.hooks.create({"url": "http://127.0.0.1:9/", "pipeline_events": True})
    hook.job_events = True
    hook.save()
    assert project.hooks.get(hook.id).job_events is True
    hook.delete()
    place.write("a: {script: [echo a], resource_group: site}")
    finished(project, project.trigger_pipeline("main", "glptt-right").id)
    group = project.resource_groups.get("site")
    group.process_mode = "newest_first"
    group.save()
    assert project.resource_groups.get("site").process_mode == "newest_first"
