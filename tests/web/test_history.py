"""The history: newest first, a page at a time."""

from __future__ import annotations

from itertools import chain

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from deploys.lifecycle import State
from deploys.models import HostState, Role
from tests.scenes import make_build, make_environment, make_person, make_release
from tests.web import card_scenes, copy_scenes
from tests.web.reading import find, packed, parse, words

pytestmark = pytest.mark.django_db
STATES = [State.SUCCEEDED, State.FAILED, State.CANCELED, State.SUPERSEDED, State.LOST]


def numbers(content: bytes) -> list[int]:
    """The build numbers of the table, in order."""
    table = find(parse(type("Answer", (), {"content": content})), "table")[0]
    cells = find(table, "td", **{"class": "what"})
    return [int(words(find(cell, "a")[0]).removeprefix("Build ")) for cell in cells]


def test_pages_lead_through_all_builds_and_back(client: Client) -> None:
    """Older, older, newer: no build is left out or shown twice."""
    environment, ana = card_scenes.place()
    for n in range(60):
        make_build(environment=environment, state=STATES[n % 5], requested_by=ana if n % 2 else None)
    client.force_login(ana)
    address = f"/sites/{environment.site.slug}/history/"
    pages = [numbers(client.get(address + query).content) for query in ("", "?before=36", "?before=11")]
    assert list(chain(*pages)) == list(range(60, 0, -1))
    first = client.get(address).content.decode()
    assert 'href="?before=36"' in first
    assert 'rel="prev"' not in first
    assert numbers(client.get(f"{address}?after=35").content) == pages[0]
    assert 'rel="next"' not in client.get(f"{address}?before=11").content.decode()


def test_the_history_costs_the_same_for_one_build_and_for_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Whoever looks and where: 5. Classes, people (2), numbers of the page, its builds, chart, numbers, steps (2)."""
    environment, ana = card_scenes.place()
    client.force_login(ana)
    for count in (15, 60):
        for n in range(count):
            make_build(environment=environment, state=STATES[n % 5], requested_by=ana)
        with django_assert_num_queries(14):
            answer = client.get(f"/sites/{environment.site.slug}/history/")
    assert packed(answer.content) <= 12 * 1024


def test_one_environment_can_be_chosen(client: Client) -> None:
    """The filter stays in the address of the older page."""
    live, ana = card_scenes.place()
    staging = make_environment(site=live.site, name="Staging", slug="staging")
    for n in range(60):
        make_build(environment=staging if n % 2 else live, state=State.SUCCEEDED)
    client.force_login(ana)
    answer = client.get(f"/sites/{live.site.slug}/history/?environment=staging")
    assert numbers(answer.content) == list(range(60, 10, -2))
    assert 'href="?before=12&amp;environment=staging"' in answer.content.decode()


def test_stopped_is_not_failed(client: Client) -> None:
    """Each result has its word."""
    environment, ana = card_scenes.place()
    for state in STATES:
        make_build(environment=environment, state=state)
    client.force_login(ana)
    table = find(parse(client.get(f"/sites/{environment.site.slug}/history/")), "table")[0]
    results = [words(cell).split()[0] for cell in find(table, "td", **{"class": "result"})]
    assert results == ["Failed", "Replaced", "Stopped", "Failed", "Finished"]


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=99999999999", "after=", "environment=none"])
def test_nonsense_in_the_address_shows_the_newest(query: str, client: Client) -> None:
    """Nobody meets an error page by editing an address."""
    environment, ana = card_scenes.ready()
    client.force_login(ana)
    assert numbers(client.get(f"/sites/{environment.site.slug}/history/?{query}").content) == [1]


def test_an_empty_history_says_so(client: Client) -> None:
    """And leads to the button."""
    environment, ana = card_scenes.first_run()
    client.force_login(ana)
    assert "Nothing has been published yet" in client.get(f"/sites/{environment.site.slug}/history/").content.decode()


def test_a_row_says_how_much_was_published_and_leads_to_it(client: Client) -> None:
    """The number, as a link to the comparison with what visitors saw before."""
    environment, ana = card_scenes.just_published_changes()
    build = environment.builds.get()
    base = make_build(environment=environment, state=State.FAILED)
    type(build).objects.filter(pk=build.pk).update(base=base)
    client.force_login(ana)
    page = parse(client.get(f"/sites/{environment.site.slug}/history/"))
    address = f"/sites/{environment.site.slug}/compare/?from={base.number}&to={build.number}"
    assert words(find(page, "a", href=address)[0]) == "Published 7 changes"


def test_kept_versions_can_be_brought_back_from_a_row(client: Client) -> None:
    """Those that are not live, by those who may; the question opens over the table."""
    environment, ana = copy_scenes.kept()
    client.force_login(ana)
    address = f"/sites/{environment.site.slug}/history/"
    links = find(parse(client.get(address)), "a", **{"data-dialog": ""})
    assert {link.attrib["href"] for link in links} == {
        f"/sites/{environment.site.slug}/builds/1/bring-back/?back=build"
    }
    client.force_login(make_person(Role.EDITOR, site=environment.site))
    assert not find(parse(client.get(address)), "a", **{"data-dialog": ""})


def test_a_row_of_a_bring_back_says_what_came_back_and_why(client: Client) -> None:
    """While it is live it says so; once it is replaced, that it brought something back."""
    environment, ana = copy_scenes.brought_back()
    client.force_login(ana)
    address = f"/sites/{environment.site.slug}/history/"
    row = find(parse(client.get(address)), "tr")[1]
    assert "Brought back build 1: “Wrong prices on the shop pages”" in words(row)
    assert words(find(row, "td", **{"class": "result"})[0]).startswith("Live")
    card_scenes.live_since(environment, ana)
    row = find(parse(client.get(address)), "tr")[2]
    assert words(find(row, "td", **{"class": "result"})[0]).startswith("Brought back")


def test_more_kept_versions_cost_no_more_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """What the web host keeps is read once for the whole page."""
    environment, ana = copy_scenes.brought_back()
    client.force_login(ana)
    for _ in range(3):  # from three on there are usual times
        make_build(environment=environment, state=State.SUCCEEDED)
    address = f"/sites/{environment.site.slug}/history/"
    client.get(address)
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    for _ in range(10):
        copy_scenes.copy_of(environment, ana, State.FAILED)
        release = make_release(build=make_build(environment=environment, state=State.SUCCEEDED), live=False)
        host = HostState.objects.get(environment=environment)
        HostState.objects.filter(pk=host.pk).update(kept=[*host.kept, release.host_id])
    with django_assert_num_queries(len(before)):
        assert client.get(address).content.decode().count("bring-back/") == 2 * 11
