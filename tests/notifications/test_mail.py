"""Mails, handed to a real mail server: plain and HTML, the id of a repeat, and what the server may say."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import Channel, ChannelKind, Delivery, DeliveryStage, Environment, Kind, Role, Subscription, Topic
from deploys.notifications import steps
from deploys.outbox import tell
from deploys.releases import actions as releases
from deploys.transitions import advance
from tests.notifications.receivers import MailServer
from tests.notifications.scenes import fail, mei, museum, running, subscribe
from tests.scenes import make_build, make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return museum()


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """One of the two forms of a mail."""
    part = mail.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content())


def test_whoever_pressed_gets_a_mail_in_the_words_of_the_card(
    environment: Environment, post_office: MailServer
) -> None:
    """Plain and HTML: what happened, what visitors see, what to do, the build, and why it came."""
    build = running(environment, mei(environment))
    fail(build, "out_of_resources")
    steps.tell_people()
    [mail] = post_office.mails
    assert (mail["To"], mail["From"]) == ("mei@example.com", "Buildhub <publish@example.com>")
    assert mail["Subject"] == "Failed · Harbour Museum: The build ran out of memory or disk space"
    for kind in ("plain", "html"):
        words = " ".join(text_of(mail, kind).split())
        assert "The building machine was full." in words
        assert "What visitors see: Nothing has changed for them." in words
        assert "An admin can raise the limit." in words
        assert f"https://publish.example.com/sites/{environment.site.slug}/builds/{build.number}/" in words
        assert "You get this because you asked for this publish" in words
        assert "https://publish.example.com/notifications/" in words
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None  # nobody unsubscribes from the end of their own press


def test_what_was_chosen_can_be_stopped_by_the_mail_program(
    environment: Environment, post_office: MailServer, client: Client
) -> None:
    """RFC 8058: opening the link changes nothing, one POST without a session ends that kind of message alone."""
    person = mei(environment)
    subscribe(person, environment, Topic.FAILURES, Topic.PLANS)
    fail(running(environment))
    steps.tell_people()
    [mail] = post_office.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = mail["List-Unsubscribe"].strip("<>").removeprefix("https://publish.example.com")
    assert path in text_of(mail).replace("https://publish.example.com", "")
    assert b"Stop these messages" in client.get(path).content
    assert Subscription.objects.get().topics == [Topic.FAILURES, Topic.PLANS]
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscription.objects.get().topics == [Topic.PLANS]
    assert b"These messages have ended" in client.get(path).content
    assert client.post(path[:-3] + "xx/").status_code == 404


def test_first_success_after_failures_says_that_it_works_again(
    environment: Environment, post_office: MailServer
) -> None:
    """With what is live."""
    person = mei(environment)
    fail(running(environment, person))
    fail(running(environment, person))
    build = make_build(environment=environment, state=State.SUCCEEDED, requested_by=person, change_counts={"edited": 7})
    releases.mark_live(make_release(build=build, live=False))
    steps.tell_people()
    # Several are sent at the same time: which one arrives last is not said.
    [mail] = [one for one in post_office.mails if one["Subject"] == "Live · Harbour Museum: Publishing works again"]
    assert "Your 7 changes are live." in text_of(mail)
    assert "The last 2 publishes had failed." in text_of(mail)


def test_times_are_those_of_the_readers_zone(environment: Environment, post_office: MailServer) -> None:
    """The person's, else the site's."""
    for name, zone in (("here", ""), ("there", "America/New_York")):
        subscribe(mei(environment, email=f"{name}@example.com", time_zone=zone), environment, Topic.PLANS)
    with time_machine.travel("2026-11-12T14:00:00Z", tick=False):
        facts = {"planned_at": "2026-11-12T13:30:00+00:00"}
        tell(Kind.PLAN_MISSED, key="p", environment=environment, facts=facts)
        steps.tell_people()
    subjects = {mail["To"].partition("@")[0]: mail["Subject"] for mail in post_office.mails}
    assert subjects["here"].endswith("What was planned for today at 13:30 is not live yet")
    assert subjects["there"].endswith("What was planned for today at 08:30 is not live yet")


def test_a_daily_summary_is_one_mail(environment: Environment, post_office: MailServer) -> None:
    """At its time, with a line for each; its deliveries share its fate."""
    person = mei(environment)
    subscribe(person, environment, Topic.FAILURES)
    channel = Channel.objects.create(user=person, kind=ChannelKind.EMAIL, digest_at="17:00")
    with time_machine.travel("2026-11-12T12:00:00Z", tick=False) as clock:
        for error_class in ("out_of_resources", "timeout", "nothing_ran"):
            fail(running(environment), error_class)
            steps.tell_people()
        assert post_office.mails == []
        clock.move_to("2026-11-12T17:00:01Z")
        steps.tell_people()
        steps.tell_people()
    [mail] = post_office.mails
    assert mail["Subject"] == "3 things happened · Harbour Museum"
    for words in ("ran out of memory", "took longer than 60 minutes", "There was nothing to build"):
        assert words in text_of(mail)
        assert words in text_of(mail, "html")
    assert set(channel.deliveries.values_list("stage", flat=True)) == {DeliveryStage.SENT}
    assert channel.deliveries.values("batch").distinct().count() == 1


def test_after_quiet_hours_what_waited_comes_as_one(environment: Environment, post_office: MailServer) -> None:
    """A single one as it would have come; an answer to a press is not held."""
    person = mei(environment)
    subscribe(person, environment, Topic.FAILURES)
    Channel.objects.create(user=person, kind=ChannelKind.EMAIL, quiet_from="22:00", quiet_until="07:00")
    with time_machine.travel("2026-11-12T23:00:00Z", tick=False) as clock:
        fail(running(environment), "timeout")
        steps.tell_people()
        assert post_office.mails == []
        fail(running(environment, person), "nothing_ran")
        steps.tell_people()
        assert len(post_office.mails) == 1
        clock.move_to("2026-11-13T07:00:01Z")
        steps.tell_people()
    assert post_office.mails[1]["Subject"].startswith("Failed · Harbour Museum: The build took longer")


@pytest.mark.parametrize(
    ("said", "stage"),
    [
        ("550 5.1.1 No such user", DeliveryStage.FAILED),
        ("451 4.7.1 Greylisted, try again", DeliveryStage.WAITING),
    ],
)
def test_what_the_mail_server_says_decides(
    environment: Environment, post_office: MailServer, said: str, stage: DeliveryStage
) -> None:
    """5xx is given up, 4xx tried again; its words are in the log."""
    post_office.refuse = {"mei@example.com": said}
    fail(running(environment, mei(environment)))
    steps.tell_people()
    found = Delivery.objects.get()
    assert (found.stage, found.status) == (stage, int(said[:3]))
    assert said[4:] in found.answer


def test_every_try_has_the_same_message_id(environment: Environment, post_office: MailServer) -> None:
    """By which mail programs know a repeat."""
    fail(running(environment, mei(environment)))
    steps.tell_people()
    Delivery.objects.update(stage=DeliveryStage.WAITING, next_try_at=now())  # as if the record had been lost
    steps.tell_people()
    first, second = post_office.mails
    assert first["Message-ID"] == second["Message-ID"] == f"<{Delivery.objects.get().batch}@example.com>"


def test_a_mail_server_that_is_not_there_is_tried_again(
    environment: Environment, post_office: MailServer, settings: Any
) -> None:
    """The failure says nothing of user name and password."""
    settings.MAILERS["default"]["OPTIONS"] |= {"port": 9, "username": "u", "password": "secret"}
    fail(running(environment, mei(environment)))
    steps.tell_people()
    found = Delivery.objects.get()
    assert (found.stage, found.answer) == (
        DeliveryStage.WAITING,
        "The mail server could not be reached (ConnectionRefusedError).",
    )


@pytest.mark.parametrize(("is_set_up", "email", "words"), [(False, "a@b.example", "EMAIL_URL"), (True, "", "an admin")])
def test_where_no_mail_can_go_the_log_says_why(
    environment: Environment, settings: Any, *, is_set_up: bool, email: str, words: str
) -> None:
    """No mail server, or no address."""
    settings.EMAIL_IS_SET_UP = is_set_up
    fail(running(environment, mei(environment, email=email)))
    steps.tell_people()
    found = Delivery.objects.get()
    assert found.stage == DeliveryStage.FAILED
    assert words in found.answer


def test_who_left_the_site_meanwhile_gets_nothing(environment: Environment, post_office: MailServer) -> None:
    """The message waited; the person has no role any more."""
    person = mei(environment)
    subscribe(person, environment, Topic.ALL)
    Channel.objects.create(user=person, kind=ChannelKind.EMAIL, digest_at="17:00")
    with time_machine.travel("2026-11-12T12:00:00Z", tick=False) as clock:
        advance(running(environment), State.CANCELED)
        steps.tell_people()
        person.memberships.all().delete()
        clock.move_to("2026-11-12T17:01:00Z")
        steps.tell_people()
    assert post_office.mails == []
    assert Delivery.objects.get().stage == DeliveryStage.DROPPED


def test_hostile_names_stay_text(environment: Environment, post_office: MailServer) -> None:
    """No header and no markup comes of them."""
    environment.site.name = "<img src=x>\r\nBcc: all@example.com"
    environment.site.save()
    person = mei(environment)
    person.memberships.update(role=Role.ADMIN)
    fail(running(environment, person))
    steps.tell_people()
    [mail] = post_office.mails
    assert mail["Bcc"] is None
    assert post_office.to == ["mei@example.com"]
    assert "<img" not in text_of(mail, "html")
