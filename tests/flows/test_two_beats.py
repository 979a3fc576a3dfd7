"""Two beats by accident: each tick truly twice at the same moment, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils.timezone import now

from deploys.builds import actions, tokens
from deploys.builds.steps import observe, start, sweep
from deploys.builds.steps.claim import claim
from deploys.content.steps import read_source
from deploys.lifecycle import State
from deploys.models import (
    Build,
    Cause,
    Delivery,
    DeliveryStage,
    Event,
    GitLabProject,
    Kind,
    Occurrence,
    Plan,
    PlanState,
    Role,
    Schedule,
    Topic,
)
from deploys.notifications import programs, silence
from deploys.notifications import steps as messages
from deploys.schedules import actions as schedules
from deploys.schedules import steps as plans
from tests.flows.planning import Stage
from tests.flows.world import World
from tests.notifications.receivers import http_receiver
from tests.notifications.scenes import webhook
from tests.scenes import make_person

pytestmark = pytest.mark.django_db(transaction=True)
BEATS = 2


def together(*work: Callable[[], object]) -> None:
    """Each piece of work twice, all of them from the same moment on, each with a connection of its own."""
    line = Barrier(BEATS * len(work))

    def one(action: Callable[[], object]) -> None:
        line.wait(20)
        try:
            action()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(BEATS * len(work)) as threads:
        for done in [threads.submit(one, action) for action in work for _beat in range(BEATS)]:
            done.result()


def test_a_plan_that_is_due_asks_for_one_build(stage: Stage) -> None:
    """Its row, its build and its event are there once, whichever beat is first."""
    stage.save(stage.dated("opening", 10))
    with stage.at(10.5):
        for _round in range(3):
            together(lambda: plans.look_ahead(now()), lambda: plans.keep(now()))
            read_source(stage.source.pk)
        assert Plan.objects.filter(entry_key="opening").count() == 1
        assert stage.plan("opening").state == PlanState.ASKED
        assert Build.objects.filter(cause=Cause.SCHEDULE).count() == 1
        assert Event.objects.filter(build=stage.newest()).count() == 1


def test_a_weekly_schedule_has_each_time_once(stage: Stage) -> None:
    """The next time is planned by one of them."""
    environment, owner = stage.world.environment, stage.world.publisher
    schedule = Schedule(
        environment=environment, owner=owner, weekdays=127, at=time(9), zone="UTC", only_if_changes=False
    )
    schedules.save(schedule=schedule, actor=owner, moment=now())
    with stage.at(60 * 24 + 1):
        for _round in range(3):
            together(lambda: plans.look_ahead(now()), lambda: plans.keep(now()))
        times = list(Plan.objects.filter(schedule__isnull=False).values_list("due_at", flat=True))
        assert len(times) == len(set(times))
        assert len(times) >= 2
        assert Build.objects.exclude(number=1).count() == 1


def test_one_press_makes_one_pipeline(world: World) -> None:
    """Two workers were woken, two sweeps wake more: one claim, one request."""
    build = actions.request(environment=world.environment, actor=world.publisher)
    together(lambda: start.start(build.pk), sweep.sweep)
    build.refresh_from_db()
    assert build.state == State.PENDING
    assert (len(world.pipelines()), build.attempts) == (1, 1)
    assert claim(build.pk) is None


def test_two_looks_at_gitlab_make_each_move_once(make_world: Callable[..., World]) -> None:
    """Ours goes on, one of GitLab's own is found: each once."""
    ci = "site: {script: [python -m publisher publish dist folder]}\n"
    world = make_world(ci=ci)
    build = world.built()
    world.gitlab.create_pipeline(world.project, source="web")
    world.gitlab.set_status(build.pipeline_id or 0, "success")
    Build.objects.update(next_look_at=None)
    together(lambda: observe.observe_project(world.row.pk))
    assert Event.objects.filter(build=build, new=State.SUCCEEDED).count() == 1
    assert Build.objects.filter(cause=Cause.GITLAB).count() == 1


def test_every_message_leaves_once(world: World, settings: Any) -> None:
    """A silent build, a token near its end, a late plan, events for programs: told by two, sent by two."""
    admin = make_person(Role.ADMIN, site=world.environment.site, email="ada@example.com")
    with http_receiver() as receiver:
        settings.NOTIFY_PRIVATE_HOSTS = [receiver.host]
        webhook(world.environment, receiver.url, *Topic)
        webhook(world.environment, receiver.url, programs_from=programs.newest_event())
        build = world.say(world.built(), "running")
        Build.objects.update(heard_at=now() - timedelta(hours=1))
        tomorrow = now().date() + timedelta(days=1)
        GitLabProject.objects.update(token_expires_on=tomorrow, token_mark=tokens.mark_of(world.row), token_name="key")
        Plan.objects.create(environment=world.environment, kind="content", due_at=now() - timedelta(hours=1))
        for _round in range(2):
            together(
                silence.look,
                lambda: tokens.warn(now()),
                lambda: plans.tell_late(now()),
                messages.tell_people,
            )
        messages.tell_people()
        ids = [post.headers["webhook-id"] for post in receiver.posts]
    kinds = [Kind.STUCK, Kind.TOKEN_EXPIRES, Kind.PLAN_MISSED]
    assert sorted(Occurrence.objects.exclude(kind=Kind.MOVED).values_list("kind", flat=True)) == sorted(kinds)
    assert len(ids) == len(set(ids)) == Delivery.objects.filter(channel__user=None).count()
    assert set(Delivery.objects.filter(channel__user=None).values_list("stage", "attempts")) == {
        (DeliveryStage.SENT, 1)
    }
    assert Delivery.objects.filter(channel__user=admin, occurrence__kind=Kind.TOKEN_EXPIRES).count() == 1
    assert Occurrence.objects.filter(kind=Kind.MOVED, build=build).count() == 4
