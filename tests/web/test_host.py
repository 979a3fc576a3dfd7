"""The web host on the service page, and its quiet line on the publish card."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.models import Environment, HostState, HostTrouble, Role
from tests.scenes import make_person
from tests.web import card_scenes, host_scenes
from tests.web.reading import HTMX, find, parse, press, words

pytestmark = pytest.mark.django_db


def address(environment: Environment, name: str = "service") -> str:
    """An address of the environment's services."""
    return reverse(name, args=[environment.site.slug, environment.slug])


def panel_of(client: Client, environment: Environment) -> Any:
    """The panel of the web host."""
    return find(parse(client.get(address(environment))), "section", id="web-host")[0]


def card_words(client: Client, environment: Environment) -> str:
    """What the publish card says."""
    return words(find(parse(client.get(environment.get_absolute_url())), "section", id="publish")[0])


def test_it_says_what_is_kept_and_what_that_costs(client: Client) -> None:
    """As published, when that was seen, the versions with their bytes, and the rule."""
    environment, ana = host_scenes.host_is_well()
    client.force_login(ana)
    said = words(panel_of(client, environment))
    assert "The web host holds what was published" in said
    assert "3 versions, the oldest from" in said
    assert "they take 45.0 MB" in said
    assert "the last 10, and all of 30 days" in said
    assert "CDN" not in said


def test_admins_read_how_many_free_addresses_are_used(client: Client) -> None:
    """Where there is a CDN."""
    environment, _ana = host_scenes.host_is_well()
    Environment.objects.update(distribution="E123")
    client.force_login(make_person(Role.ADMIN, site=environment.site))
    assert "312 of the 1,000 that are free for an account" in words(panel_of(client, environment))


def test_a_change_by_hand_is_named_with_its_files(client: Client) -> None:
    """What, since when, which files, and the button that mends; readers see neither files nor button."""
    environment, ana = host_scenes.changed_by_hand()
    client.force_login(ana)
    panel = panel_of(client, environment)
    assert "Files on the web host were changed by hand" in words(panel)
    assert "It has been like this since" in words(panel)
    assert [words(code) for code in find(panel, "code")] == ["hours/index.html", "robots.txt"]
    client.force_login(make_person(Role.READER, site=environment.site))
    panel = panel_of(client, environment)
    assert "robots.txt" not in words(panel)
    assert find(panel, "button", id="do-put-back")[0].attrib["aria-disabled"] == "true"
    assert not find(panel, "button", id="do-look-now")


def test_published_files_are_put_back(client: Client, told: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    """The press asks for the live release once more, by copies on the host."""
    environment, ana = host_scenes.changed_by_hand()
    live = environment.builds.get()
    client.force_login(ana)
    with django_capture_on_commit_callbacks(execute=True):
        answer = press(client, address(environment), address(environment, "put-back"))
    assert answer["Location"] == environment.get_absolute_url()
    made = environment.builds.order_by("-number")[0]
    assert made.brings_back == live
    assert ("builds.tasks.start_build", made.pk) in told


def test_what_is_not_kept_cannot_be_put_back(client: Client) -> None:
    """The button says why; a forged press too."""
    environment, ana = host_scenes.changed_by_hand()
    HostState.objects.update(kept=[])
    client.force_login(ana)
    assert "The published files are no longer kept. Publish again." in words(panel_of(client, environment))
    client.post(address(environment, "put-back"))
    assert environment.builds.count() == 1
    assert "No longer kept." in client.get(address(environment)).content.decode()


def test_a_press_has_the_host_looked_at_whole(
    client: Client, told: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    """The next look is due now, compares every file, and the worker is woken."""
    environment, ana = host_scenes.host_is_well()
    client.force_login(ana)
    with django_capture_on_commit_callbacks(execute=True):
        press(client, address(environment), address(environment, "look-at-host"))
    state = HostState.objects.get()
    assert state.next_check_at is not None and state.next_check_at <= now()
    assert state.compared_at is None
    assert told == [("releases.tasks.check_host", state.pk)]
    assert "Looking now." in client.get(address(environment)).content.decode()


def test_readers_cannot_have_it_looked_at(client: Client, told: list[Any]) -> None:
    """A forged press wakes nobody."""
    environment, _ana = host_scenes.host_is_well()
    client.force_login(make_person(Role.READER, site=environment.site))
    client.post(address(environment, "look-at-host"))
    assert told == []
    assert "Your role does not allow" in client.get(address(environment)).content.decode()


def test_public_records_are_for_admins(client: Client) -> None:
    """They read what to deny; publishers read that the site is as published, on the card too."""
    environment, admin = host_scenes.public_records()
    client.force_login(admin)
    assert "deny the CDN or the public s3:GetObject on s3://harbour-museum/.releases/*" in words(
        panel_of(client, environment)
    )
    client.force_login(make_person(Role.PUBLISHER, site=environment.site))
    said = words(panel_of(client, environment))
    assert "The site shows what was published" in said
    assert ".releases" not in said
    assert "records" not in card_words(client, environment)


@pytest.mark.parametrize(
    ("trouble", "role", "sentence"),
    [
        (HostTrouble.UNREACHABLE, Role.READER, "Buildhub looks again by itself."),
        (HostTrouble.REFUSED, Role.EDITOR, "An admin has to check Buildhub's key for the web host."),
        (HostTrouble.REFUSED, Role.ADMIN, "Check that the worker's key may read s3://harbour-museum"),
        (HostTrouble.OTHER_RELEASE, Role.EDITOR, "Somebody put a version there without Buildhub."),
    ],
)
def test_every_trouble_has_a_next_step(trouble: HostTrouble, role: Role, sentence: str, client: Client) -> None:
    """For the person who reads it."""
    environment, _ana = host_scenes.changed_by_hand()
    HostState.objects.update(trouble=trouble, finding="What was found.")
    client.force_login(make_person(role, site=environment.site))
    said = words(panel_of(client, environment))
    assert sentence in said
    assert "What was found." in said


def test_the_card_warns_those_who_can_do_something(client: Client) -> None:
    """Publishers read it with the way there; editors publish undisturbed."""
    environment, ana = host_scenes.changed_by_hand()
    client.force_login(ana)
    assert "Files on the web host were changed by hand, since" in card_words(client, environment)
    page = parse(client.get(environment.get_absolute_url()))
    assert find(page, "a", id="see-host")[0].attrib["href"] == f"{address(environment)}#web-host"
    client.force_login(make_person(Role.EDITOR, site=environment.site))
    assert "changed by hand" not in card_words(client, environment)


def test_the_warning_costs_no_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """The host is read along with the environment."""
    for scene in (host_scenes.rests_with_pages, host_scenes.changed_by_hand):
        environment, ana = scene()
        client.force_login(ana)
        with django_assert_num_queries(10):
            client.get(environment.get_absolute_url())


def test_the_poll_is_silent_until_a_look_found_something(client: Client) -> None:
    """204 while the panel shows what is known."""
    environment, ana = host_scenes.host_is_well()
    client.force_login(ana)
    region = panel_of(client, environment).attrib
    assert client.get(region["hx-get"], **HTMX).status_code == 204
    HostState.objects.update(checked_at=now())
    answer = client.get(region["hx-get"], **HTMX).content.decode()
    assert answer.startswith('<section id="web-host"')


def test_a_plain_pipeline_is_told_to_admins(client: Client) -> None:
    """With a marker there is a look, but no versions; without, there is no panel."""
    environment, ana = card_scenes.ready()
    client.force_login(ana)
    assert "pipeline" not in words(panel_of(client, environment))
    client.force_login(make_person(Role.ADMIN, site=environment.site))
    assert "docs/publishing.md" in words(panel_of(client, environment))
    Environment.objects.update(marker_url="")
    assert 'id="web-host"' not in client.get(address(environment)).content.decode()
    assert client.get(address(environment, "host-live")).status_code == 404
