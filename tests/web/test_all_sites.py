"""Home for several sites: one glance, those that need somebody first, for a number of queries that does not grow."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.lifecycle import State
from deploys.models import Environment, Membership, Role, User
from deploys.transitions import advance
from tests import content_scenes
from tests.scenes import make_build, make_environment, make_person, make_site
from tests.web import card_scenes, host_scenes, line_scenes, pause_scenes, schedule_scenes
from tests.web.card_scenes import Scene
from tests.web.reading import HTMX, find, packed, parse, words
from tests.web.test_poll import poll_address

pytestmark = pytest.mark.django_db
SCENES = card_scenes.SCENES | host_scenes.SCENES | pause_scenes.SCENES | line_scenes.SCENES | schedule_scenes.SCENES


def member_of(*environments: Environment, role: Role = Role.PUBLISHER) -> User:
    """Ana, who has this role on the sites of all of them."""
    person = make_person(None, first_name="Ana", last_name="Ribeiro")
    for site in {environment.site for environment in environments}:
        Membership.objects.create(user=person, site=site, role=role)
    return person


def named(scene: Callable[[], Scene], name: str) -> Environment:
    """The place of this scene, with a site of this name."""
    environment, _person = scene()
    environment.site.name = name
    environment.site.save(update_fields=["name"])
    return environment


def home(client: Client, person: User) -> Any:
    """The page as this person gets it, parsed strictly."""
    client.force_login(person)
    return parse(client.get("/"))


def lines(page: Any) -> list[str]:
    """What each line says, in their order."""
    return [words(item) for item in find(page, "li", **{"class": "bh-build bh-build--wide"})]


def test_somebody_with_one_place_is_led_there(client: Client) -> None:
    """There is nothing to choose."""
    environment, ana = card_scenes.ready()
    client.force_login(ana)
    assert client.get("/")["Location"] == environment.get_absolute_url()


def test_somebody_with_one_site_is_led_to_its_first_place(client: Client) -> None:
    """The publish page names the others of the site beside the card."""
    live, ana = card_scenes.ready()
    make_environment(site=live.site, name="Staging", slug="staging", kind="staging", position=1)
    client.force_login(ana)
    assert client.get("/")["Location"] == live.get_absolute_url()
    assert "All sites" not in words(parse(client.get(live.get_absolute_url())))


def test_somebody_without_any_reads_whom_to_ask(client: Client) -> None:
    """A stranger sees no name of a site."""
    environment, _ana = card_scenes.ready()
    page = home(client, make_person(None))
    assert "You are not a member of any site yet" in words(page)
    assert environment.site.name not in words(page)


def test_what_needs_somebody_comes_first(client: Client) -> None:
    """Failures, then what runs, then what waits, then all that is well."""
    places = [
        named(card_scenes.up_to_date, "Abbey"),
        named(card_scenes.changes_waiting, "Brewery"),
        named(card_scenes.building, "Castle"),
        named(card_scenes.failed, "Dockyard"),
        named(pause_scenes.paused, "Estate"),
    ]
    page = home(client, member_of(*places))
    found = re.findall(r"Abbey|Brewery|Castle|Dockyard|Estate", " ".join(lines(page)))
    assert list(dict.fromkeys(found)) == ["Dockyard", "Castle", "Estate", "Brewery", "Abbey"]
    assert len(lines(page)) == 5
    titles = [words(title) for title in find(page, "h2")]
    assert titles[:4] == ["Needs somebody", "Under way", "Waiting", "Nothing to do"]
    assert "1 needs somebody · 1 is under way · 2 are waiting" in words(page)


def test_a_line_says_what_it_is_about(client: Client) -> None:
    """State, what visitors see, how much waits, what runs with its time left, and where to go."""
    places = [
        named(card_scenes.failed_changes, "Abbey"),
        named(card_scenes.someone_else, "Brewery"),
        named(card_scenes.changes_waiting, "Castle"),
        named(pause_scenes.paused, "Dockyard"),
    ]
    failed, running, paused, waiting = lines(home(client, member_of(*places)))
    assert re.search(r"Failed Abbey The build took longer than 60 minutes Visitors see the version from", failed)
    assert failed.endswith("8 changes wait. See what to do (Abbey)")
    assert re.search(r"Publishing Brewery Mei Okafor is publishing About \d minutes left\. Visitors see", running)
    assert running.endswith("See how it goes (Brewery)")
    assert waiting.startswith("Changes waiting Castle 7 changes are waiting to go live Visitors see the version from")
    assert waiting.endswith("Publish 7 changes (Castle)")
    assert paused.startswith("Paused Dockyard Publishing is paused until")


def test_whoever_only_reads_is_led_to_the_changes(client: Client) -> None:
    """No link promises what a role does not allow."""
    place = named(card_scenes.changes_waiting, "Abbey")
    page = home(client, member_of(place, named(card_scenes.ready, "Brewery"), role=Role.READER))
    link = find(page, "a", href=f"{place.get_absolute_url()}changes/")[0]
    assert words(link) == "Review 7 changes (Abbey)"


def test_environments_of_one_site_are_told_apart(client: Client) -> None:
    """Beside the site's name stands the environment's, which sites with one of them do not need."""
    live, _ana = card_scenes.ready()
    staging = make_environment(site=live.site, name="Staging", slug="staging", kind="staging")
    alone = named(card_scenes.ready, "Abbey")
    page = home(client, member_of(live, staging, alone))
    said = lines(page)
    assert any("Harbour Museum Staging" in line for line in said)
    assert any("Harbour Museum Live site" in line for line in said)
    assert not any("Abbey Live site" in line for line in said)


def test_nobody_sees_a_site_of_others(client: Client) -> None:
    """Only the places of one's own sites, neither on the page nor in the poll."""
    mine = [named(card_scenes.ready, name) for name in ("Abbey", "Brewery")]
    named(card_scenes.failed, "Castle")
    client.force_login(member_of(*mine))
    page = client.get("/")
    assert "Castle" not in page.content.decode()
    mine[0].touch()
    assert "Castle" not in client.get(poll_address(page.content), **HTMX).content.decode()


def queries(client: Client) -> int:
    """How many queries the page takes with nothing remembered."""
    caches["memory"].clear()
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/").status_code == 200
    return len(captured)


def test_the_queries_do_not_grow_with_the_sites(client: Client) -> None:
    """Every state once, and then thirty sites and more: as many queries, and few."""
    client.force_login(make_person(None, is_superuser=True))
    for scene in SCENES:
        scene()
    first = queries(client)
    for scene in SCENES:
        scene()
    assert Environment.objects.count() > 60
    assert queries(client) == first
    assert first <= 20


def test_each_state_has_its_place(client: Client) -> None:
    """No state of the card is unknown to the page of all sites."""
    for scene in SCENES:
        scene()
    page = home(client, make_person(None, is_superuser=True))
    found = {item.attrib["data-state"] for item in find(page, "li", **{"class": "bh-build bh-build--wide"})}
    assert found >= {state for state, _words in SCENES.values()} - {"may_not_publish", "building", "slow", "grace"}
    assert len(lines(page)) == Environment.objects.public().count()


def test_the_counts_are_those_of_the_cards(client: Client) -> None:
    """Counted together, changes are as many as counted one by one."""
    places = [card_scenes.changes_waiting()[0], card_scenes.failed_changes()[0], card_scenes.up_to_date()[0]]
    staging = make_environment(site=places[0].site, name="Staging", slug="staging", kind="staging")
    content_scenes.carry_now(card_scenes.live_since(staging, make_person(None)))
    content_scenes.edit_again(places[0].site)
    page = " ".join(lines(home(client, member_of(*places, staging))))
    for place in [*places, staging]:
        card = parse(client.get(place.get_absolute_url()))
        count = re.search(r"(\d+) changes? (?:is|are)(?: still)? waiting", words(card))
        if count:
            assert re.search(rf"\b{count[1]} changes? (?:waits?\.|(?:is|are) waiting)", page)
    assert page.count("waiting to go live") == 2


def test_nothing_new_costs_one_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """204 without a look at the session or the person."""
    places = [named(card_scenes.ready, name) for name in ("Abbey", "Brewery")]
    client.force_login(member_of(*places))
    address = poll_address(client.get("/").content)
    with django_assert_num_queries(1):
        answer = client.get(address, **HTMX)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_change_of_any_place_brings_the_lines(client: Client) -> None:
    """The new state is shown and announced once, however many others stayed as they were."""
    places = [named(card_scenes.ready, "Abbey"), named(card_scenes.building, "Brewery")]
    client.force_login(member_of(*places))
    address = poll_address(client.get("/").content)
    advance(places[1].builds.active().get(), State.FAILED, error_class="timeout")
    answer = client.get(address, **HTMX)
    text = answer.content.decode()
    assert "The build took longer than 60 minutes" in text
    assert "1 needs somebody" in text.split('id="bh-live"')[1]
    assert client.get(poll_address(answer.content), **HTMX).status_code == 204


def test_words_that_grow_old_are_renewed(client: Client) -> None:
    """Time alone calls a build silent."""
    places = [named(card_scenes.ready, "Abbey"), named(card_scenes.building, "Brewery")]
    client.force_login(member_of(*places))
    address = poll_address(client.get("/").content)
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert "We have not heard from this build" in client.get(address, **HTMX).content.decode()


def test_a_place_that_comes_or_goes_is_seen_by_the_poll(client: Client) -> None:
    """A new right shows a new line; with one place left the page is loaded anew and leads there."""
    places = [named(card_scenes.ready, name) for name in ("Abbey", "Brewery")]
    person = member_of(*places)
    client.force_login(person)
    address = poll_address(client.get("/").content)
    other = named(card_scenes.ready, "Castle")
    Membership.objects.create(user=person, site=other.site, role=Role.READER)
    answer = client.get(address, **HTMX)
    assert "Castle" in answer.content.decode()
    Membership.objects.filter(user=person).exclude(site=places[0].site).delete()
    assert client.get(poll_address(answer.content), **HTMX)["HX-Refresh"] == "true"


def test_who_was_signed_out_is_sent_to_the_sign_in(client: Client) -> None:
    """And comes back to home."""
    places = [named(card_scenes.ready, name) for name in ("Abbey", "Brewery")]
    client.force_login(member_of(*places))
    address = poll_address(client.get("/").content)
    places[0].touch()
    client.logout()
    assert client.get(address, **HTMX)["HX-Redirect"] == "/sign-in/?next=/"


@pytest.mark.parametrize("key", ["", "x", "1|a|9999999999|said:forged"])
def test_a_forged_key_is_no_shortcut(key: str, client: Client) -> None:
    """It leads through the sign-in."""
    assert client.get("/live/", {"w": key})["Location"].startswith("/sign-in/")


def many(count: int) -> User:
    """Somebody who sees so many sites, of which the first failed."""
    environments = [make_environment(site=make_site(name=f"Museum {n:02}")) for n in range(count)]
    make_build(environment=environments[0], state=State.FAILED, error_class="timeout")
    return member_of(*environments)


@pytest.mark.parametrize(("count", "offered"), [(2, False), (12, False), (13, True)])
def test_a_search_is_offered_for_more_than_twelve(count: int, offered: bool, client: Client) -> None:
    """Fewer are seen at once."""
    page = home(client, many(count))
    assert bool(find(page, "form", role="search")) is offered
    assert bool(find(page, "nav", **{"class": "bh-pills"})) is offered


def test_a_search_finds_names_and_stays_over_polls(client: Client) -> None:
    """The poll asks for the same; what nothing fits says so and leads back."""
    client.force_login(many(30))
    found = client.get("/?q=museum+07")
    assert len(lines(parse(found))) == 1
    Environment.objects.all()[0].touch()
    again = client.get(poll_address(found.content), **HTMX).content.decode()
    assert ("Museum 07" in again, "Museum 08" in again) == (True, False)
    assert len(lines(parse(client.get("/?show=needs")))) == 1
    nothing = parse(client.get("/?q=zoo"))
    assert "No site matches." in words(nothing)
    assert find(nothing, "a", id="clear-filters")[0].attrib["href"] == "/"


def test_thirty_sites_stay_within_the_budget(client: Client) -> None:
    """A page is small enough for a slow line."""
    client.force_login(many(30))
    assert packed(client.get("/").content) <= 12 * 1024


def test_names_are_text(client: Client) -> None:
    """A name that tries to be markup is shown as it is."""
    place = named(card_scenes.ready, "<script>alert(1)</script>")
    person = member_of(place, named(card_scenes.ready, "Abbey"))
    client.force_login(person)
    assert "<script>alert" not in client.get("/").content.decode()
