"""The same with a real worker process, a real broker and real HTTP: what eager calls would hide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app

from deploys.builds import actions
from deploys.lifecycle import State
from deploys.models import Build, Cause
from tests import scenes
from tests.flows.worker import Worker, wait_until
from tests.flows.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]

ROWS = [
    (404, {"message": "404 Not Found"}, "trigger_token_rejected"),
    (400, {"error": "token is missing"}, "token_missing"),
    (400, {"error": "variables is invalid"}, "variables_invalid"),
    (400, {"message": "variables needs to be a map of key-valued strings"}, "variables_not_strings"),
    (400, {"message": {"base": ["Reference not found"]}}, "ref_not_found"),
    (
        400,
        {
            "message": {
                "base": [
                    "Pipeline will not run for the selected trigger. "
                    "The rules configuration prevented any jobs from being added to the pipeline."
                ]
            }
        },
        "no_jobs_for_rules",
    ),
    (400, {"message": {"base": ["Pipeline filtered out by workflow rules."]}}, "filtered_by_workflow"),
    (400, {"message": {"base": ["Insufficient permissions to set pipeline variables"]}}, "variables_forbidden"),
    (400, {"message": {"base": ["Insufficient permissions to create a new pipeline"]}}, "owner_may_not_create"),
    (
        400,
        {"message": {"base": ["You do not have sufficient permission to run a pipeline on 'main'. Please …"]}},
        "owner_may_not_use_ref",
    ),
    (400, {"message": {"base": ["Pipelines are disabled!"]}}, "pipelines_disabled"),
    (422, {"message": {"base": ["jobs:build config contains unknown keys: foo"]}}, "config_invalid"),
    (401, {"message": "Job is not running"}, "job_token_finished"),
    (403, {"message": "403 Forbidden"}, "loop_guard"),
]


@pytest.fixture
def worker(transactional_db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker process for this test."""
    process = Worker(tmp_path_factory.mktemp("worker"))
    process.start()
    yield process
    process.stop()


def environments(world: World, count: int) -> list[Any]:
    """So many environments of the world's project."""
    return [
        scenes.make_environment(site=world.environment.site, slug=f"e{number}", gitlab_project=world.row, marker_url="")
        for number in range(count)
    ]


def all_are(state: State, count: int) -> Callable[[], bool]:
    """A condition: so many builds are at the state."""
    return lambda: Build.objects.filter(state=state).count() == count


def test_every_refusal_has_its_class(world: World, worker: Worker) -> None:
    """Each answer of GitLab's table ends the build once, with its own class and the setting to change."""
    builds: dict[int, str] = {}
    for environment, (status, body, expected) in zip(environments(world, len(ROWS)), ROWS, strict=True):
        world.project.faults.answer(status, body=body, method="POST", path="trigger/pipeline")
        build = actions.request(environment=environment, actor=None, cause=Cause.COMMAND)
        wait_until(
            lambda pk=build.pk: Build.objects.get(pk=pk).is_ended,  # type: ignore[misc]
            what=f"the end of the build that GitLab answers {status} {body}",
        )
        builds[build.pk] = expected
    found = {build.pk: build.error_class for build in Build.objects.filter(pk__in=builds)}
    assert found == builds
    assert all(build.error_facts["setting"] for build in Build.objects.filter(pk__in=builds))
    assert world.pipelines() == []


def test_a_lost_answer_makes_one_pipeline(world: World, worker: Worker) -> None:
    """The connection closes after GitLab made the pipeline; the worker finds it again by itself."""
    world.project.faults.lose_answer()
    build = world.press()
    wait_until(lambda: Build.objects.get(pk=build.pk).state == State.PENDING, what="adoption")
    assert len(world.pipelines()) == 1


def test_status_changes_arrive_by_polling_alone(world: World, worker: Worker) -> None:
    """No hook is set up: the ticks bring running and the end."""
    build = world.press()
    wait_until(lambda: Build.objects.get(pk=build.pk).pipeline_id is not None, what="the pipeline")
    for status, state in (("running", State.RUNNING), ("success", State.SUCCEEDED)):
        world.gitlab.set_status(Build.objects.get(pk=build.pk).pipeline_id, status)
        wait_until(lambda state=state: Build.objects.get(pk=build.pk).state == state, what=status)  # type: ignore[misc]


@pytest.mark.endurance
def test_chaos_loses_no_build_and_doubles_none(world: World, worker: Worker) -> None:
    """150 presses while the worker is killed six times and the broker is flushed three times."""
    presses = environments(world, 150)
    current_app.connection_for_write().ensure_connection(max_retries=3)
    for number, environment in enumerate(presses):
        actions.request(environment=environment, actor=None, cause=Cause.COMMAND)
        if number % 25 == 12:
            worker.kill()
            worker.start()
        if number % 50 == 30:
            with current_app.connection_for_write() as broker:
                broker.default_channel.client.flushall()
    wait_until(all_are(State.PENDING, 150), seconds=120, what="150 builds with a pipeline")
    names = Counter(pipeline.name for pipeline in world.pipelines())
    assert len(names) == 150
    assert set(names.values()) == {1}
    for pipeline in world.pipelines():
        world.gitlab.set_status(pipeline.id, "success")
    wait_until(all_are(State.SUCCEEDED, 150), seconds=60, what="150 builds that went well")


def test_a_frozen_broker_does_not_hold_up_the_press(world: World, worker: Worker, tmp_path: Path) -> None:
    """The broker answers nothing: the press is committed at once, and the build starts when the sweep runs."""
    import time

    with current_app.connection_for_write() as broker:
        broker.default_channel.client.execute_command("CLIENT", "PAUSE", "4000", "ALL")
    began = time.monotonic()
    build = world.press()
    assert time.monotonic() - began < 1
    wait_until(lambda: Build.objects.get(pk=build.pk).state == State.PENDING, what="the start")
    assert len(world.pipelines()) == 1
