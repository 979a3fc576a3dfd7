"""Whose turn it is: one at a time per environment, in the order of the requests where a GitLab resource is shared."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils.timezone import now

from deploys.builds import actions, freezes
from deploys.builds.line import ahead_of, wake_next
from deploys.builds.place import place_of
from deploys.builds.steps.claim import claim
from deploys.builds.steps.sweep import sweep
from deploys.lifecycle import State
from deploys.models import Build, Environment, Role
from deploys.transitions import advance
from tests import scenes

pytestmark = pytest.mark.django_db


def sharing(count: int = 2, **facts: Any) -> list[Environment]:
    """Environments of different sites whose pipelines need the same resource of one GitLab project."""
    project = scenes.make_project()
    given = {"gitlab_project": project, "resource": "production"} | facts
    return [scenes.make_environment(**given) for _ in range(count)]


def press(environment: Environment) -> Build:
    """A publisher of the site presses."""
    return actions.request(environment=environment, actor=scenes.make_person(Role.PUBLISHER, site=environment.site))


def end(build: Build) -> None:
    """The build is over."""
    advance(Build.objects.select_related("environment").get(pk=build.pk), State.FAILED)


def test_environments_without_a_common_resource_run_side_by_side() -> None:
    """Several sites at once, and several environments of one site."""
    first = scenes.make_environment()
    staging = scenes.make_environment(site=first.site, slug="staging", gitlab_project=first.gitlab_project)
    elsewhere = scenes.make_environment()
    assert all(claim(press(place).pk) for place in (first, staging, elsewhere))


def test_one_environment_runs_one_at_a_time() -> None:
    """The second waits for the end of the first."""
    place = scenes.make_environment()
    assert claim(press(place).pk) is not None
    second = press(place)
    assert claim(second.pk) is None
    end(place.builds.active().get())
    assert claim(second.pk) is not None


def test_the_same_name_in_another_gitlab_project_is_another_resource() -> None:
    """A resource_group belongs to its project."""
    here, there = scenes.make_environment(resource="production"), scenes.make_environment(resource="production")
    assert claim(press(here).pk) is not None
    assert claim(press(there).pk) is not None


def test_a_shared_resource_is_had_one_at_a_time() -> None:
    """The pipeline of the other environment waits, although nothing runs in its own."""
    here, there = sharing()
    assert claim(press(here).pk) is not None
    second = press(there)
    assert claim(second.pk) is None
    end(here.builds.active().get())
    assert claim(second.pk) is not None


def test_what_was_requested_first_is_not_overtaken() -> None:
    """Whichever message comes first to a worker, and although the later one's environment is free."""
    here, there = sharing()
    running = press(here)
    assert claim(running.pk) is not None
    second, third = press(there), press(here)
    end(running)
    assert claim(third.pk) is None
    assert claim(second.pk) is not None
    end(second)
    assert claim(third.pk) is not None


def test_the_seconds_in_which_a_press_can_be_undone_keep_its_turn() -> None:
    """A later request without such seconds does not slip in."""
    here, there = sharing()
    Environment.objects.filter(pk=here.pk).update(grace=5)
    here.refresh_from_db()
    first, second = press(here), press(there)
    assert claim(second.pk) is None
    with time_machine.travel(now() + timedelta(seconds=6)):
        assert claim(second.pk) is None
        assert claim(first.pk) is not None


def test_what_a_pause_keeps_lets_others_go_first() -> None:
    """A pause of one site must not stop the others for days."""
    here, there = sharing()
    first, second = press(here), press(there)
    admin = scenes.make_person(Role.ADMIN, site=here.site)
    freezes.begin(environment=here, actor=admin, reason="Launch", ends_at=now() + timedelta(days=2))
    assert claim(first.pk) is None
    assert claim(second.pk) is not None


def test_a_copy_on_the_host_needs_no_resource_of_gitlab() -> None:
    """An earlier version comes back at once, whatever GitLab is busy with for others."""
    here, there = sharing()
    assert claim(press(here).pk) is not None
    earlier = scenes.make_build(environment=there, state=State.SUCCEEDED)
    back = scenes.make_build(environment=there, brings_back=earlier)
    assert claim(back.pk) is not None


def test_an_end_wakes_whoever_is_next_of_all_that_share(
    told: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    """Also where that is another environment; the sweep leaves those alone whose turn has not come."""
    here, there = sharing()
    running = press(here)
    claim(running.pk)
    second, third = press(there), press(here)
    Build.objects.in_line().update(requested_at=now() - timedelta(minutes=1))
    told.clear()
    sweep()
    assert told == []
    end(running)
    with django_capture_on_commit_callbacks(execute=True):
        wake_next(here.pk)
    assert told == [("builds.tasks.start_build", second.pk)]
    told.clear()
    sweep()
    assert set(told) == {("builds.tasks.start_build", second.pk), ("builds.tasks.start_build", third.pk)}


def test_leaving_the_line_wakes_the_one_behind(told: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    """Nobody waits for a sweep because somebody changed their mind."""
    here, there = sharing()
    first, second = press(here), press(there)
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        actions.cancel(build=first, actor=first.requested_by)
    assert ("builds.tasks.start_build", second.pk) in told


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_instant_start_one_build() -> None:
    """Eight builds of eight environments that share a resource, claimed at once from threads of their own."""
    builds = [press(place) for place in sharing(8)]
    together, claimed = threading.Barrier(len(builds)), list[int]()

    def work(pk: int) -> None:
        try:
            together.wait(timeout=30)
            if claim(pk):
                claimed.append(pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(build.pk,)) for build in builds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert claimed == [builds[0].pk]


def test_who_is_ahead_is_told_in_their_order() -> None:
    """First what runs, then what was asked for earlier, of both environments."""
    here, there = sharing()
    running = press(there)
    claim(running.pk)
    second, third = press(here), press(there)
    assert [build.pk for build in ahead_of(third, now())] == [running.pk, second.pk]
    place = place_of(third, now())
    assert (place.ahead, place.is_next, place.is_shared, place.starts_in) == (2, False, True, None)


def good_builds(environment: Environment, count: int, *, seconds: int) -> None:
    """So many builds that went well in so many seconds."""
    for position in range(count):
        begun = now() - timedelta(hours=position + 1)
        facts = {"requested_at": begun, "claimed_at": begun, "finished_at": begun + timedelta(seconds=seconds)}
        scenes.make_build(environment=environment, state=State.SUCCEEDED, **facts)


@pytest.mark.parametrize(("past", "expected"), [(2, None), (3, 100 + 240)])
def test_the_start_is_expected_after_all_that_go_first(past: int, expected: int | None) -> None:
    """What the running build still takes, and the usual time of the one in between; nothing below three past builds."""
    here, there = sharing()
    good_builds(here, 3, seconds=200)
    good_builds(there, past, seconds=240)
    running = press(here)
    with time_machine.travel(now() - timedelta(seconds=100), tick=False):
        claim(running.pk)
    press(there)
    starts_in = place_of(press(here), now()).starts_in
    assert starts_in is None if expected is None else starts_in == pytest.approx(expected, abs=2)


def test_a_build_that_takes_longer_than_usual_tells_no_start() -> None:
    """Nobody knows when it will be over."""
    place = scenes.make_environment()
    good_builds(place, 3, seconds=60)
    running = press(place)
    with time_machine.travel(now() - timedelta(seconds=100), tick=False):
        claim(running.pk)
    assert place_of(press(place), now()).starts_in is None
