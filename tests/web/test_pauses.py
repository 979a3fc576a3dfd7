"""The page that pauses publishing, and what everybody reads meanwhile."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime, now

from deploys.lifecycle import State
from deploys.models import Environment, Freeze, Role
from tests.scenes import make_person
from tests.web import card_scenes, pause_scenes
from tests.web.reading import find, form_to, parse, press, words

pytestmark = pytest.mark.django_db


def address(environment: Environment, name: str = "pause") -> str:
    """An address of the page."""
    return reverse(name, args=[environment.site.slug, environment.slug])


def test_an_admin_pauses_and_everybody_reads_why(client: Client) -> None:
    """From the card to the form to the card; the moment counts in the zone of the site."""
    environment, ana = card_scenes.up_to_date()
    admin = pause_scenes.admin_of(environment)
    client.force_login(admin)
    card = parse(client.get(environment.get_absolute_url()))
    assert find(card, "a", id="pause-publishing")[0].attrib["href"] == address(environment)
    page = parse(client.get(address(environment)))
    until = (localtime(now()) + timedelta(days=2)).replace(hour=9, minute=0)
    fields = form_to(page, address(environment, "begin-pause"))
    fields |= {"reason": "Press day", "ends_at": f"{until:%Y-%m-%dT%H:%M}"}
    answer = client.post(address(environment, "begin-pause"), fields)
    assert answer["Location"] == environment.get_absolute_url()
    freeze = Freeze.objects.get()
    assert (freeze.reason, freeze.begun_by) == ("Press day", admin)
    assert f"{freeze.ends_at.astimezone(ZoneInfo('Europe/Lisbon')):%Y-%m-%d %H:%M}" == f"{until:%Y-%m-%d} 09:00"
    client.force_login(ana)
    read = words(parse(client.get(environment.get_absolute_url())))
    assert "at 09:00" in read
    assert "Tomás Lind paused it today at" in read
    assert "“Press day”" in read


@pytest.mark.parametrize(
    ("reason", "ends_at", "said"),
    [
        ("", "2999-01-01T09:00", "Say why, so that nobody has to ask."),
        ("Launch", "", "Say until when."),
        ("Launch", "soon", "This is no day and time."),
        ("Launch", "2001-01-01T09:00", "This moment is over."),
        ("Launch", "2999-01-01T09:00", "more than a year away"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(client: Client, reason: str, ends_at: str, said: str) -> None:
    """The form comes back with what was typed."""
    environment, _ana = card_scenes.up_to_date()
    client.force_login(pause_scenes.admin_of(environment))
    answer = client.post(address(environment, "begin-pause"), {"reason": reason, "ends_at": ends_at})
    assert answer.status_code == 422
    page = parse(answer)
    assert said in words(page)
    assert find(page, "input", name="reason")[0].attrib.get("value", "") == reason
    assert not Freeze.objects.exists()


def test_others_see_the_pause_and_no_way_to_end_it(client: Client) -> None:
    """Nor does it help to know the address."""
    environment, ana = pause_scenes.paused()
    client.force_login(ana)
    page = parse(client.get(address(environment)))
    assert "An admin can end the pause" in words(page)
    assert not find(page, "button", id="do-end-pause")
    client.post(address(environment, "end-pause"))
    client.post(address(environment, "publish-through-pause"), {"reason": "mine"})
    client.post(address(environment, "begin-pause"), {"reason": "mine", "ends_at": "2100-01-01T09:00"})
    environment.refresh_from_db()
    assert environment.freeze is not None
    assert not environment.builds.in_line().exists()


def test_a_press_in_a_pause_waits_and_is_listed(client: Client) -> None:
    """Whoever opens the page of the pause sees what waits and who asked."""
    environment, ana = pause_scenes.paused()
    client.force_login(ana)
    home = environment.get_absolute_url()
    press(client, home, f"{home}request/")
    assert "Your publish waits until the pause is over" in words(parse(client.get(home)))
    listed = words(parse(client.get(address(environment))))
    assert "Build 2" in listed
    assert "Ana Ribeiro" in listed


def test_an_admin_publishes_in_spite_of_it(client: Client) -> None:
    """A reason is asked for, and shown in the history."""
    environment, _ana = pause_scenes.paused_with_mine_in_line()
    client.force_login(pause_scenes.admin_of(environment))
    there = address(environment, "publish-through-pause")
    fields = form_to(parse(client.get(address(environment))), there)
    refused = client.post(there, fields | {"reason": ""})
    assert "Say why it cannot wait." in words(parse(refused))
    client.post(there, fields | {"reason": "Wrong phone number"})
    build = environment.builds.get(state=State.QUEUED)
    assert build.through_freeze
    page = words(parse(client.get(build.get_absolute_url())))
    assert "although publishing is paused: Wrong phone number" in page


def test_an_ended_pause_is_remembered(client: Client) -> None:
    """Who paused, how long, and who ended it."""
    environment, _ana = pause_scenes.paused()
    client.force_login(pause_scenes.admin_of(environment))
    press(client, address(environment), address(environment, "end-pause"))
    page = words(parse(client.get(address(environment))))
    assert "Earlier pauses The museum's anniversary is live." in page
    assert "ended by Tomás Lind" in page


def test_readers_of_other_sites_see_nothing(client: Client) -> None:
    """As for every page of a site."""
    environment, _ana = pause_scenes.paused()
    other, _ = card_scenes.ready()
    client.force_login(make_person(Role.ADMIN, site=other.site))
    assert client.get(address(environment)).status_code == 404
    assert client.post(address(environment, "end-pause")).status_code == 404
