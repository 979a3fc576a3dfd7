"""From the press to the pipeline: one request, one pipeline, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from deploys.builds import actions
from deploys.builds.steps import start
from deploys.lifecycle import State
from deploys.models import Build
from tests.flows.world import World, later

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_press_becomes_one_pipeline(world: World) -> None:
    """The row is committed, the worker is told once, GitLab gets one request with our id."""
    build = world.built()
    assert build.state == State.PENDING
    [pipeline] = world.pipelines()
    assert (build.pipeline_id, pipeline.name) == (pipeline.id, f"Buildhub {build.key}")


@pytest.mark.parametrize("send_as", ["variables", "inputs", "none"])
def test_each_way_of_sending_the_id_works(make_world: Callable[..., World], send_as: str) -> None:
    """Projects may forbid variables; inputs or nothing at all also lead to a pipeline that is followed."""
    ci = "build: {script: [echo hi]}\n"
    if send_as == "inputs":
        ci = (
            "spec:\n  inputs:\n    buildhub_build: {default: ''}\n    buildhub_environment: {default: ''}\n---\n"
            "workflow: {name: 'Buildhub $[[ inputs.buildhub_build ]]'}\n" + ci
        )
    world = make_world(ci=ci, environment={"send_as": send_as})
    build = world.built()
    assert build.state == State.PENDING
    assert len(world.pipelines()) == 1


def test_a_lost_answer_makes_no_second_pipeline(world: World) -> None:
    """GitLab made the pipeline, its answer got lost: it is found by its name and adopted."""
    world.project.faults.lose_answer()
    build = world.built()
    assert build.state == State.STARTING
    assert "looks whether" in build.waiting_note
    with later(5):
        world.sweep()
    build.refresh_from_db()
    assert build.state == State.PENDING
    assert [one.id for one in world.pipelines()] == [build.pipeline_id]


def test_a_lost_request_is_sent_again_only_after_patience(world: World) -> None:
    """A 500 may have made a pipeline; only after 90 seconds of looking is the request sent once more."""
    world.project.faults.answer(500, method="POST", path="trigger/pipeline")
    build = world.built()
    with later(30):
        world.sweep()
        build.refresh_from_db()
        assert (build.state, world.pipelines()) == (State.STARTING, [])
    with later(130):
        world.sweep()
    build.refresh_from_db()
    assert build.state == State.PENDING
    assert len(world.pipelines()) == 1


def test_a_hook_names_the_pipeline_before_our_answer(world: World, client: Any) -> None:
    """A hook with our id comes while the answer is lost: the look-up goes straight to that pipeline."""
    world.project.faults.lose_answer()
    build = world.built()
    [pipeline] = world.pipelines()
    Build.objects.filter(pk=build.pk).update(pipeline_hint=pipeline.id)
    world.project.faults.answer(500, method="GET", path="pipelines$")
    with later(5):
        world.sweep()
    build.refresh_from_db()
    assert (build.state, build.pipeline_id) == (State.PENDING, pipeline.id)


def test_two_pipelines_with_our_name_leave_one(world: World) -> None:
    """Should GitLab have made two, the older is ours and the other is stopped."""
    world.project.faults.lose_answer()
    build = world.built()
    world.gitlab_trigger_again(build)
    with later(5):
        world.sweep()
    build.refresh_from_db()
    first, second = sorted(world.pipelines(), key=lambda one: one.id)
    assert build.pipeline_id == first.id
    assert second.status in {"canceled", "canceling"}


def test_what_cannot_be_told_is_left_to_a_person(make_world: Callable[..., World]) -> None:
    """Without an id in the pipeline and with two candidates, nothing is guessed."""
    world = make_world(ci="build: {script: [echo hi]}\n", environment={"send_as": "none"})
    world.project.faults.lose_answer()
    build = world.built()
    world.gitlab_trigger_again(build)
    with later(5):
        world.sweep()
    build.refresh_from_db()
    assert build.state == State.UNKNOWN
    actions.cancel(build=build, actor=world.publisher)
    assert build.state == State.CANCELED


def test_a_killed_worker_is_no_harm(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the answer and the commit: the next attempt adopts the pipeline that is there."""
    build = world.press()

    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(start, "adopt", die)
        with pytest.raises(Killed):
            world.run_told()
    with later(125):
        world.sweep()
    build.refresh_from_db()
    assert (build.state, build.attempts) == (State.PENDING, 2)
    assert len(world.pipelines()) == 1


def test_a_second_worker_keeps_its_hands_off(world: World) -> None:
    """While the lease lasts, waking the same build again changes nothing."""
    build = world.press()
    Build.objects.filter(pk=build.pk).update(state=State.STARTING, attempts=1, lease_until="2999-01-01T00:00Z")
    world.run_told()
    assert world.pipelines() == []


def test_a_worker_that_comes_back_too_late_changes_nothing(world: World) -> None:
    """Fenced by the number of attempts: the late answer is not stored over the newer one."""
    build = world.built()
    late = Build.objects.get(pk=build.pk)
    late.state, late.attempts = State.STARTING, 0
    from deploys.transitions import advance

    assert advance(late, State.FAILED, attempt=0) is False


def test_gitlab_down_keeps_the_build_in_line_of_sight(world: World) -> None:
    """Nothing was sent, the card can say why, and it starts as soon as GitLab is back."""
    world.row.url = "http://127.0.0.1:9"
    world.row.save(update_fields=["url"])
    build = world.built()
    assert (build.state, build.sent_at) == (State.STARTING, None)
    assert build.waiting_note == "The build service is not answering; Buildhub tries again."
    world.row.url = world.gitlab.url
    world.row.save(update_fields=["url"])
    with later(5):
        world.sweep()
    build.refresh_from_db()
    assert build.state == State.PENDING
    assert len(world.pipelines()) == 1


@pytest.mark.parametrize(
    ("status", "body", "note"),
    [
        (429, "Retry later", "GitLab asked to wait; Buildhub tries again."),
        (
            400,
            {"message": {"base": ["Too many pipelines created in the last minute. Try again later."]}},
            "GitLab takes no more builds this minute; Buildhub tries again.",
        ),
    ],
)
def test_a_full_gitlab_is_asked_again_later(world: World, status: int, body: Any, note: str) -> None:
    """Neither a plain-text 429 nor the creation limit's 400 ends the build."""
    world.project.faults.answer(status, body=body, method="POST", path="trigger/pipeline")
    build = world.built()
    assert (build.state, build.waiting_note, build.sent_at) == (State.STARTING, note, None)
    with later(70):
        world.sweep()
    build.refresh_from_db()
    assert build.state == State.PENDING


def test_an_invalid_ci_file_leaves_a_failed_build_with_its_pipeline(make_world: Callable[..., World]) -> None:
    """422 has made a failed pipeline: it is adopted, and GitLab's own words are kept for the admin."""
    world = make_world(ci="build: {script: [echo hi], foo: bar}\n")
    build = world.built()
    [pipeline] = world.pipelines()
    assert (build.state, build.pipeline_id) == (State.FAILED, pipeline.id)
    assert build.error_class == "config_invalid"
    assert "foo" in build.error_facts["detail"]


def test_a_201_that_is_already_failed_is_a_failed_build(world: World) -> None:
    """Older GitLabs answer 201 for a pipeline that failed at once."""
    body = {"id": 987654, "status": "failed", "ref": "main", "sha": "0" * 40, "yaml_errors": "jobs config is empty"}
    world.project.faults.answer(201, body=body, method="POST", path="trigger/pipeline")
    build = world.built()
    assert (build.state, build.error_class) == (State.FAILED, "config_invalid")


def test_one_build_at_a_time_per_environment(world: World) -> None:
    """The next waits in line and starts by itself when the first has ended."""
    first = world.built()
    second = world.press()
    third = world.press()
    assert second.pk == third.pk
    world.run_told()
    second.refresh_from_db()
    assert second.state == State.QUEUED
    world.say(first, "canceled")
    second.refresh_from_db()
    assert second.state == State.PENDING


def test_a_lost_wake_up_is_repaired_by_the_sweep(world: World) -> None:
    """The broker forgot the message; the row is still there."""
    build = world.press()
    world.told.clear()
    with later(3):
        world.sweep()
    build.refresh_from_db()
    assert build.state == State.PENDING


def test_a_build_that_never_starts_is_given_up(world: World) -> None:
    """After the start's deadline it fails with a reason, and the line goes on."""
    world.row.url = "http://127.0.0.1:9"
    world.row.save(update_fields=["url"])
    build = world.built()
    with later(1900):
        world.sweep()
    build.refresh_from_db()
    assert (build.state, build.error_class) == (State.FAILED, "service_unreachable")


def test_nothing_is_sent_for_a_press_that_was_rolled_back(world: World) -> None:
    """The worker is told on commit only."""

    class Oops(Exception):
        pass

    with pytest.raises(Oops), transaction.atomic():
        world.press()
        raise Oops
    assert world.told == []
