"""What a person hears of and where, what a team's places are, and the log of what was sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.lifecycle import State
from deploys.models import (
    BuildWish,
    Channel,
    ChannelKind,
    Delivery,
    DeliveryStage,
    Environment,
    Event,
    Occurrence,
    Role,
    Subscription,
    Topic,
    User,
)
from deploys.notifications import steps
from deploys.notifications.channels.webhook import key_of
from tests.notifications.scenes import fail, mei, museum, running, webhook
from tests.scenes import make_build, make_environment, make_person, make_release
from tests.web.reading import HTMX, find, parse, press, words

pytestmark = pytest.mark.django_db
SLACK = "https://hooks.slack.example/services/T000/B000/very-secret"
PAGE = "/notifications/"


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return museum()


@pytest.fixture
def person(environment: Environment, client: Client) -> User:
    """An editor, signed in."""
    found = mei(environment)
    client.force_login(found)
    return found


@pytest.fixture
def admin(environment: Environment, client: Client) -> User:
    """An admin of the site, signed in."""
    found = make_person(Role.ADMIN, site=environment.site, first_name="Tomás", last_name="Lind", email="t@example.com")
    client.force_login(found)
    return found


def main(answer: Any) -> str:
    """What people read on a page."""
    return words(find(parse(answer), "main")[0])


def team_page(environment: Environment) -> str:
    """The places of the site's teams."""
    return reverse("site-notifications", args=[environment.site.slug])


def test_everybody_chooses_for_each_environment_they_may_see(
    environment: Environment, person: User, client: Client
) -> None:
    """And for no other; the boxes stand as they were left."""
    staging = make_environment(site=environment.site, slug="staging", name="Staging", kind="staging")
    strange = make_environment()
    page = main(client.get(PAGE))
    assert "Harbour Museum (Staging)" in page
    assert strange.site.name not in page
    typed = {f"e{environment.pk}": ["failures", "mine"], f"e{strange.pk}": ["all"]}
    assert client.post(PAGE, typed, follow=True).status_code == 200
    assert {row.environment: row.topics for row in Subscription.objects.all()} == {
        environment: [Topic.FAILURES, Topic.MINE],
        staging: [],
    }
    boxes = find(parse(client.get(PAGE)), "input", type="checkbox")
    assert sorted(box.attrib["value"] for box in boxes if "checked" in box.attrib) == ["failures", "mine"]


def test_a_choice_that_does_not_exist_is_refused(environment: Environment, person: User, client: Client) -> None:
    """The page comes back with the error beside its group."""
    answer = client.post(PAGE, {f"e{environment.pk}": ["everything"]})
    assert "everything is not one of the available choices" in main(answer)
    assert not Subscription.objects.exists()


def test_a_person_without_a_site_reads_why_there_is_nothing(client: Client) -> None:
    """And whom to ask."""
    client.force_login(make_person(None))
    assert "Ask an admin" in main(client.get(PAGE))


def test_mail_is_there_from_the_beginning_and_says_what_is_missing(person: User, client: Client, settings: Any) -> None:
    """No mail server, or no address of the account."""
    assert "mei@example.com · At once." in main(client.get(PAGE))
    assert "Sending mail is not set up here" in main(client.get(PAGE))
    settings.EMAIL_IS_SET_UP = True
    User.objects.update(email="")
    assert "Your account has no mail address" in main(client.get(PAGE))


def test_quiet_hours_and_the_summary_are_set_and_said(person: User, client: Client) -> None:
    """Half of them is an error; none is fine."""
    mail = Channel.mail_of(person)
    address = reverse("channel", args=[mail.pk])
    answer = client.post(address, {"digest": "", "quiet_from": "22:00"})
    assert "Quiet hours need a beginning and an end." in main(answer)
    answer = client.post(address, {"digest": "", "quiet_from": "22:00", "quiet_until": "07:00"}, follow=True)
    assert "quiet from 22:00 to 07:00" in main(answer)
    answer = client.post(address, {"digest": "daily", "digest_at": "17:30"}, follow=True)
    assert "One message a day at 17:30." in main(answer)
    client.post(address, {"digest": "", "digest_at": "17:30"})
    mail.refresh_from_db()
    assert (mail.digest_at, mail.quiet_from) == (None, None)


def test_an_address_goes_in_and_never_comes_out(person: User, client: Client) -> None:
    """Only its host is shown; empty keeps it."""
    new = f"{reverse('new-channel')}?kind=slack"
    answer = client.post(new, {"name": "My Slack", "address": SLACK}, follow=True)
    assert "hooks.slack.example" in main(answer)
    channel = Channel.objects.get(kind=ChannelKind.SLACK)
    assert (channel.user, channel.address) == (person, SLACK)
    for page in (PAGE, reverse("channel", args=[channel.pk]), reverse("remove-channel", args=[channel.pk])):
        assert b"very-secret" not in client.get(page).content
    client.post(reverse("channel", args=[channel.pk]), {"name": "Slack", "address": ""})
    channel.refresh_from_db()
    assert (channel.name, channel.address) == ("Slack", SLACK)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://hooks.example/x", "so that nobody on the way can read it"),
        ("ftp://hooks.example/x", "must begin with https://"),
        ("hooks", "must begin with https://"),
        ("https://127.0.0.1/x", "in a private network"),
        ("https://[::1]:8000/x", "in a private network"),
        ("https://localhost/x", "in a private network"),
        ("https://hooks.example:99999999/x", "must begin with https://"),
    ],
)
def test_an_address_that_nothing_is_sent_to_is_refused_at_once(
    person: User, client: Client, address: str, sentence: str
) -> None:
    """With the reason beside the field."""
    answer = client.post(f"{reverse('new-channel')}?kind=slack", {"address": address})
    assert sentence in main(answer)
    assert not Channel.objects.filter(kind=ChannelKind.SLACK).exists()


def test_a_secret_is_shown_once(admin: User, environment: Environment, client: Client) -> None:
    """When it is made; one's own is never shown."""
    new = f"{reverse('new-channel')}?environment={environment.pk}&kind=webhook"
    typed = {"name": "CMS", "address": "https://hooks.example/x", "topics": ["failures"]}
    shown = find(parse(client.post(new, typed)), "code")[0].text
    channel = Channel.objects.get(kind=ChannelKind.WEBHOOK)
    assert shown == channel.secret
    assert key_of(channel.secret)
    edit = reverse("channel", args=[channel.pk])
    assert channel.secret.encode() not in client.get(edit).content
    own = f"whsec_{'A' * 43}="
    answer = client.post(edit, {"address": "", "secret": own, "topics": ["failures"]}, follow=True)
    assert own.encode() not in answer.content
    assert "24 to 64 bytes" in main(client.post(edit, {"address": "", "secret": "short"}))
    renewed = client.post(edit, {"address": "", "renew_secret": "on"})
    channel.refresh_from_db()
    assert channel.secret not in {own, shown}
    assert channel.secret.encode() in renewed.content
    assert "For 24 hours the old secret signs too" in main(renewed)
    assert channel.old_secret == own


def test_a_teams_webhook_may_be_for_programs(admin: User, environment: Environment, client: Client) -> None:
    """From the moment on at which it is ticked; a place for people has no such choice."""
    last = Event.record(running(environment).pk, note="Started", new="running")
    new = f"{reverse('new-channel')}?environment={environment.pk}&kind="
    assert "For programs: every event" not in main(client.get(f"{new}slack"))
    assert "For programs: every event" not in main(client.get(f"{reverse('new-channel')}?kind=webhook"))
    typed = {"name": "CMS", "address": "https://hooks.example/x", "for_programs": "on"}
    client.post(f"{new}webhook", typed)
    channel = Channel.objects.get(kind=ChannelKind.WEBHOOK)
    assert channel.programs_from == last.pk
    assert "Every event, for programs" in main(client.get(team_page(environment)))
    edit = reverse("channel", args=[channel.pk])
    assert "checked" in find(parse(client.get(edit)), "input", name="for_programs")[0].attrib
    client.post(edit, {"address": "", "topics": ["failures"]})
    channel.refresh_from_db()
    assert not channel.is_for_programs


def test_teams_places_are_set_up_by_admins_alone(environment: Environment, client: Client) -> None:
    """Everybody else reads whom to ask; strangers find nothing."""
    make_person(Role.ADMIN, site=environment.site, first_name="Tomás", last_name="Lind")
    channel = webhook(environment, "https://hooks.example/x")
    pages = (
        team_page(environment),
        reverse("notification-log", args=[environment.site.slug]),
        f"{reverse('new-channel')}?environment={environment.pk}",
        reverse("channel", args=[channel.pk]),
        reverse("remove-channel", args=[channel.pk]),
    )
    presses = [reverse(name, args=[channel.pk]) for name in ("test-channel", "pause-channel", "do-remove-channel")]
    for role, status in ((Role.PUBLISHER, 403), (None, 404)):
        client.force_login(make_person(role, site=environment.site))
        assert {client.get(page).status_code for page in pages} == {status}
        assert {client.post(page).status_code for page in presses} == {status}
    assert Channel.objects.filter(pk=channel.pk, is_active=True).exists()


def test_a_place_of_another_person_is_not_found(environment: Environment, person: User, client: Client) -> None:
    """Whatever is asked of it."""
    other = Channel.mail_of(mei(environment, first_name="Ana"))
    for name in ("channel", "remove-channel"):
        assert client.get(reverse(name, args=[other.pk])).status_code == 404
    for name in ("channel", "test-channel", "pause-channel", "resume-channel", "do-remove-channel"):
        assert client.post(reverse(name, args=[other.pk]), {}).status_code == 404


def test_a_test_is_sent_and_the_page_waits_for_its_answer(
    admin: User, environment: Environment, client: Client, receiver: Any
) -> None:
    """It asks for news until the answer is there."""
    channel = webhook(environment, receiver.url, name="CMS")
    page, address = team_page(environment), reverse("test-channel", args=[channel.pk])
    press(client, page, address)
    answer = client.get(page)
    assert "A message of" in main(answer)
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    Delivery.claim(Delivery.objects.get().batch, moment=now(), lease=steps.LEASE)
    assert 'hx-trigger="every 2s"' in client.get(page, **HTMX).content.decode()
    Delivery.objects.update(lease_until=None)
    steps.tell_people()
    fragment = client.get(page, **HTMX).content.decode()
    assert "The last message arrived" in fragment
    assert "hx-trigger" not in fragment
    assert b'"type":"test"' in receiver.posts[0].body


def test_a_place_is_switched_off_and_on_and_removed(admin: User, environment: Environment, client: Client) -> None:
    """What waited for it is not needed any more; removing it is asked about first."""
    channel = webhook(environment, "https://hooks.example/x", name="CMS")
    fail(running(environment))
    steps.fan_out(now())
    press(client, team_page(environment), reverse("pause-channel", args=[channel.pk]))
    assert Delivery.objects.get().stage == DeliveryStage.DROPPED
    assert "Switched off" in main(client.get(team_page(environment)))
    press(client, team_page(environment), reverse("resume-channel", args=[channel.pk]))
    assert Channel.objects.get(pk=channel.pk).is_active
    question = reverse("remove-channel", args=[channel.pk])
    assert "Remove “CMS”?" in main(client.get(question))
    press(client, question, reverse("do-remove-channel", args=[channel.pk]))
    assert not Channel.objects.filter(pk=channel.pk).exists()


def test_ones_own_mail_cannot_be_removed(person: User, client: Client) -> None:
    """Answers to one's own presses need a way."""
    mail = Channel.mail_of(person)
    assert client.post(reverse("do-remove-channel", args=[mail.pk])).status_code == 404
    assert Channel.objects.filter(pk=mail.pk).exists()


def test_the_log_shows_what_went_where_and_sends_again(
    admin: User, environment: Environment, client: Client, receiver: Any
) -> None:
    """With the last answer; a filter finds what did not arrive."""
    receiver.answers = [(410, {}, b"bye")]
    webhook(environment, receiver.url, name="CMS")
    fail(running(environment, mei(environment)))
    steps.tell_people()
    log = reverse("notification-log", args=[environment.site.slug])
    page = main(client.get(log))
    assert "The site could not be built" in page
    assert "CMS (Webhook)" in page
    assert "The place is gone (410 bye)" in page
    assert "Mei Okafor (Email)" in page
    assert "No messages match" in main(client.get(f"{log}?show=waiting"))
    failed = Delivery.objects.get(channel__kind=ChannelKind.WEBHOOK)
    press(client, f"{log}?show=failed", reverse("send-again", args=[environment.site.slug, failed.pk]))
    steps.tell_people()
    failed.refresh_from_db()
    assert (failed.stage, failed.attempts) == (DeliveryStage.SENT, 1)


def test_messages_of_another_site_are_not_in_the_log(admin: User, environment: Environment, client: Client) -> None:
    """Nor can they be sent again from it."""
    other = make_environment()
    fail(running(other, mei(other)))
    steps.tell_people()
    log = reverse("notification-log", args=[environment.site.slug])
    assert "Nothing was sent yet" in main(client.get(log))
    strange = Delivery.objects.get()
    assert client.post(reverse("send-again", args=[environment.site.slug, strange.pk])).status_code == 404


def test_a_long_log_comes_in_pages_of_few_queries(
    admin: User, environment: Environment, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """However long it is."""
    webhook(environment, "https://hooks.example/x")
    for _number in range(60):
        fail(running(environment))
    steps.fan_out(now())
    assert Occurrence.objects.count() == 60
    log = reverse("notification-log", args=[environment.site.slug])
    with django_assert_max_num_queries(12):
        page = main(client.get(log))
    assert "Page 1 of 2" in page
    assert "Page 2 of 2" in main(client.get(f"{log}?show=all&page=2"))


@pytest.mark.parametrize("is_set_up", [True, False])
def test_the_bell_asks_for_a_mail_where_one_can_come(
    environment: Environment, person: User, client: Client, settings: Any, *, is_set_up: bool
) -> None:
    """By form without script, by our script where the browser says no; both hear when mail cannot reach them."""
    settings.EMAIL_IS_SET_UP = is_set_up
    build = running(environment, person)
    address = reverse("tell-me", args=[environment.site.slug, build.number])
    answer = press(client, environment.get_absolute_url(), address)
    assert answer.status_code == 302
    said = main(client.get(environment.get_absolute_url()))
    assert ("You get a mail when this publish is done." in said) is is_set_up
    assert ("Mail cannot reach you" in said) is not is_set_up
    assert client.post(address, **HTMX).status_code == (204 if is_set_up else 409)
    assert BuildWish.objects.count() == int(is_set_up)


def test_the_bell_is_heard_while_the_site_is_looked_at(
    environment: Environment, person: User, client: Client, settings: Any
) -> None:
    """The pipeline ended, the proof is still to come."""
    settings.EMAIL_IS_SET_UP = True
    build = make_build(environment=environment, state=State.SUCCEEDED, requested_by=person)
    make_release(build=build, live=False)
    assert client.post(reverse("tell-me", args=[environment.site.slug, build.number]), **HTMX).status_code == 204
