"""Listening to a running job: its own count reaches the page, for few calls."""

from __future__ import annotations

from typing import Any

import pytest

from deploys.models import Build, Job, JobLog
from tests.flows.world import World, later

pytestmark = pytest.mark.django_db(transaction=True)


def running(world: World) -> tuple[Build, Any]:
    """A build whose second job runs, and that job in the stand-in."""
    build = world.say(world.built(), "running")
    pipeline = world.gitlab.pipeline(build.pipeline_id or 0)
    job = next(one for one in pipeline.jobs if one.status == "running")
    return build, job


def say(world: World, job: Any, text: str) -> None:
    """The job writes this into its log; Buildhub looks some seconds later."""
    path = world.gitlab.world.trace_path(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as log:
        log.write(text)
    JobLog.objects.update(asked_at="2026-01-01T00:00Z")
    world.look()


def progress_of(build: Build) -> list[dict[str, int]]:
    """What the build's jobs are known to have said."""
    return [job.progress for job in build.jobs.all() if job.progress]


def test_a_jobs_own_count_is_stored_and_the_page_told(world: World) -> None:
    """The last count is kept, and each new one moves the version on; the same again does not."""
    build, job = running(world)
    say(world, job, 'buildhub:progress {"done": 1, "total": 31}\nbuildhub:progress {"done": 12, "total": 31}\n')
    assert progress_of(build) == [{"done": 12, "total": 31}]
    world.environment.refresh_from_db()
    version = world.environment.version
    say(world, job, 'buildhub:progress {"done": 12, "total": 31}\n')
    world.environment.refresh_from_db()
    assert world.environment.version == version
    say(world, job, 'buildhub:progress {"done": 13, "total": 31}\n')
    world.environment.refresh_from_db()
    assert (progress_of(build), world.environment.version) == ([{"done": 13, "total": 31}], version + 1)


def test_a_line_that_is_not_complete_yet_waits_for_its_end(world: World) -> None:
    """A line cut by the moment of reading is read whole the next time, and the log keeps every byte once."""
    build, job = running(world)
    say(world, job, 'one\nbuildhub:progress {"done": 12, ')
    assert progress_of(build) == []
    say(world, job, '"total": 31}\nGrüße\n')
    assert progress_of(build) == [{"done": 12, "total": 31}]
    assert JobLog.objects.get().text == 'one\nbuildhub:progress {"done": 12, "total": 31}\nGrüße\n'


def test_listening_costs_one_call_every_few_seconds(world: World) -> None:
    """Two looks within five seconds read the log once."""
    _build, _job = running(world)
    with later(60):
        first, second = world.count_calls(world.look), world.count_calls(world.look)
    assert (first.get("trace"), second.get("trace")) == (1, None)
    assert set(first) | set(second) == {"pipelines", "jobs", "trace"}


def test_whoever_reads_the_log_keeps_the_count_fresh(world: World) -> None:
    """The log page reads the same log: what it reads first is not lost for the count."""
    from deploys.builds.steps.logs import fetch_logs

    build, job = running(world)
    path = world.gitlab.world.trace_path(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('buildhub:progress {"done": 30, "total": 31}\n', encoding="utf-8")
    JobLog.objects.update(asked_at="2026-01-01T00:00Z")
    fetch_logs(build.pk)
    assert Job.objects.filter(progress={"done": 30, "total": 31}).count() == 1
