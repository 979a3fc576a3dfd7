"""The line: seconds in which a press can be undone, and pauses of publishing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from deploys.builds import actions, freezes
from deploys.builds.steps.claim import claim
from deploys.builds.steps.sweep import sweep
from deploys.lifecycle import State
from deploys.models import Build, Cause, Environment, EnvironmentKind, Freeze, Role, User
from tests import scenes

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def place(**facts: Any) -> tuple[Environment, User, User]:
    """An environment, its admin and an editor."""
    environment = scenes.make_environment(**facts)
    admin = scenes.make_person(Role.ADMIN, site=environment.site)
    return environment, admin, scenes.make_person(Role.EDITOR, site=environment.site)


def pause(environment: Environment, admin: User, *, ends_at: datetime | None = None) -> Freeze:
    """Publishing is paused, for an hour unless said otherwise."""
    return freezes.begin(environment=environment, actor=admin, reason="Launch day", ends_at=ends_at or now() + HOUR)


@pytest.mark.parametrize(
    ("kind", "grace", "seconds"),
    [("live", None, 5), ("staging", None, 0), ("preview", None, 0), ("live", 0, 0), ("staging", 9, 9)],
)
def test_only_presses_on_a_live_site_wait_unless_it_is_set(kind: str, grace: int | None, seconds: int) -> None:
    """Five seconds for a live site, none elsewhere."""
    assert Environment(kind=EnvironmentKind(kind), grace=grace).grace_seconds == seconds


def test_a_press_starts_when_its_seconds_are_over() -> None:
    """Until then no worker gets it, and the person can take it back."""
    environment, _admin, editor = place(grace=5)
    build = actions.request(environment=environment, actor=editor)
    assert claim(build.pk) is None
    with time_machine.travel(now() + timedelta(seconds=5.1)):
        claimed = claim(build.pk)
    assert claimed is not None
    assert claimed.state == State.STARTING


def test_undo_in_those_seconds_leaves_nothing_to_start() -> None:
    """It is as if nobody had pressed: no pipeline, and the next press is a build of its own."""
    environment, _admin, editor = place(grace=5)
    build = actions.request(environment=environment, actor=editor)
    actions.cancel(build=build, actor=editor)
    with time_machine.travel(now() + timedelta(seconds=6)):
        assert claim(build.pk) is None
    build.refresh_from_db()
    assert build.state == State.CANCELED
    assert actions.request(environment=environment, actor=editor) != build


@pytest.mark.parametrize("cause", [Cause.SCHEDULE, Cause.CMS, Cause.API, Cause.COMMAND])
def test_what_nobody_pressed_does_not_wait(cause: Cause) -> None:
    """There is nobody to press Undo."""
    environment, _admin, _editor = place(grace=5)
    assert actions.request(environment=environment, actor=None, cause=cause).not_before is None


def test_a_pause_keeps_presses_in_line_and_lets_them_go_after(
    told: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    """Nobody has to press again: the sweep ends the pause, and the worker is told."""
    environment, admin, editor = place()
    freeze = pause(environment, admin)
    build = actions.request(environment=environment, actor=editor)
    assert claim(build.pk) is None
    with time_machine.travel(freeze.ends_at + timedelta(seconds=1)):
        told.clear()
        with django_capture_on_commit_callbacks(execute=True):
            sweep()
        assert ("builds.tasks.start_build", build.pk) in told
        assert claim(build.pk) is not None
    freeze.refresh_from_db()
    assert freeze.ended_at is not None
    assert "The pause of publishing is over" in build.events.values_list("note", flat=True)


def test_a_pause_that_is_over_keeps_nothing_though_nobody_swept() -> None:
    """What counts is the moment, not whether a tick came."""
    environment, admin, editor = place()
    freeze = pause(environment, admin)
    build = actions.request(environment=environment, actor=editor)
    with time_machine.travel(freeze.ends_at + timedelta(seconds=1)):
        assert claim(build.pk) is not None


def test_what_runs_goes_on_in_a_pause() -> None:
    """A pause stops nothing that has begun."""
    environment, admin, _editor = place()
    build = scenes.make_build(environment=environment, state=State.RUNNING)
    pause(environment, admin)
    build.refresh_from_db()
    assert build.state == State.RUNNING


def test_an_admin_publishes_in_spite_of_a_pause_and_says_why() -> None:
    """What waits goes out with it, the reason is kept, and the pause stays for everybody else."""
    environment, admin, editor = place()
    pause(environment, admin)
    waiting = actions.request(environment=environment, actor=editor)
    through = freezes.publish_through(environment=environment, actor=admin, reason="Wrong opening hours")
    assert through == waiting
    assert claim(waiting.pk) is not None
    waiting.refresh_from_db()
    assert waiting.reason == "Wrong opening hours"
    assert any("Wrong opening hours" in note for note in waiting.events.values_list("note", flat=True))
    later = actions.request(environment=environment, actor=editor)
    Build.objects.filter(pk=waiting.pk).update(state=State.SUCCEEDED, finished_at=now())
    assert claim(later.pk) is None


def test_an_earlier_version_comes_back_in_a_pause() -> None:
    """In an emergency nobody should have to find an admin first."""
    environment, admin, _editor = place()
    pause(environment, admin)
    earlier = scenes.make_build(environment=environment, state=State.SUCCEEDED)
    back = scenes.make_build(environment=environment, brings_back=earlier)
    assert back.brings_back_id == earlier.pk
    assert claim(back.pk) is not None


def test_ending_a_pause_wakes_what_waits(told: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    """Sooner than was said, by an admin."""
    environment, admin, editor = place()
    freeze = pause(environment, admin)
    build = actions.request(environment=environment, actor=editor)
    with django_capture_on_commit_callbacks(execute=True):
        freezes.end(environment=environment, actor=admin)
    assert ("builds.tasks.start_build", build.pk) in told
    freeze.refresh_from_db()
    assert freeze.ended_by == admin
    assert Environment.objects.get(pk=environment.pk).freeze is None
    freezes.end(environment=environment, actor=admin)


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR, Role.PUBLISHER])
def test_only_admins_pause(role: Role) -> None:
    """Others read whom to ask."""
    environment, admin, _editor = place()
    person = scenes.make_person(role, site=environment.site)
    with pytest.raises(actions.NotAllowed) as caught:
        pause(environment, person)
    assert caught.value.people == [admin]
    with pytest.raises(actions.NotAllowed):
        freezes.publish_through(environment=environment, actor=person, reason="mine")


def test_two_admins_make_one_pause() -> None:
    """The second reads who was first; when that one is over, the next can be made."""
    environment, admin, _editor = place()
    first = pause(environment, admin, ends_at=now() + HOUR)
    with pytest.raises(freezes.AlreadyPaused) as caught:
        pause(environment, admin)
    assert caught.value.freeze == first
    with time_machine.travel(now() + HOUR * 2):
        second = pause(environment, admin)
    first.refresh_from_db()
    assert first.ended_at is not None
    assert Environment.objects.get(pk=environment.pk).freeze == second


def test_the_database_refuses_a_second_pause_and_one_without_length() -> None:
    """Whatever code asks for it."""
    environment, admin, _editor = place()
    pause(environment, admin)
    facts = {"environment": environment, "begun_by": admin, "reason": "again"}
    with pytest.raises(IntegrityError, match="one_freeze_at_a_time"), transaction.atomic():
        Freeze.objects.create(**facts, ends_at=now() + HOUR)
    with pytest.raises(IntegrityError, match="a_freeze_ends_after_it_began"), transaction.atomic():
        Freeze.objects.create(**facts, ends_at=now() - HOUR, ended_at=now())
