"""Webhooks for programs: every event, once, signed, in a shape that is written down; secrets that change over."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
import time_machine
from django.test import Client
from django.utils.timezone import now
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from deploys.builds import actions as builds
from deploys.builds import approvals, freezes
from deploys.lifecycle import State
from deploys.models import (
    AuditEntry,
    Channel,
    Delivery,
    Environment,
    Event,
    Kind,
    Occurrence,
    Plan,
    PlanState,
    Role,
    Schedule,
    Topic,
    User,
)
from deploys.notifications import actions, programs, schemas, steps
from deploys.notifications.messages import TYPES
from deploys.outbox import tell
from deploys.retention import prune
from deploys.schedules import actions as schedules
from deploys.transitions import advance
from tests.notifications.receivers import Receiver
from tests.notifications.scenes import fail, museum, running, webhook
from tests.scenes import make_build, make_person, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return museum()


@pytest.fixture
def program(environment: Environment, receiver: Receiver) -> Channel:
    """A webhook that gets everything from now on."""
    return webhook(environment, receiver.url, Topic.FREEZES, programs_from=programs.newest_event())


def came(receiver: Receiver, channel: Channel) -> list[dict[str, Any]]:
    """What arrived, each checked by another's library and against the written shape."""
    found = [Webhook(channel.secret).verify(post.body, post.headers) for post in receiver.posts]
    for event in found:
        jsonschema.validate(event, schemas.document(), format_checker=jsonschema.FormatChecker())
    return sorted(found, key=lambda event: str(event["timestamp"]))


def types(receiver: Receiver, channel: Channel) -> list[str]:
    """Their types, in the order in which they happened."""
    return [event["type"] for event in came(receiver, channel)]


def test_a_program_hears_of_every_state_of_a_build(
    environment: Environment, receiver: Receiver, program: Channel
) -> None:
    """From the press on, so that it need not ask."""
    person = make_person(Role.PUBLISHER, site=environment.site)
    build = builds.request(environment=environment, actor=person)
    advance(build, State.STARTING, lease_until=now() + timedelta(minutes=1))
    advance(build, State.PENDING, pipeline_id=7)
    advance(build, State.RUNNING)
    fail(build)
    steps.tell_people()
    moves = ["queued", "starting", "pending", "running", "failed"]
    assert sorted(types(receiver, program)) == sorted([*(f"build.{state}" for state in moves), "publish.failed"])
    started = next(event for event in came(receiver, program) if event["type"] == "build.starting")
    assert started["data"]["facts"] | {"event": 0} == {"event": 0, "from": "queued", "state": "starting", "by": None}
    assert started["data"]["build"]["key"] == str(build.key)


def test_each_event_comes_once_however_often_the_worker_looks(
    environment: Environment, receiver: Receiver, program: Channel
) -> None:
    """The last thousand are looked at again each time."""
    fail(running(environment))
    for _again in range(3):
        steps.tell_people()
    assert len(receiver.posts) == len({post.headers["webhook-id"] for post in receiver.posts}) == 2


def test_an_event_that_was_committed_late_is_not_lost(
    environment: Environment, receiver: Receiver, program: Channel
) -> None:
    """A slower transaction has a lower number than what was told already."""
    build = running(environment)
    late = Event.record(build.pk, note="", old="pending", new="running")
    Channel.objects.update(programs_through=late.pk + 500)
    steps.tell_people()
    assert types(receiver, program) == ["build.running"]


def test_what_was_forgotten_is_not_told_again(environment: Environment, program: Channel) -> None:
    """Messages are kept for 90 days; events of before have no trace of having been told."""
    event = Event.record(running(environment).pk, note="", old="pending", new="running", at=now() - timedelta(days=91))
    programs.collect(now())
    assert Occurrence.objects.filter(key=f"move-{event.pk}").exists()
    prune.prune([environment.site], now())
    assert not Occurrence.objects.exists()
    programs.collect(now())
    assert not Occurrence.objects.exists()


def test_it_hears_of_nothing_that_was_before_it_and_of_no_other_place(
    environment: Environment, receiver: Receiver
) -> None:
    """Switched on today: not the whole history."""
    fail(running(environment))
    program = webhook(environment, receiver.url, programs_from=programs.newest_event())
    fail(running(museum()))
    steps.tell_people()
    assert [kind for kind in types(receiver, program) if kind.startswith("build.")] == []


def test_people_and_other_places_hear_nothing_of_it(environment: Environment, receiver: Receiver) -> None:
    """A place with every topic chosen gets what happened, not each step."""
    every = webhook(environment, receiver.url, *Topic)
    webhook(environment, "https://program.example.com/", programs_from=0, is_active=False)
    fail(running(environment))
    steps.tell_people()
    assert types(receiver, every) == ["publish.failed"]
    assert not Occurrence.objects.filter(kind=Kind.MOVED).exists()


def test_many_events_at_once_all_arrive(environment: Environment, program: Channel) -> None:
    """After a pause of the worker."""
    build = running(environment)
    for number in range(programs.AT_ONCE + 20):
        Event.record(build.pk, note=str(number), old="pending", new="running")
    programs.collect(now())
    programs.collect(now())
    assert Occurrence.objects.filter(kind=Kind.MOVED).count() == programs.AT_ONCE + 20


def test_pauses_plans_and_schedules_are_events_too(
    environment: Environment, receiver: Receiver, program: Channel
) -> None:
    """Whatever was chosen for people."""
    admin = make_person(Role.ADMIN, site=environment.site)
    freezes.begin(environment=environment, actor=admin, reason="Fair", ends_at=now() + timedelta(hours=1))
    freezes.end(environment=environment, actor=admin)
    tomorrow = now() + timedelta(days=1)
    schedule = Schedule(environment=environment, owner=admin, day=tomorrow.date(), at=tomorrow.time(), zone="UTC")
    schedules.save(schedule=schedule, actor=admin, moment=now())
    schedules.cancel(schedule=schedule, actor=admin, moment=now())
    steps.tell_people()
    expected = ["freeze.began", "freeze.ended", "schedule.changed", "schedule.changed"]
    assert types(receiver, program) == expected
    assert Plan.objects.filter(state=PlanState.CANCELED).exists()


def every_kind(environment: Environment, person: User) -> None:
    """Tell one of each."""
    build = make_build(environment=environment, state=State.SUCCEEDED, requested_by=person)
    make_release(build=build)
    Environment.objects.filter(pk=environment.pk).update(four_eyes=True)
    waiting = make_build(environment=environment, requested_by=person)
    facts: dict[Kind, dict[str, Any]] = {
        Kind.PLAN_MISSED: {"planned_at": now().isoformat(), "why": "no_right"},
        Kind.CONTENT_LATE: {"planned_at": now().isoformat(), "count": 2},
        Kind.FREEZE_BEGAN: {"reason": "Fair", "until": now().isoformat()},
        Kind.FREEZE_ENDED: {"waiting": 2},
        Kind.STUCK: {"seconds": 400},
        Kind.TOKEN_EXPIRES: {"expires_on": str(now().date())},
        Kind.PLAN_BEGAN: {"planned_at": now().isoformat()},
        Kind.PLAN_KEPT: {"planned_at": now().isoformat()},
        Kind.SCHEDULE: {"schedule": 7, "change": "saved"},
    }
    for kind in Kind:
        if kind not in {Kind.TEST, Kind.MOVED}:
            about = build if kind not in facts or kind == Kind.STUCK else None
            about = waiting if kind == Kind.TO_APPROVE else about
            tell(kind, key=kind, environment=environment, build=about, actor=person, facts=facts.get(kind))


def test_every_type_has_its_shape_and_its_messages_fit(
    environment: Environment, receiver: Receiver, program: Channel
) -> None:
    """One message of each kind against the schema that is served."""
    every_kind(environment, make_person(Role.ADMIN, site=environment.site))
    actions.send_test(channel=program, actor=make_person(Role.ADMIN, site=environment.site))
    steps.tell_people()
    assert set(types(receiver, program)) == set(TYPES.values())
    assert not Delivery.objects.waiting().exists()


def test_the_shapes_are_served_to_everybody_and_are_sound(client: Client) -> None:
    """No account is needed: they tell nothing of any site."""
    reply = client.get("/webhooks/events.json")
    document = json.loads(reply.content)
    jsonschema.Draft202012Validator.check_schema(document)
    names = {one["$ref"].rsplit("/", 1)[-1] for one in document["oneOf"]}
    assert names == {*TYPES.values(), *(f"build.{state.value}" for state in State)}
    wrong = {"type": "build.failed", "timestamp": "2026-01-01T00:00:00Z", "data": {}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, document)


def test_a_new_secret_and_the_old_one_sign_side_by_side_for_a_day(
    environment: Environment, receiver: Receiver, program: Channel
) -> None:
    """Receivers change over when they like; after the day only the new one counts."""
    admin, old = make_person(Role.ADMIN, site=environment.site), program.secret
    with time_machine.travel(now(), tick=False) as clock:
        made = actions.save_channel(channel=program, actor=admin, renew_secret=True, for_programs=True)
        fail(running(environment))
        steps.tell_people()
        for post in receiver.posts:
            Webhook(old).verify(post.body, post.headers)
            Webhook(made).verify(post.body, post.headers)
        receiver.posts.clear()
        clock.shift(actions.OVERLAP)
        fail(running(environment))
        steps.tell_people()
        assert receiver.posts
        for post in receiver.posts:
            Webhook(made).verify(post.body, post.headers)
            with pytest.raises(WebhookVerificationError):
                Webhook(old).verify(post.body, post.headers)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.changes) == (admin, {"Signing secret": ["set", "set anew"]})


def test_what_is_done_to_a_place_of_a_team_is_in_the_log(environment: Environment) -> None:
    """Added, changed, switched off and removed, with who; never its address. A person's own place is their business."""
    admin = make_person(Role.ADMIN, site=environment.site)
    place = Channel(kind="slack", environment=environment, name="Team", address="https://hooks.example/secret")
    actions.save_channel(channel=place, actor=admin)
    place.topics = ["failures"]
    place.address = "https://hooks.example/other"
    actions.save_channel(channel=place, actor=admin)
    actions.save_channel(channel=place, actor=admin)
    actions.set_active(channel=place, actor=admin, is_active=False)
    actions.remove(channel=place, actor=admin)
    entries = list(AuditEntry.objects.order_by("pk").values_list("action", "changes"))
    assert entries == [
        ("added", {}),
        ("changed", {"Address": ["set", "set anew"], "Topics": ["–", '["failures"]']}),
        ("changed", {"Switched on": ["yes", "no"]}),
        ("removed", {}),
    ]
    assert {entry.actor for entry in AuditEntry.objects.all()} == {admin}
    own = Channel(kind="slack", user=admin, name="Mine", address="https://hooks.example/mine")
    actions.save_channel(channel=own, actor=admin)
    assert AuditEntry.objects.count() == 4


def test_a_receiver_that_fails_and_dawdles_gets_every_event_in_the_end(
    environment: Environment, receiver: Receiver, program: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried again with the same id until it has all of them."""
    monkeypatch.setattr("deploys.notifications.channels.posting.SECONDS", 0.5)
    build = running(environment)
    fail(build)
    advance(build, State.RUNNING)
    fail(build)
    receiver.answers = [(500, {}, b""), (503, {"Retry-After": "60"}, b""), (404, {}, b"")]
    with time_machine.travel(now(), tick=False) as clock:
        for _round in range(4):
            steps.tell_people()
            clock.shift(timedelta(minutes=11))
    assert not Delivery.objects.waiting().exists()
    ids = [post.headers["webhook-id"] for post in receiver.posts]
    assert (len(ids), len(set(ids))) == (8, 5)


def test_a_build_to_approve_is_an_event(environment: Environment, receiver: Receiver, program: Channel) -> None:
    """And so is the answer."""
    Environment.objects.update(four_eyes=True)
    environment.refresh_from_db()
    editor = make_person(Role.EDITOR, site=environment.site)
    publisher = make_person(Role.PUBLISHER, site=environment.site)
    build = builds.request(environment=environment, actor=editor)
    steps.tell_people()
    approvals.approve(build=build, actor=publisher)
    steps.tell_people()
    assert {"publish.to_approve", "publish.approved", "build.queued"} == set(types(receiver, program))
