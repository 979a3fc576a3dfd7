"""Builds that were started in GitLab itself: found, named, followed, proved, and in nobody's way."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from django.db import connections
from django.test import Client
from django.utils.timezone import now

from deploys.builds.steps import found
from deploys.builds.steps.logs import fetch_logs
from deploys.gitlab.connect import connect
from deploys.lifecycle import State
from deploys.models import Build, Cause, Environment, GitLabProject, Kind, Occurrence, Proof, Release
from deploys.releases.steps import confirm
from tests import scenes
from tests.flows.world import World, later

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
PUBLISHES = """
stages: [container, site]
container: {stage: container, script: [echo image]}
site: {stage: site, script: [python -m publisher publish dist folder]}
"""
BY_HAND = PUBLISHES.replace("folder]}", "folder], when: manual, allow_failure: true}")
RULED = PUBLISHES.replace(
    "folder]}",
    "folder], rules: [{if: $CI_PIPELINE_SOURCE == 'schedule'}, {if: $CI_PIPELINE_SOURCE, when: manual}]}",
)
ONLY_AN_IMAGE = "container: {script: [echo image]}\n"
SOURCES = sorted(found.SOURCES)


def started(world: World, source: str = "web", **given: Any) -> Any:
    """Somebody starts a pipeline in GitLab; nothing is told to us."""
    return world.gitlab.create_pipeline(world.project, source=source, **given)


def foreign() -> list[Build]:
    """What was found, oldest first."""
    return list(Build.objects.filter(cause=Cause.GITLAB).order_by("number"))


@pytest.mark.parametrize("source", SOURCES)
def test_a_publish_started_in_gitlab_is_in_the_history(make_world: Callable[..., World], source: str) -> None:
    """With the name of whoever started it, the next number of the site, and its log's jobs."""
    world = make_world(ci=PUBLISHES)
    first = scenes.make_build(environment=world.environment, state=State.SUCCEEDED)
    pipeline = started(world, source)
    world.look()
    build = foreign()[0]
    assert (build.pipeline_id, build.number, build.state) == (pipeline.id, first.number + 1, State.PENDING)
    assert build.started_by == world.project.user(pipeline.user_id).name
    assert (build.requested_by, build.sha) == (None, pipeline.sha)
    assert set(build.jobs.values_list("name", flat=True)) == {"container", "site"}
    assert found.SOURCES[source] in build.events.get(new=State.PENDING).note


def test_it_is_followed_to_its_end_like_ours(make_world: Callable[..., World]) -> None:
    """Running, failed, run again, and good: by the same moves."""
    world = make_world(ci=PUBLISHES)
    started(world)
    world.look()
    build = foreign()[0]
    for status, state in (("running", State.RUNNING), ("failed", State.FAILED), ("success", State.SUCCEEDED)):
        assert world.say(build, status).state == state
    states = [event.new for event in build.events.exclude(new="")]
    assert states == ["pending", "running", "failed", "running", "succeeded"]


def test_a_schedule_of_gitlab_runs_beside_our_jobs_names(world: World) -> None:
    """Where the CI file has no publisher of ours, the jobs of our own last good build tell what publishes."""
    pipeline = started(world)
    world.look()
    assert foreign() == []
    world.say(world.built(), "success")
    world.gitlab.set_status(pipeline.id, "running")
    world.look()
    assert [build.pipeline_id for build in foreign()] == [pipeline.id]


@pytest.mark.parametrize("source", ["merge_request_event", "trigger", "parent_pipeline", "pipeline", "external"])
def test_what_others_start_is_left_out(make_world: Callable[..., World], source: str) -> None:
    """Merge requests, trigger tokens, other pipelines: not somebody in GitLab."""
    world = make_world(ci=PUBLISHES.replace("folder]}", "folder], rules: [{when: on_success}]}"))
    started(world, source)
    world.look()
    assert foreign() == []


@pytest.mark.parametrize("ci", [BY_HAND, RULED, ONLY_AN_IMAGE])
def test_what_does_not_publish_is_left_out(make_world: Callable[..., World], ci: str) -> None:
    """A button that nobody pressed, an image: nothing of that is a publish."""
    world = make_world(ci=ci)
    started(world, "push")
    world.look()
    assert foreign() == []


def test_the_button_that_somebody_pressed_publishes(make_world: Callable[..., World]) -> None:
    """A push builds an image; only when its publishing job was started by hand is it a publish."""
    world = make_world(ci=BY_HAND)
    pipeline = started(world, "push")
    world.look()
    assert foreign() == []
    world.gitlab.set_status(pipeline.id, "running")
    job = next(job for job in pipeline.jobs if job.name == "site")
    job.status = "running"
    world.look()
    assert [build.pipeline_id for build in foreign()] == [pipeline.id]


def test_a_rule_of_the_file_tells_whether_the_job_starts_by_itself(make_world: Callable[..., World]) -> None:
    """The same file: a schedule publishes by itself, a push waits for a person."""
    world = make_world(ci=RULED)
    pipeline = started(world, "schedule")
    started(world, "push")
    world.look()
    assert [build.pipeline_id for build in foreign()] == [pipeline.id]


def test_other_branches_and_those_of_several_environments_are_left_out(make_world: Callable[..., World]) -> None:
    """Nobody can tell which of two environments a branch means."""
    world = make_world(ci=PUBLISHES)
    Environment.objects.filter(pk=world.environment.pk).update(ref="production")
    started(world)
    world.look()
    Environment.objects.filter(pk=world.environment.pk).update(ref="main")
    scenes.make_environment(site=world.environment.site, slug="staging", kind="staging", gitlab_project=world.row)
    world.gitlab.set_status(started(world).id, "running")
    world.look()
    assert foreign() == []


def test_a_pipeline_of_ours_whose_answer_was_lost_stays_ours(make_world: Callable[..., World]) -> None:
    """It carries our build's name, whatever started it: nobody else's build is made of it."""
    world = make_world(ci="workflow: {name: Buildhub $BUILDHUB_BUILD}\n" + PUBLISHES)
    build = scenes.make_build(environment=world.environment, state=State.STARTING, sent_at=now())
    started(world, "web", variables={"BUILDHUB_BUILD": str(build.key)})
    started(world, "trigger", variables={"BUILDHUB_BUILD": str(build.key)})
    world.look()
    assert foreign() == []


def test_two_observers_make_one_build(make_world: Callable[..., World]) -> None:
    """Both read the same list before either wrote: the lock lets one write, the other sees it."""
    world = make_world(ci=PUBLISHES)
    started(world)
    barrier = threading.Barrier(2)
    create = found._create

    def together(*given: Any) -> Build | None:
        barrier.wait(10)
        return create(*given)

    def observe_at_once() -> None:
        try:
            project = GitLabProject.objects.get(pk=world.row.pk)
            with connect(project) as gitlab:
                found.take_in(project, gitlab.list_pipelines(), gitlab)
        finally:
            connections.close_all()

    with mock.patch.object(found, "_create", together):
        threads = [threading.Thread(target=observe_at_once) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(foreign()) == 1


def test_a_pipeline_run_again_in_gitlab_is_the_same_build(make_world: Callable[..., World]) -> None:
    """Retried: no second row."""
    world = make_world(ci=PUBLISHES)
    pipeline = started(world)
    world.look()
    world.say(foreign()[0], "failed")
    owner = {"PRIVATE-TOKEN": "owner-secret"}
    address = f"{world.gitlab.url}/api/v4/projects/{world.project.id}/pipelines/{pipeline.id}/retry"
    assert httpx.post(address, headers=owner).status_code == httpx.codes.CREATED
    world.look()
    assert len(foreign()) == 1
    assert foreign()[0].is_open


def test_our_build_waits_for_one_of_gitlab(make_world: Callable[..., World]) -> None:
    """One after the other on the host: ours begins when GitLab's has ended."""
    world = make_world(ci=PUBLISHES)
    pipeline = started(world)
    world.look()
    build = world.built()
    assert build.state == State.QUEUED
    world.gitlab.set_status(pipeline.id, "success")
    world.look()
    build.refresh_from_db()
    assert build.state == State.PENDING


def test_a_second_press_joins_ours_in_line_though_one_of_gitlab_began_since(make_world: Callable[..., World]) -> None:
    """Its number is higher, but it is in nobody's line."""
    world = make_world(ci=PUBLISHES)
    world.built()
    waiting = world.press()
    started(world)
    world.look()
    assert foreign()[0].number > waiting.number
    assert world.press() == waiting


def test_one_that_begins_while_ours_runs_is_shown_beside_it(make_world: Callable[..., World]) -> None:
    """GitLab asks nobody: both are under way, and each comes to its own end."""
    world = make_world(ci=PUBLISHES)
    ours = world.built()
    started(world)
    world.look()
    ours = world.say(ours, "running")
    theirs = world.say(foreign()[0], "running")
    assert (ours.state, theirs.state) == (State.RUNNING, State.RUNNING)
    assert world.say(theirs, "success").state == State.SUCCEEDED
    assert world.say(ours, "success").state == State.SUCCEEDED


def test_one_that_waits_for_a_person_in_gitlab_holds_nobody_up(make_world: Callable[..., World]) -> None:
    """It may wait for ever."""
    world = make_world(ci=PUBLISHES)
    started(world)
    world.look()
    assert world.say(foreign()[0], "manual").state == State.WAITING
    assert world.built().state == State.PENDING


def test_it_is_never_stopped_for_taking_long(make_world: Callable[..., World]) -> None:
    """Its time is GitLab's business; but it holds up others no longer, and silence ends it."""
    world = make_world(ci=PUBLISHES)
    pipeline = started(world)
    world.look()
    world.say(foreign()[0], "running")
    with later(3700):
        world.look()
        world.sweep()
        assert foreign()[0].state == State.RUNNING
        assert world.gitlab.pipeline(pipeline.id).status == "running"
        assert world.built().state == State.PENDING
    with later(3700 + 7200):
        world.sweep()
        assert (foreign()[0].state, foreign()[0].error_class) == (State.LOST, "lost_contact")


def test_the_first_look_goes_back_a_week_and_twenty_pipelines(make_world: Callable[..., World]) -> None:
    """Of a project that was just connected the newest count; nobody is told of what ended long ago."""
    world = make_world(ci=PUBLISHES)
    with later(-8 * 86400):
        world.gitlab.set_status(started(world).id, "failed")
    with later(-2 * 86400):
        pipelines = [started(world) for _ in range(found.FIRST_MOST + 2)]
        for pipeline in pipelines:
            world.gitlab.set_status(pipeline.id, "failed")
    world.look()
    assert [build.pipeline_id for build in foreign()] == [one.id for one in pipelines[2:]]
    assert all(build.finished_at and build.finished_at < now() - timedelta(days=1) for build in foreign())
    assert not Occurrence.objects.filter(kind=Kind.FAILED).exists()


def test_a_failure_that_was_just_seen_is_told(make_world: Callable[..., World]) -> None:
    """News are news, whoever started it."""
    world = make_world(ci=PUBLISHES)
    started(world)
    world.look()
    world.say(foreign()[0], "failed")
    assert Occurrence.objects.filter(kind=Kind.FAILED, build=foreign()[0]).count() == 1


def test_numbers_follow_time_although_it_is_found_late(make_world: Callable[..., World]) -> None:
    """The history finds days by numbers: what was found after a later build is dated after it."""
    world = make_world(ci=PUBLISHES)
    with later(-600):
        started(world)
    ours = scenes.make_build(environment=world.environment, state=State.SUCCEEDED)
    world.look()
    build = foreign()[0]
    assert build.number > ours.number
    assert build.requested_at >= ours.requested_at


def test_what_is_live_after_it_is_proved_by_the_name_of_its_pipeline(make_world: Callable[..., World]) -> None:
    """The marker names the pipeline, with or without the job, as our publisher writes it."""
    world = make_world(ci=PUBLISHES, environment={"marker_url": "http://site.test/buildhub.json"})
    pipeline = started(world)
    world.look()
    world.say(foreign()[0], "success")
    release = Release.objects.get(build=foreign()[0])
    assert release.proof == Proof.PENDING
    shown = f"pipeline-{pipeline.id}-77"
    confirm(release, httpx.MockTransport(lambda _request: httpx.Response(200, json={"release": shown})))
    release.refresh_from_db()
    world.environment.refresh_from_db()
    assert (release.proof, release.host_id) == (Proof.MARKER, shown)
    assert world.environment.live_release == release


def test_an_old_end_does_not_replace_what_is_live(make_world: Callable[..., World]) -> None:
    """Found long after: what went live since stays."""
    world = make_world(ci=PUBLISHES)
    with later(-86400):
        world.gitlab.set_status(started(world).id, "success")
    live = scenes.make_release(build=scenes.make_build(environment=world.environment, state=State.SUCCEEDED))
    world.look()
    world.environment.refresh_from_db()
    assert foreign()[0].state == State.SUCCEEDED
    assert world.environment.live_release == live


def test_it_carries_what_was_in_the_cms_before_it_began(stage: Any) -> None:
    """So that what waits is counted against it when it is live."""
    world = stage.world
    world.say(world.built(), "success")
    pipeline = started(world)
    world.look()
    build = foreign()[0]
    source = world.environment.site.sources.get()
    assert build.pipeline_id == pipeline.id
    assert [content.seq for content in build.contents.all()] == [source.seq]


def test_a_hook_of_gitlab_brings_it_at_once(make_world: Callable[..., World], client: Client) -> None:
    """The hook is a hint: the worker looks, and finds."""
    world = make_world(ci=PUBLISHES)
    pipeline = started(world)
    hook = {"object_kind": "pipeline", "object_attributes": {"id": pipeline.id, "status": "created", "ref": "main"}}
    headers = {"X-Gitlab-Token": "hook-secret", "Idempotency-Key": "one"}
    reply = client.post(f"/hooks/gitlab/{world.row.hook_key}/", hook, content_type="application/json", headers=headers)
    assert reply.status_code == httpx.codes.ACCEPTED
    world.run_told()
    assert [build.pipeline_id for build in foreign()] == [pipeline.id]


def test_no_pause_and_no_second_person_can_hold_it_but_the_page_says_so(make_world: Callable[..., World]) -> None:
    """Four eyes are Buildhub's; GitLab does not ask."""
    world = make_world(ci=PUBLISHES, environment={"four_eyes": True})
    started(world)
    world.look()
    assert foreign()[0].events.filter(note__contains="Nobody approved it").exists()


def test_nothing_is_judged_twice(make_world: Callable[..., World]) -> None:
    """A push that does not publish costs its jobs and its file once, not with every look."""
    world = make_world(ci=BY_HAND)
    world.look()
    started(world, "push")
    first = world.count_calls(world.look)
    second = world.count_calls(world.look)
    assert first.get("jobs") == 1
    assert "jobs" not in second


def test_a_real_run_of_gitlab_publishes_and_is_proved(make_world: Callable[..., World], tmp_path: Path) -> None:
    """Jobs run, our publisher puts the site up, its report is taken over, and the site's own marker proves it."""
    target = tmp_path / "host"
    target.mkdir()
    command = f'{sys.executable} -m publisher publish dist {target} --release "$BUILDHUB_BUILD" --marker buildhub.json'
    script = ["mkdir dist", "echo '<h1>Hello</h1>' > dist/index.html", f"PYTHONPATH={ROOT} {command}"]
    facts = {"target": str(target), "marker_url": "http://site.test/buildhub.json", "url": "http://site.test/"}
    ci = f"site: {{script: {json.dumps(script)}}}\n"
    world = make_world(ci=ci, runs_jobs=True, environment=facts)
    pipeline = started(world, "schedule")
    limit = time.monotonic() + 60
    while world.gitlab.pipeline(pipeline.id).status not in {"success", "failed"} and time.monotonic() < limit:
        time.sleep(0.1)
    world.look()
    build = foreign()[0]
    assert build.state == State.SUCCEEDED, world.gitlab.trace(pipeline.jobs[0])
    release = Release.objects.select_related("environment", "build__site").get(build=build)
    confirm(release, httpx.MockTransport(lambda request: _file(target / "current", request)))
    release.refresh_from_db()
    assert (release.proof, release.pages) == (Proof.MARKER, 1)
    assert release.host_id == f"pipeline-{pipeline.id}-{pipeline.jobs[0].id}"
    world.environment.refresh_from_db()
    assert world.environment.live_release == release
    fetch_logs(build.pk)
    assert "is live" in build.jobs.get().log.text


def _file(folder: Path, request: httpx.Request) -> httpx.Response:
    path = folder / (request.url.path.lstrip("/") or "index.html")
    return httpx.Response(200, content=path.read_bytes()) if path.is_file() else httpx.Response(404)
