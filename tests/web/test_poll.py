"""The poll: nearly free when nothing is new, true when something is."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.content.actions import note_hint
from deploys.lifecycle import State
from deploys.models import BuildContent, Environment, User
from deploys.transitions import advance, note
from deploys.web import watch
from deploys.web.card import QUICK_POLL
from deploys.web.card_model import IDLE_POLL
from tests import content_scenes
from tests.scenes import make_build, make_entry, store_entries
from tests.web import card_scenes
from tests.web.reading import HTMX

pytestmark = pytest.mark.django_db


def poll_address(content: bytes) -> str:
    """Where the region asks next."""
    found = re.search(r'hx-get="([^"]+\?w=[^"]+)"', content.decode())
    assert found, "the region does not poll"
    return html.unescape(found[1])


def open_page(client: Client, environment: Environment, person: User) -> str:
    """Open the Publish page and return where it polls."""
    client.force_login(person)
    return poll_address(client.get(environment.get_absolute_url()).content)


def test_nothing_new_costs_one_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """204 without a look at the session or the person."""
    address = open_page(client, *card_scenes.ready())
    with django_assert_num_queries(1):
        answer = client.get(address, **HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


def every(content: bytes) -> int:
    """Seconds until the region asks again."""
    found = re.search(r'hx-trigger="every (\d+)s', content.decode())
    assert found, "the region does not poll"
    return int(found[1])


def test_after_an_edit_was_told_the_page_asks_quickly_until_it_is_read(client: Client) -> None:
    """Whoever comes from the CMS need not look at an old number for half a minute; nor does a dead worker cost much."""
    environment, ana = card_scenes.up_to_date()
    source = environment.site.sources.get()
    client.force_login(ana)
    address = environment.get_absolute_url()
    assert every(client.get(address).content) == IDLE_POLL
    note_hint(source)
    assert every(client.get(address).content) == QUICK_POLL
    with time_machine.travel(now() + timedelta(minutes=3)):
        assert every(client.get(address).content) == IDLE_POLL
    source.give_back(began=now(), again_at=now() + timedelta(minutes=1))
    assert every(client.get(address).content) == IDLE_POLL


def test_a_change_brings_the_card_and_tells_the_list(client: Client) -> None:
    """The version moved on: the card comes anew, and the list of builds is asked to follow."""
    environment, ana = card_scenes.queued()
    address = open_page(client, environment, ana)
    advance(environment.builds.in_line().get(), State.STARTING)
    answer = client.get(address, **HTMX)
    assert answer.status_code == 200
    assert 'data-state="building"' in answer.content.decode()
    assert "builds-changed" in answer["HX-Trigger"]
    assert client.get(poll_address(answer.content), **HTMX).status_code == 204


def test_trouble_of_gitlab_reaches_a_page_at_rest(client: Client) -> None:
    """The page asks anew when the trouble begins and when it ends, and not each time that it is noted again."""
    environment, ana = card_scenes.ready()
    address = open_page(client, environment, ana)
    project = environment.gitlab_project
    assert project is not None
    project.note_answer()
    assert client.get(address, **HTMX).status_code == 204
    project.note_trouble("service_down", "It does not answer.")
    answer = client.get(address, **HTMX)
    assert 'data-state="service_down"' in answer.content.decode()
    project.note_trouble("service_down", "It still does not answer.")
    address = poll_address(answer.content)
    assert client.get(address, **HTMX).status_code == 204
    project.note_answer()
    assert 'data-state="ready"' in client.get(address, **HTMX).content.decode()


def test_trouble_is_as_old_as_its_first_note(client: Client) -> None:
    """Noted again it keeps its beginning; another trouble begins anew."""
    project = card_scenes.ready()[0].gitlab_project
    assert project is not None
    project.note_trouble("service_down", "It does not answer.")
    project.refresh_from_db()
    begun = project.trouble_since
    project.note_trouble("service_down", "It still does not answer.")
    project.refresh_from_db()
    assert (project.trouble_since, project.trouble_note) == (begun, "It still does not answer.")
    project.note_trouble("token_expired", "The token has expired.")
    project.refresh_from_db()
    assert project.trouble_since != begun


def test_words_that_grow_old_are_renewed(client: Client) -> None:
    """Time alone changes the words: after a while without news the build is called silent."""
    environment, ana = card_scenes.building()
    address = open_page(client, environment, ana)
    with time_machine.travel(now() + timedelta(minutes=6)):
        answer = client.get(address, **HTMX)
    assert 'data-state="stuck"' in answer.content.decode()
    assert "HX-Trigger" not in answer


def test_each_message_is_announced_once(client: Client) -> None:
    """A new state is announced outside the card; the next answer in the same state says nothing."""
    environment, ana = card_scenes.queued()
    address = open_page(client, environment, ana)
    build = environment.builds.in_line().get()
    advance(build, State.STARTING)
    answer = client.get(address, **HTMX)
    assert '<div id="bh-live" hx-swap-oob="textContent">' in answer.content.decode()
    note(build, "Something else happened")
    again = client.get(poll_address(answer.content), **HTMX)
    assert again.status_code == 200
    assert "bh-live" not in again.content.decode()


def test_a_failure_is_announced_as_an_alert(client: Client) -> None:
    """The alert says the reason and that the live site was not touched."""
    environment, ana = card_scenes.building()
    address = open_page(client, environment, ana)
    advance(environment.builds.active().get(), State.FAILED, error_class="timeout")
    content = client.get(address, **HTMX).content.decode()
    alert = content.split('id="bh-alert"')[1]
    assert "The build took longer than 60 minutes. The live site was not touched." in alert


def test_a_poll_never_moves_the_focus(client: Client) -> None:
    """Only the answer to a press carries autofocus."""
    environment, ana = card_scenes.queued()
    address = open_page(client, environment, ana)
    advance(environment.builds.in_line().get(), State.STARTING)
    assert "autofocus" not in client.get(address, **HTMX).content.decode()


def test_who_was_signed_out_is_sent_to_the_sign_in(client: Client) -> None:
    """The page goes to the sign-in and comes back to itself."""
    environment, ana = card_scenes.ready()
    address = open_page(client, environment, ana)
    environment.touch()
    client.logout()
    answer = client.get(address, **HTMX)
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"/sign-in/?next={environment.get_absolute_url()}"


def test_who_lost_the_right_reloads_the_page(client: Client) -> None:
    """The page itself then says what is the matter."""
    environment, ana = card_scenes.ready()
    address = open_page(client, environment, ana)
    ana.memberships.all().delete()
    environment.touch()
    assert client.get(address, **HTMX)["HX-Refresh"] == "true"


@pytest.mark.parametrize("key", ["", "x", "1.2.3.4.a", "1.2.3.9999999999.ready-0-:forged"])
def test_a_forged_key_is_no_shortcut(key: str, client: Client) -> None:
    """A key that we did not sign leads through the whole sign-in and rights."""
    environment, _ana = card_scenes.ready()
    answer = client.get(f"{environment.get_absolute_url()}card/", {"w": key})
    assert answer["Location"].startswith("/sign-in/")


def test_a_key_survives_the_way_through_an_address() -> None:
    """What was signed is read back."""
    environment, ana = card_scenes.ready()
    moment = now() + timedelta(seconds=30)
    seen = watch.read(watch.key_for(user=ana, environment=environment, valid_until=moment, said="a-1-b"))
    assert seen is not None
    assert (seen.environment_id, seen.said) == (environment.pk, "a-1-b")
    assert seen.still_true()


@pytest.mark.parametrize(
    ("scene", "seconds"), [("ready", 30), ("queued", 2), ("building", 2), ("slow", 5), ("confirming", 2)]
)
def test_the_server_sets_the_pace(scene: str, seconds: int, client: Client) -> None:
    """Quick in the first two minutes, calmer after, slow at rest."""
    environment, ana = getattr(card_scenes, scene)()
    client.force_login(ana)
    page = client.get(environment.get_absolute_url()).content.decode()
    assert f'hx-trigger="every {seconds}s, bh-poll"' in page


def test_the_page_of_an_ended_build_stops_asking(client: Client) -> None:
    """The last answer carries no trigger."""
    environment, ana = card_scenes.building()
    client.force_login(ana)
    build = environment.builds.active().get()
    address = poll_address(client.get(build.get_absolute_url()).content)
    advance(build, State.FAILED, error_class="timeout")
    answer = client.get(address, **HTMX)
    live = answer.content.decode()
    assert "The build took longer than 60 minutes" in live
    assert "hx-trigger" not in live


def test_the_build_page_polls_as_cheaply(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, told: list[Any]
) -> None:
    """One query while nothing is new."""
    environment, ana = card_scenes.building_first()
    client.force_login(ana)
    build = environment.builds.active().get()
    address = poll_address(client.get(build.get_absolute_url()).content)
    with django_assert_num_queries(1):
        assert client.get(address, **HTMX).status_code == 204


def test_an_older_build_of_the_site_does_not_disturb(client: Client) -> None:
    """Another environment's builds leave this page alone."""
    environment, ana = card_scenes.ready()
    address = open_page(client, environment, ana)
    make_build(state=State.RUNNING)
    assert client.get(address, **HTMX).status_code == 204


def test_a_scheduled_entry_appears_by_itself(client: Client) -> None:
    """Nobody writes a row: the words hold until the entry is due, and the next poll brings it."""
    environment, ana = card_scenes.up_to_date()
    entries = content_scenes.before()
    entries["party"] = make_entry("party", title="Party", publish_at=now() + timedelta(seconds=40))
    source = content_scenes.source_of(environment.site)
    store_entries(source, entries.values())
    BuildContent.objects.update(seq=source.seq)
    address = open_page(client, environment, ana)
    with time_machine.travel(now() + timedelta(seconds=30)):
        assert client.get(address, **HTMX).status_code == 204
    with time_machine.travel(now() + timedelta(seconds=41)):
        card = client.get(address, **HTMX).content.decode()
    assert "1 change is waiting to go live" in card
    assert "New, by schedule" in card


def test_new_edits_cost_a_poll_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """The first card after an edit reads the changes; the next ones remember them."""
    environment, ana = card_scenes.up_to_date()
    address = open_page(client, environment, ana)
    content_scenes.edit(environment.site)
    environment.touch()
    with django_assert_max_num_queries(17):
        assert client.get(address, **HTMX).status_code == 200
    with django_assert_max_num_queries(9):
        assert client.get(address, **HTMX).status_code == 200
