"""Signed webhooks against a real receiver that fails, delays and repeats; another's library judges the signatures."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils.timezone import now
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from deploys.lifecycle import State
from deploys.models import Channel, ChannelKind, Delivery, DeliveryStage, Environment, Topic
from deploys.notifications import steps
from deploys.notifications.channels.webhook import key_of, new_secret
from deploys.transitions import advance
from tests.notifications.receivers import Receiver
from tests.notifications.scenes import fail, mei, museum, running, webhook

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return museum()


def only() -> Delivery:
    """The one delivery there is."""
    return Delivery.objects.get(channel__kind=ChannelKind.WEBHOOK)


def test_the_receiver_can_check_that_the_event_is_ours(environment: Environment, receiver: Receiver) -> None:
    """Id, time and signature after Standard Webhooks; one changed byte is noticed."""
    channel = webhook(environment, receiver.url)
    fail(running(environment, mei(environment)), "held_back", count=12, pages_there=40)
    steps.tell_people()
    [post] = receiver.posts
    event: Any = Webhook(channel.secret).verify(post.body, post.headers)
    assert event["type"] == "publish.held_back"
    assert event["data"]["headline"] == "Held back: 12 of 40 pages would vanish"
    assert event["data"]["site"] == {"slug": environment.site.slug, "name": "Harbour Museum"}
    assert event["data"]["build"]["requested_by"] == "Mei Okafor"
    assert event["data"]["url"].startswith("https://publish.example.com/sites/")
    with pytest.raises(WebhookVerificationError):
        Webhook(channel.secret).verify(post.body.replace(b"12", b"13"), post.headers)
    assert (only().stage, only().status, only().answer) == (DeliveryStage.SENT, 200, "200 ok")


def test_a_receiver_that_fails_is_tried_again_with_the_same_id(environment: Environment, receiver: Receiver) -> None:
    """Later each time, and the log says what came of the last try."""
    channel = webhook(environment, receiver.url)
    receiver.answers = [(500, {}, b"out of order"), (404, {}, b"not yet"), (200, {}, b"")]
    fail(running(environment))
    begin = now()
    with time_machine.travel(begin, tick=False) as clock:
        steps.tell_people()
        assert (only().stage, only().attempts) == (DeliveryStage.WAITING, 1)
        assert only().answer == "The answer was 500 out of order."
        assert only().next_try_at == begin + steps.PAUSES[0]
        steps.tell_people()
        assert len(receiver.posts) == 1
        clock.shift(steps.PAUSES[0])
        steps.tell_people()
        clock.shift(steps.PAUSES[1])
        steps.tell_people()
    assert (only().stage, only().attempts, len(receiver.posts)) == (DeliveryStage.SENT, 3, 3)
    assert len({post.headers["webhook-id"] for post in receiver.posts}) == 1
    for post in receiver.posts[:1]:
        Webhook(channel.secret).verify(post.body, post.headers)


def test_a_receiver_that_asks_for_time_gets_it(environment: Environment, receiver: Receiver) -> None:
    """Retry-After counts where it is longer than our own pause."""
    webhook(environment, receiver.url)
    receiver.answers = [(429, {"Retry-After": "3600"}, b"")]
    fail(running(environment))
    begin = now()
    with time_machine.travel(begin, tick=False):
        steps.tell_people()
    assert only().next_try_at == begin + timedelta(hours=1)


def test_after_the_last_try_it_is_given_up_and_the_place_says_so(environment: Environment, receiver: Receiver) -> None:
    """A day and a half of tries; then nothing more is sent by itself."""
    channel = webhook(environment, receiver.url)
    receiver.answers = [(503, {}, b"")] * 20
    fail(running(environment))
    with time_machine.travel(now(), tick=False) as clock:
        for pause in (*steps.PAUSES, timedelta(days=1), timedelta(days=1)):
            steps.tell_people()
            clock.shift(pause)
    assert only().stage == DeliveryStage.FAILED
    assert len(receiver.posts) == len(steps.PAUSES) + 1
    channel.refresh_from_db()
    assert channel.trouble == "The answer was 503."


def test_a_receiver_that_is_gone_is_switched_off(environment: Environment, receiver: Receiver) -> None:
    """410 is its own word for it; the next event is not sent."""
    channel = webhook(environment, receiver.url)
    receiver.answers = [(410, {}, b"")]
    fail(running(environment))
    steps.tell_people()
    fail(running(environment))
    steps.tell_people()
    channel.refresh_from_db()
    assert (channel.is_active, len(receiver.posts), only().stage) == (False, 1, DeliveryStage.FAILED)


def test_a_redirect_is_not_followed(environment: Environment, receiver: Receiver) -> None:
    """It would carry the event to an address that nobody entered."""
    webhook(environment, receiver.url)
    receiver.answers = [(302, {"Location": f"http://{receiver.host}/elsewhere"}, b"")]
    fail(running(environment))
    steps.tell_people()
    assert [post.path for post in receiver.posts] == ["/hook"]
    assert only().stage == DeliveryStage.WAITING


def test_a_slow_receiver_holds_up_no_other(
    environment: Environment, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer is given up after a while; the others have theirs."""
    monkeypatch.setattr("deploys.notifications.channels.posting.SECONDS", 0.3)
    receiver.delay = 1.0
    slow = webhook(environment, receiver.url)
    nobody = webhook(environment, "http://127.0.0.1:9/hook")
    fail(running(environment))
    steps.tell_people()
    assert slow.deliveries.get().answer == "No answer within 0.3 seconds."
    assert "private network" in nobody.deliveries.get().answer


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest", "http://127.0.0.1:9/", "http://[::1]/", "http://10.0.0.8/", "http://localhost/"],
)
def test_no_message_goes_into_the_private_network(environment: Environment, url: str) -> None:
    """Whatever somebody entered; the sentence says who can allow it."""
    webhook(environment, url)
    fail(running(environment))
    steps.tell_people()
    assert (only().stage, only().attempts) == (DeliveryStage.FAILED, 1)
    assert "Those who run Buildhub can allow it" in only().answer


def test_each_event_reaches_each_place_once(environment: Environment, receiver: Receiver) -> None:
    """However often the worker is told."""
    for _number in range(3):
        webhook(environment, receiver.url)
    build = running(environment)
    fail(build)
    advance(build, State.RUNNING)
    fail(build)
    for _again in range(4):
        steps.tell_people()
    assert len(receiver.posts) == 6
    assert len({post.headers["webhook-id"] for post in receiver.posts}) == 6


def test_the_answer_is_cut_and_kept_in_one_line(environment: Environment, receiver: Receiver) -> None:
    """A page of a stranger does not fill the log."""
    webhook(environment, receiver.url)
    receiver.answers = [(200, {}, b"<html>\r\n\x00" + b"x" * 100_000)]
    fail(running(environment))
    steps.tell_people()
    assert only().answer.startswith("200 <html> xxx")
    assert len(only().answer) < 200


def test_a_secret_is_as_the_specification_has_it() -> None:
    """Prefix, base64, 24 to 64 bytes."""
    assert new_secret() != new_secret()
    assert len(key_of(new_secret())) == 32
    for wrong in ("whsec_", "whsec_c2hvcnQ=", "whsec_" + "A" * 200, "whsec_?????"):
        with pytest.raises(ValueError, match="secret"):
            key_of(wrong)


def test_no_page_or_text_of_the_content_leaves_the_house(environment: Environment, receiver: Receiver) -> None:
    """The failure names them; the message does not, by no way."""
    for kind in (ChannelKind.WEBHOOK, ChannelKind.SLACK, ChannelKind.TEAMS):
        Channel.objects.create(
            environment=environment, kind=kind, address=receiver.url, secret=new_secret(), topics=[Topic.ALL]
        )
    words = dict.fromkeys(("page", "field", "rule", "detail", "finding", "file", "check", "edit_url"), "Unpublished")
    for error_class in (
        "content_invalid",
        "asset_missing",
        "link_broken",
        "check_failed",
        "dependency",
        "template_error",
    ):
        fail(running(environment), error_class, **words, job="secret-job", setting="SECRET_TOKEN")
        steps.tell_people()
    assert len(receiver.posts) == 18
    for post in receiver.posts:
        text = json.dumps(json.loads(post.body))
        assert not any(word in text for word in ("Unpublished", "secret-job", "SECRET_TOKEN"))
