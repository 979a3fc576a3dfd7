"""Following pipelines: the status is true and never sticks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploys.builds.steps import observe
from deploys.lifecycle import MEANING, State
from deploys.models import Build, Release
from tests.flows.world import World, later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("status", MEANING)
def test_every_status_arrives(world: World, status: str) -> None:
    """Each of GitLab's 13 statuses is shown as what it means."""
    build = world.say(world.built(), status)
    expected = MEANING[status]
    assert build.state == expected
    assert (build.finished_at is not None) == build.is_ended


def test_an_unknown_status_keeps_the_build_open_and_is_told_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A fourteenth status changes nothing but the timeline, once."""
    build = world.say(world.built(), "teleporting")
    world.look()
    build.refresh_from_db()
    assert (build.state, build.pipeline_status) == (State.PENDING, "teleporting")
    assert sum("teleporting" in record.getMessage() for record in caplog.records) == 1
    assert build.events.filter(note__contains="teleporting").count() == 1


def test_a_finished_build_that_runs_again_reopens(world: World) -> None:
    """Retried in GitLab: success goes back to running, and to an end of its own."""
    build = world.say(world.built(), "success")
    assert build.state == State.SUCCEEDED
    build = world.say(build, "running")
    assert (build.state, build.finished_at) == (State.RUNNING, None)
    build = world.say(build, "failed")
    assert build.state == State.FAILED


def test_an_end_that_changed_unseen_went_through_running(world: World) -> None:
    """Between two looks success became failed: the history tells the whole way."""
    build = world.say(world.built(), "success")
    build = world.say(build, "failed")
    assert build.state == State.FAILED
    states = [event.new for event in build.events.exclude(new="")]
    assert states[-3:] == [State.SUCCEEDED, State.RUNNING, State.FAILED]


def test_a_reopened_build_does_not_push_an_active_one_aside(world: World) -> None:
    """One active build per environment: the older one's second run is noted, not followed."""
    first = world.say(world.built(), "failed")
    second = world.built()
    first = world.say(first, "running")
    assert first.state == State.FAILED
    assert first.events.filter(note__contains="while another build").count() == 1
    second.refresh_from_db()
    assert second.state == State.PENDING


def test_a_deleted_pipeline_is_lost_after_a_while(world: World) -> None:
    """404 at once may be a replica that lags; after ten seconds it is gone."""
    build = world.say(world.built(), "running")
    world.delete_pipeline(build)
    world.look()
    build.refresh_from_db()
    assert (build.state, build.missing_since is not None) == (State.RUNNING, True)
    with later(12):
        world.look()
    build.refresh_from_db()
    assert (build.state, build.error_class) == (State.LOST, "pipeline_deleted")


def test_a_pending_pipeline_that_was_deleted_is_noticed_by_the_review(world: World) -> None:
    """No list and no hook tells it: the regular review does."""
    build = world.built()
    world.look()
    world.delete_pipeline(build)
    for seconds in (40, 80):
        with later(seconds):
            world.look()
    build.refresh_from_db()
    assert build.state == State.LOST


def test_one_list_call_however_many_builds(make_world: Callable[..., World]) -> None:
    """Ten environments of one project: one look is one list call, and no job calls while nothing runs."""
    from tests import scenes

    world = make_world()
    world.built()
    for number in range(9):
        environment = scenes.make_environment(
            site=world.environment.site, slug=f"e{number}", gitlab_project=world.row, marker_url=""
        )
        world.built(environment=environment)
    world.look()
    calls = world.count_calls(world.look)
    assert calls == {"pipelines": 1}


def test_an_older_answer_does_not_turn_the_clock_back(world: World) -> None:
    """A replica that lags says pending after we heard running."""
    build = world.say(world.built(), "running")
    known = build.pipeline_updated_at
    Build.objects.filter(pk=build.pk).update(pipeline_updated_at="2999-01-01T00:00Z", state=State.RUNNING)
    world.gitlab.set_status(build.pipeline_id, "failed")
    world.look()
    build.refresh_from_db()
    assert (build.state, known is not None) == (State.RUNNING, True)


def test_gitlab_down_while_a_build_runs_is_trouble_not_failure(world: World) -> None:
    """The build stays as it was, the project says since when GitLab does not answer."""
    build = world.say(world.built(), "running")
    world.project.faults.answer(502, body="<html>bad gateway</html>", method="GET", count=None)
    world.look()
    build.refresh_from_db()
    world.row.refresh_from_db()
    assert (build.state, world.row.trouble) == (State.RUNNING, "service_down")
    assert world.row.paused_until is not None
    world.project.faults.clear()
    world.say(build, "success")
    world.row.refresh_from_db()
    assert (world.row.trouble, world.row.paused_until) == ("", None)


def test_an_expired_token_is_named(world: World) -> None:
    """Nothing moves, and the reason is the token."""
    build = world.say(world.built(), "running")
    world.project.faults.answer(401, body={"error": "invalid_token"}, method="GET", count=None)
    world.look()
    world.row.refresh_from_db()
    build.refresh_from_db()
    assert (build.state, world.row.trouble) == (State.RUNNING, "token_expired")


def test_a_429_pauses_the_project(world: World) -> None:
    """Retry-After is obeyed: no further call before its time."""
    world.say(world.built(), "running")
    world.project.faults.answer(429, body="Retry later", headers={"Retry-After": "60"}, method="GET")
    world.look()
    world.row.refresh_from_db()
    from django.utils.timezone import now

    assert world.row.paused_until is not None
    assert 50 < (world.row.paused_until - now()).total_seconds() <= 60


def test_a_look_while_another_is_going_on_is_made_up_for(world: World) -> None:
    """A hook during a look is not lost: the worker that holds the lease looks once more."""
    world.built()
    from django.utils.timezone import now

    assert world.row.lease(until=now().replace(year=2999))
    observe.observe_project(world.row.pk)
    world.row.refresh_from_db()
    assert world.row.look_again is True
    assert world.row.give_back() is True


def test_a_build_past_its_time_limit_fails_and_is_stopped_in_gitlab(world: World) -> None:
    """Heard of all along, but too long: failed by timeout, and GitLab's end of it does not rename that."""
    build = world.say(world.built(), "running")
    with later(3700):
        Build.objects.update(heard_at=build.deadline_at)
        world.sweep()
        build.refresh_from_db()
        assert (build.state, build.error_class) == (State.FAILED, "timeout")
        world.look()
        build.refresh_from_db()
    assert (build.state, build.error_class) == (State.FAILED, "timeout")


def test_a_build_that_nobody_hears_of_is_lost_and_may_be_found_again(world: World) -> None:
    """Contact lost is not failure; a late success still counts."""
    build = world.say(world.built(), "running")
    with later(3700):
        world.sweep()
        build.refresh_from_db()
        assert (build.state, build.error_class) == (State.LOST, "lost_contact")
        build = world.say(build, "success")
    assert build.state == State.SUCCEEDED


def test_a_green_build_has_a_release(world: World) -> None:
    """Without a marker it is in place, and is said to be unchecked."""
    build = world.say(world.built(), "success")
    release = Release.objects.get(build=build)
    assert (release.proof, release.live_at) == ("unchecked", None)
    world.environment.refresh_from_db()
    assert world.environment.live_release == release


def test_stopping_asks_gitlab_and_the_end_is_gitlabs(world: World) -> None:
    """The wish is stored at once; the build is stopped when GitLab says so."""
    from deploys.builds import actions

    build = world.say(world.built(), "running")
    actions.cancel(build=build, actor=world.publisher)
    assert (build.state, build.cancel_requested_at is not None) == (State.RUNNING, True)
    world.run_told()
    world.look()
    build.refresh_from_db()
    assert build.state == State.CANCELED
    assert world.pipelines()[0].status == "canceled"


def test_a_stop_during_the_start_is_carried_out_after_it(world: World) -> None:
    """Asked while the answer is out: the pipeline is adopted, then stopped."""
    from deploys.builds import actions

    world.project.faults.lose_answer()
    build = world.built()
    actions.cancel(build=build, actor=world.publisher)
    with later(5):
        world.sweep()
    world.look()
    build.refresh_from_db()
    assert build.state == State.CANCELED


def test_hooks_in_any_order_or_twice_change_nothing_but_the_time(world: World, client: Any) -> None:
    """A hook only wakes the observer, which asks GitLab; the second delivery of a key is ignored."""
    build = world.say(world.built(), "running")
    world.gitlab.set_status(build.pipeline_id, "success")
    body = {"object_kind": "pipeline", "object_attributes": {"id": build.pipeline_id, "status": "pending"}}
    headers = {"X-Gitlab-Event": "Pipeline Hook", "X-Gitlab-Token": "hook-secret", "Idempotency-Key": "one"}
    for expected in ([("builds.tasks.observe_project", world.row.pk)], []):
        answer = client.post(
            f"/hooks/gitlab/{world.row.hook_key}/", body, content_type="application/json", headers=headers
        )
        assert (answer.status_code, world.told) == (202, expected)
        world.run_told()
    build.refresh_from_db()
    assert build.state == State.SUCCEEDED


def test_what_is_left_of_the_request_limit_is_kept(world: World) -> None:
    """As GitLab's headers said last, also when it refused; pages read it and ask nobody."""
    world.say(world.built(), "running")
    headers = {"RateLimit-Limit": "2000", "RateLimit-Remaining": "3", "RateLimit-Reset": "1900000000"}
    world.project.faults.answer(403, {"message": "403 Forbidden"}, headers=headers, method="GET")
    world.look()
    world.row.refresh_from_db()
    assert (world.row.rate_limit, world.row.rate_left) == (2000, 3)
    assert world.row.rate_resets_at and world.row.rate_resets_at.year == 2030
    assert world.row.rate_noted_at is not None
