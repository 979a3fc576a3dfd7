"""From what happened to what was told: nothing lost, nothing twice, whatever dies in between."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import Build, Delivery, DeliveryStage, Environment, Heartbeat, Kind, Occurrence, Reason, Topic
from deploys.notifications import actions, silence, steps
from deploys.retention import prune
from tests.notifications.receivers import MailServer, Receiver
from tests.notifications.scenes import fail, mei, museum, running, subscribe, webhook
from tests.scenes import make_build

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process ends here: nobody catches it."""


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return museum()


def test_a_worker_that_dies_between_sending_and_recording_repeats_once_with_the_same_id(
    environment: Environment, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its lease, not before; the id lets the receiver drop the repeat."""
    webhook(environment, receiver.url)
    fail(running(environment))

    def die(*_: object) -> None:
        raise Killed

    with time_machine.travel(now(), tick=False) as clock:
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(steps, "_record", die)
            steps.tell_people()
        Heartbeat.objects.all().delete()
        steps.tell_people()
        assert len(receiver.posts) == 1
        clock.shift(steps.LEASE + timedelta(seconds=1))
        steps.tell_people()
        clock.shift(timedelta(days=1))
        steps.tell_people()
    assert len(receiver.posts) == 2
    assert receiver.posts[0].headers["webhook-id"] == receiver.posts[1].headers["webhook-id"]
    assert Delivery.objects.get().stage == DeliveryStage.SENT


def test_a_worker_that_dies_before_it_fanned_out_loses_nothing(environment: Environment, receiver: Receiver) -> None:
    """The message to the worker was lost: the tick finds the row."""
    webhook(environment, receiver.url)
    fail(running(environment))
    assert Occurrence.objects.get().told_at is None
    steps.tell_people()
    assert Occurrence.objects.get().told_at is not None
    assert len(receiver.posts) == 1


def test_a_late_worker_does_not_overwrite_what_another_one_did(environment: Environment, receiver: Receiver) -> None:
    """Its lease passed while it waited for an answer; the other one's record stands."""
    webhook(environment, receiver.url)
    fail(running(environment))
    moment = now() + timedelta(seconds=1)
    steps.fan_out(now())
    batch = Delivery.objects.get().batch
    first = Delivery.claim(batch, moment=moment, lease=steps.LEASE)
    assert Delivery.claim(batch, moment=moment, lease=steps.LEASE) == []
    second = Delivery.claim(batch, moment=moment + steps.LEASE, lease=steps.LEASE)
    steps._record(first, steps.Unavailable("Too late."), moment)
    found = Delivery.objects.get()
    assert (found.attempts, found.lease_until, found.answer) == (2, moment + 2 * steps.LEASE, "")
    steps._record(second, steps.Answer(words="ok"), moment)
    assert Delivery.objects.get().stage == DeliveryStage.SENT


def test_only_one_round_runs_at_a_time(environment: Environment, receiver: Receiver) -> None:
    """Another worker leaves it to the first, until that one is gone for a minute."""
    webhook(environment, receiver.url)
    fail(running(environment))
    with time_machine.travel(now(), tick=False) as clock:
        Heartbeat.objects.create(part=steps.ROUND, seen_at=now())
        steps.tell_people()
        assert receiver.posts == []
        clock.shift(steps.ROUND_LEASE)
        steps.tell_people()
    assert len(receiver.posts) == 1


def test_a_message_that_cannot_be_written_holds_up_no_other(
    environment: Environment, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again, and the log says that the fault is ours."""
    webhook(environment, receiver.url)
    fail(running(environment))
    Occurrence.objects.create(key="odd", kind=Kind.FAILED, environment=environment)  # of no build: nobody can word it
    steps.tell_people()
    assert len(receiver.posts) == 1
    odd = Delivery.objects.get(occurrence__key="odd")
    assert (odd.stage, odd.answer) == (DeliveryStage.WAITING, steps.BROKEN)


def test_an_occurrence_that_nobody_can_make_sense_of_holds_up_no_other(
    environment: Environment, receiver: Receiver
) -> None:
    """A kind of a version that is not installed any more."""
    Occurrence.objects.create(key="odd", kind="of another time", environment=environment)
    webhook(environment, receiver.url)
    fail(running(environment))
    steps.tell_people()
    assert len(receiver.posts) == 1


def test_send_again_keeps_the_id_of_what_did_not_arrive(environment: Environment, receiver: Receiver) -> None:
    """What arrived gets a new one, as somebody wants to see it again; what is on its way stays so."""
    channel = webhook(environment, receiver.url)
    fail(running(environment))
    steps.fan_out(now())
    found = Delivery.objects.get()
    assert actions.send_again(delivery=found) is False
    Delivery.objects.update(stage=DeliveryStage.FAILED, next_try_at=None)
    assert actions.send_again(delivery=Delivery.objects.get()) is True
    steps.tell_people()
    assert Delivery.objects.get().batch == found.batch
    assert actions.send_again(delivery=Delivery.objects.get()) is True
    steps.tell_people()
    assert len({post.headers["webhook-id"] for post in receiver.posts}) == 2
    channel.refresh_from_db()
    assert channel.trouble == ""


def test_a_test_goes_to_its_place_alone_and_at_once(environment: Environment, post_office: MailServer) -> None:
    """Also in quiet hours."""
    person = mei(environment)
    subscribe(person, environment, *Topic)
    channel = person.channels.create(kind="email", quiet_from="00:00", quiet_until="23:59")
    delivery = actions.send_test(channel=channel, actor=person)
    steps.tell_people()
    delivery.refresh_from_db()
    assert (delivery.stage, delivery.reason) == (DeliveryStage.SENT, Reason.TEST)
    assert [mail["Subject"] for mail in post_office.mails] == ["Test · This is a test"]


def test_a_silent_build_is_told_once_for_each_silence(environment: Environment) -> None:
    """Not while it is heard of, and again if it falls silent again."""
    build = running(environment, mei(environment))
    silence.look()
    assert not Occurrence.objects.exists()
    moment = now() + timedelta(minutes=6)
    silence.look(moment)
    silence.look(moment + timedelta(minutes=1))
    found = Occurrence.objects.get()
    assert (found.kind, found.facts) == (Kind.STUCK, {"seconds": 360})
    Build.objects.filter(pk=build.pk).update(heard_at=moment)
    silence.look(moment + timedelta(minutes=10))
    assert Occurrence.objects.filter(kind=Kind.STUCK).count() == 2


def test_a_wish_is_noted_while_the_build_runs_or_is_looked_for(environment: Environment) -> None:
    """Afterwards there is nothing to wait for."""
    person = mei(environment)
    build = running(environment)
    assert actions.wish(build=build, user=person) is True
    assert actions.wish(build=build, user=person) is True
    assert build.wishes.count() == 1
    ended = make_build(environment=environment, state=State.FAILED)
    assert actions.wish(build=ended, user=person) is False


def test_what_happened_long_ago_is_forgotten(environment: Environment) -> None:
    """With its deliveries; what is younger stays."""
    fail(running(environment, mei(environment)))
    steps.fan_out(now())
    prune.prune([environment.site], now() + timedelta(days=89))
    assert Delivery.objects.count() == 1
    prune.prune([environment.site], now() + timedelta(days=91))
    assert Delivery.objects.count() == 0
