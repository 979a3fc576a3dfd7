"""The Changes page: what differs, word by word, from what visitors see."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from deploys.models import EntryVersion, Environment, Role
from tests import content_scenes
from tests.scenes import make_entry, make_person, store_entries
from tests.web import ask_scenes, card_scenes
from tests.web.reading import HTMX, find, packed, parse, words

pytestmark = pytest.mark.django_db


def address(environment: Environment, query: str = "") -> str:
    """Where the page is."""
    return reverse("changes", args=[environment.site.slug, environment.slug]) + query


def open_page(client: Client, scene: Any = card_scenes.changes_waiting, query: str = "") -> tuple[Element, Environment]:
    """Open the page of a scene as the person in it."""
    environment, person = scene()
    client.force_login(person)
    return parse(client.get(address(environment, query))), environment


def titles(page: Element) -> list[str]:
    """The titles of the blocks, in order."""
    return [words(head) for block in blocks(page) for head in find(block, "h2")]


def blocks(page: Element) -> list[Element]:
    """One element per change."""
    return [each for each in find(page, "details") if each.attrib.get("id", "").startswith("c")]


def test_the_page_names_the_number_and_the_base(client: Client) -> None:
    """Seven changes, against a build by number, person and time."""
    page, _environment = open_page(client)
    assert words(find(page, "h1")[0]) == "7 changes since the last publish"
    main = words(find(page, "main")[0])
    assert re.search("Compared with what visitors see now: build 1, published (today|yesterday) at", main)
    assert "(Ana Ribeiro)" in main
    assert "The content was last read today at" in main
    assert len(blocks(page)) == 7


def test_the_newest_edit_stands_first_and_a_removal_is_said(client: Client) -> None:
    """Sorted by time of the edit; what was deleted has no time, and nobody is said to have done it."""
    page, _environment = open_page(client)
    assert titles(page)[:3] == ["Opening hours", "Visit with a school group", "Lighthouse lens returns after two years"]
    gone = next(block for block in blocks(page) if "Low tide walk" in words(block))
    assert "Removed · Event" in words(gone)
    assert "Ana Ribeiro" not in words(find(gone, "summary")[0])


def test_words_are_marked_for_eyes_and_ears(client: Client) -> None:
    """Removed and added words carry their mark and hidden words."""
    page, _environment = open_page(client)
    hours = blocks(page)[0]
    assert [words(each) for each in find(hours, "del")] == [
        *("removed: 17:00", "removed: 17:00", "removed: 45", "removed: half an"),
    ]
    assert [words(each) for each in find(hours, "ins")][:3] == [
        *("added: 18:00", "added: 18:00", "added: 30"),
    ]


def test_folded_text_can_be_reached(client: Client) -> None:
    """Unchanged paragraphs are counted, and one link shows them all."""
    page, _environment = open_page(client)
    hours = blocks(page)[0]
    assert "7 unchanged paragraphs" in words(hours)
    assert "attic" not in words(hours)
    link = next(each for each in find(hours, "a") if words(each) == "Show the full text")
    whole = client.get(link.attrib["hx-get"], **HTMX).content.decode()
    assert "The attic is open to everybody" in whole
    assert "Show only what changed" in whole
    assert "autofocus" in whole


def test_a_closed_block_brings_its_words_when_it_is_opened(client: Client) -> None:
    """The fifth is closed: a link leads to the same body, alone or as a page."""
    page, _environment = open_page(client)
    closed = blocks(page)[4]
    assert "open" not in closed.attrib
    link = find(closed, "a")[0].attrib["href"]
    piece = client.get(link, **HTMX).content.decode()
    assert "(was number 4, now number 3)" in piece
    assert "<html" not in piece
    alone = parse(client.get(link))
    assert words(find(alone, "h1")[0]) in titles(page)
    assert "(was number 4, now number 3)" in words(alone)


def test_whole_new_and_removed_items_are_blocks_without_marks(client: Client) -> None:
    """A heading says it; words are not struck out one by one."""
    page, _environment = open_page(client)
    lens = next(block for block in blocks(page) if "Lighthouse lens" in words(block))
    assert "Body (added)" in words(lens)
    assert find(lens, "div", **{"class": "bh-block"})
    environment = Environment.objects.get()
    gone = EntryVersion.objects.get(entry_key="low-tide")
    place = (environment.site.slug, environment.slug, gone.pk, 0)
    piece = client.get(reverse("change", args=place), **HTMX).content.decode()
    assert "(removed)" in piece
    assert "bh-block--gone" in piece


def test_a_removed_address_is_a_warning_with_the_pages_that_link_to_it(client: Client) -> None:
    """The page About links to the walk; nothing else does."""
    _page, environment = open_page(client)
    gone = EntryVersion.objects.get(entry_key="low-tide")
    place = (environment.site.slug, environment.slug)
    piece = client.get(reverse("change", args=[*place, gone.pk, 0]), **HTMX).content.decode()
    assert "This address will stop working:" in piece
    assert "/low-tide/" in piece
    links = client.get(reverse("change-links", args=[*place, gone.pk]))
    assert "1 page still links to it:" in links.content.decode()
    assert "About us" in links.content.decode()
    assert parse(links) is not None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?show=mine", 1),
        ("?show=edited", 5),
        ("?show=new", 1),
        ("?show=removed", 1),
        ("?show=scheduled", 0),
        ("?section=page", 2),
        ("?by=Mei+Okafor", 2),
        ("?section=page&by=Mei+Okafor", 1),
        ("?show=nonsense&page=x&section=", 7),
        ("?page=99", 7),
    ],
)
def test_filters_stand_in_the_address(query: str, count: int, client: Client) -> None:
    """By kind of change, by section, by person; what is not known is not chosen."""
    page, _environment = open_page(client, query=query)
    assert len(blocks(page)) == count
    assert words(find(page, "h1")[0]) == "7 changes since the last publish"
    if not count:
        assert "No changes match" in words(find(page, "main")[0])


def test_tabs_count_what_they_lead_to(client: Client) -> None:
    """Each number is that of the list behind the link."""
    page, environment = open_page(client)
    tabs = find(find(page, "nav", **{"aria-label": "Filter changes"})[0], "a")
    for tab in tabs:
        shown = parse(client.get(address(environment, tab.attrib["href"])))
        assert len(blocks(shown)) == int(words(tab).split()[-1])


def test_technical_changes_are_shown_on_demand(client: Client) -> None:
    """Blanks at the end of a text are no change until they are asked for."""
    environment, person = card_scenes.up_to_date()
    entries = content_scenes.before()
    entries["about"] = make_entry(
        "about", title="About us", fields={"body": "Join  our <a href='/low-tide/'>walk</a>."}
    )
    store_entries(content_scenes.source_of(environment.site), entries.values())
    client.force_login(person)
    assert len(blocks(parse(client.get(address(environment, "?show=all"))))) in {0, 1}
    assert blocks(parse(client.get(address(environment, "?technical=1"))))


def test_the_button_is_the_one_of_the_card(client: Client) -> None:
    """It publishes two changes and leads to the Publish page."""
    page, environment = open_page(client, scene=ask_scenes.own_changes)
    form = find(page, "form", method="post")[0]
    assert words(form) == "Publish 2 changes"
    fields = {each.attrib["name"]: each.attrib["value"] for each in find(form, "input", type="hidden")}
    answer = client.post(form.attrib["action"], fields)
    assert answer["Location"] == environment.get_absolute_url()
    assert environment.builds.in_line().count() == 1


def test_who_may_not_publish_reads_whom_to_ask(client: Client) -> None:
    """The button is there, off, with the reason."""
    page, _environment = open_page(client, card_scenes.reader_of_changes)
    assert "Your role does not allow publishing here. Ask Tomás Lind." in words(find(page, "main")[0])


def test_while_a_build_runs_the_page_leads_to_it(client: Client) -> None:
    """No second button; a mark and the way to the Publish page."""
    page, environment = open_page(client, card_scenes.building_changes)
    assert find(page, "a", href=environment.get_absolute_url())
    assert "See how it goes" in words(find(page, "main")[0])


@pytest.mark.parametrize(
    ("scene", "heading", "sentence"),
    [
        ("up_to_date", "Everything is live", "New edits appear here by themselves."),
        ("first_run", "Everything is new", "Nothing has been published yet"),
        ("never_read", "Changes are not known yet", "The content has not been read yet"),
        ("no_base", "Changes are not known yet", "We cannot compare yet"),
        ("troubled", "No changes were found", "Ask Tomás Lind to look at it."),
        ("ready", "Changes are not known yet", "No content source is set up for this site yet"),
    ],
)
def test_what_is_not_known_is_said(scene: str, heading: str, sentence: str, client: Client) -> None:
    """Never a number that nobody can stand for."""
    page, _environment = open_page(client, getattr(card_scenes, scene))
    assert words(find(page, "h1")[0]) == heading
    assert sentence in words(find(page, "main")[0])


def test_admins_read_what_to_check(client: Client) -> None:
    """The finding of the reading, in its own words."""
    environment, _person = card_scenes.troubled()
    client.force_login(make_person(Role.ADMIN, site=environment.site))
    assert "Check its token." in client.get(address(environment)).content.decode()
    environment, _person = card_scenes.overdue()
    client.force_login(make_person(Role.ADMIN, site=environment.site))
    for place in (address(environment), environment.get_absolute_url()):
        assert "Look whether the worker runs." in client.get(place).content.decode()


def test_the_bar_counts_on_every_page(client: Client) -> None:
    """Publish, Changes and History say the same number."""
    environment, person = card_scenes.changes_waiting()
    client.force_login(person)
    for place in (environment.get_absolute_url(), address(environment), f"/sites/{environment.site.slug}/history/"):
        page = parse(client.get(place))
        link = find(find(page, "nav", **{"aria-label": "Main"})[0], "a", href=address(environment))[0]
        assert words(link) == "Changes 7 waiting"


def test_the_page_is_small(client: Client) -> None:
    """Seven changes with four of them open travel within the budget, without inline script or style."""
    environment, person = card_scenes.changes_waiting()
    client.force_login(person)
    content = client.get(address(environment)).content
    assert packed(content) <= 12 * 1024
    assert not re.search(rb"\sstyle=|\son\w+=|<style|javascript:|hx-on|data:", content)


def test_more_changes_cost_no_more_queries(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """Two hundred changes more are listed with the same queries, forty to a page."""
    environment, person = card_scenes.changes_waiting()
    client.force_login(person)
    client.get(address(environment))
    with django_assert_num_queries(19):
        client.get(address(environment))
    entries = content_scenes.after() | {f"page-{number}": make_entry(f"page-{number}") for number in range(200)}
    store_entries(content_scenes.source_of(environment.site), entries.values())
    client.get(address(environment))
    with django_assert_num_queries(19):
        page = parse(client.get(address(environment)))
    assert len(blocks(page)) == 40
    assert "1 to 40 of 207" in words(page)
    last = parse(client.get(address(environment, "?page=6")))
    assert len(blocks(last)) == 7


def test_long_entries_are_cut_and_shown_on_demand(client: Client) -> None:
    """The first forty of fifty fields, then all."""
    environment, person = card_scenes.up_to_date()
    fields = {f"field_{number}": f"word {number}" for number in range(50)}
    entries = content_scenes.before() | {"long": make_entry("long", fields=fields, url=None)}
    store_entries(content_scenes.source_of(environment.site), entries.values())
    client.force_login(person)
    page = parse(client.get(address(environment)))
    assert "Showing the first 40 of 50 changed fields" in words(page)
    link = next(each for each in find(page, "a") if words(each) == "Show all")
    assert "Field 49" in client.get(link.attrib["href"], **HTMX).content.decode()


def test_other_sites_are_closed(client: Client) -> None:
    """Neither the list nor one change opens for those who are no members, or by another site's address."""
    environment, _person = card_scenes.changes_waiting()
    other, stranger = card_scenes.changes_waiting()
    version = EntryVersion.objects.filter(source__site=environment.site).first()
    assert version is not None
    client.force_login(stranger)
    assert client.get(address(environment)).status_code == 404
    place = (other.site.slug, other.slug)
    for name, numbers in (("change", [0, version.pk]), ("change-links", [version.pk])):
        assert client.get(reverse(name, args=[*place, *numbers])).status_code == 404


def test_two_entries_are_not_compared(client: Client) -> None:
    """A change has two sides of one entry."""
    environment, person = card_scenes.changes_waiting()
    client.force_login(person)
    one, other = EntryVersion.objects.filter(entry_key__in=["hours", "menu"], last_seq=None)
    for pair in ([one.pk, other.pk], [0, 0], [one.pk, 999_999]):
        assert client.get(reverse("change", args=[environment.site.slug, environment.slug, *pair])).status_code == 404


def test_what_a_build_under_way_brings_is_said(client: Client) -> None:
    """Everything of the morning is in it; what was saved since is not."""
    environment, person = card_scenes.building_changes()
    client.force_login(person)
    build = environment.builds.active().get()
    notes = [block for block in blocks(parse(client.get(address(environment)))) if "under way" in words(block)]
    assert notes
    assert all(f"In build {build.number}, which is under way." in words(block) for block in notes)
