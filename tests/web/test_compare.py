"""The Compare page: any two builds that carry content, and plain words about the others."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from django.test import Client
from django.urls import reverse

from deploys.lifecycle import State
from deploys.models import Environment
from tests import content_scenes
from tests.scenes import make_build, make_entry, store_entries
from tests.web import card_scenes
from tests.web.reading import find, parse, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def museum(client: Client) -> Environment:
    """Build 1 carried the content before the morning, build 2 nothing, build 3 the content after it."""
    environment, ana = card_scenes.changes_waiting()
    make_build(environment=environment, state=State.FAILED)
    content_scenes.carry_now(make_build(environment=environment, state=State.SUCCEEDED, requested_by=ana))
    client.force_login(ana)
    return environment


def open_page(client: Client, environment: Environment, query: str = "") -> Element:
    """The page as it is read."""
    return parse(client.get(reverse("compare", args=[environment.site.slug]) + query))


def blocks(page: Element) -> list[str]:
    """What each block says in its first line."""
    found = [each for each in find(page, "details") if each.attrib.get("id", "").startswith("c")]
    return [words(find(each, "summary")[0]) for each in found]


def test_two_builds_are_compared(client: Client, museum: Environment) -> None:
    """The same blocks as on the Changes page, and both builds named in words."""
    page = open_page(client, museum, "?from=1&to=3")
    assert words(find(page, "h1")[0]) == "7 changes between two builds"
    assert re.search(r"From build 1 \(Ana Ribeiro, (today|yesterday) at", words(find(page, "main")[0]))
    assert any("Lighthouse lens" in block and "New" in block for block in blocks(page))


def test_the_newest_two_are_compared_unless_asked(client: Client, museum: Environment) -> None:
    """Without numbers; builds without content are no choice."""
    page = open_page(client, museum)
    assert words(find(page, "h1")[0]) == "7 changes between two builds"
    options = [each.attrib["value"] for each in find(find(page, "select", name="from")[0], "option")]
    assert options == ["3", "1"]


def test_the_order_may_be_swapped(client: Client, museum: Environment) -> None:
    """Backwards, what was new is removed."""
    assert any(
        "Lighthouse lens" in one and "Removed" in one for one in blocks(open_page(client, museum, "?from=3&to=1"))
    )


def test_a_build_equals_itself(client: Client, museum: Environment) -> None:
    """Nothing differs, and it is said."""
    page = open_page(client, museum, "?from=3&to=3")
    assert words(find(page, "h1")[0]) == "These two builds carry the same content"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("?from=1&to=2", "Build 2 ran before Buildhub read the content"),
        ("?from=99&to=3", "There is no build 99 here."),
        ("?from=1&to=x", "There is no build x here."),
        ("?from=99999999999999999999&to=1", "There is no build 99999999999999999999 here."),
    ],
)
def test_what_cannot_be_compared_is_said(query: str, sentence: str, client: Client, museum: Environment) -> None:
    """In words, with the selects still there; the files answer 404 with the same words."""
    page = open_page(client, museum, query)
    assert sentence in words(find(page, "main")[0])
    assert find(page, "select", name="from")
    answer = client.get(reverse("compare-json", args=[museum.site.slug]) + query)
    assert answer.status_code == 404
    assert sentence in answer.json()["problem"]
    assert client.get(reverse("compare-csv", args=[museum.site.slug]) + query).status_code == 404


def test_a_site_whose_builds_carry_nothing_says_so(client: Client) -> None:
    """Before the first reading."""
    environment, ana = card_scenes.ready()
    client.force_login(ana)
    assert "No build carries content yet." in words(open_page(client, environment))


def test_filters_keep_the_two_builds(client: Client, museum: Environment) -> None:
    """Each tab leads to the same comparison."""
    page = open_page(client, museum, "?from=1&to=3")
    for tab in find(find(page, "nav", **{"aria-label": "Filter changes"})[0], "a"):
        shown = open_page(client, museum, tab.attrib["href"])
        assert words(find(shown, "h1")[0]) == "7 changes between two builds"
        assert len(blocks(shown)) == int(words(tab).split()[-1])


def test_the_history_leads_here(client: Client, museum: Environment) -> None:
    """One link for staff."""
    page = parse(client.get(reverse("history", args=[museum.site.slug])))
    assert find(page, "a", href=reverse("compare", args=[museum.site.slug]))


def table(client: Client, environment: Environment, query: str = "") -> list[list[str]]:
    """The Changes page as a table."""
    answer = client.get(reverse("changes-csv", args=[environment.site.slug, environment.slug]) + query)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode())))


def test_json_has_the_documented_fields(client: Client, museum: Environment) -> None:
    """The same filters as the page; words on demand."""
    address = reverse("changes-json", args=[museum.site.slug, museum.slug])
    told: dict[str, Any] = client.get(address, {"show": "edited", "diff": "1"}).json()
    assert (told["total"], told["counts"]) == (5, {"edited": 5, "new": 0, "removed": 0})
    first = told["changes"][0]
    assert (first["change"], first["section"], first["title"]) == ("edited", "page", "Opening hours")
    assert (first["address"], first["changed_by"], first["may_be_live"]) == ("/hours/", "Ana Ribeiro", False)
    assert first["diff"]["fields"]
    assert "diff" not in client.get(address).json()["changes"][0]
    between = client.get(reverse("compare-json", args=[museum.site.slug]), {"from": 1, "to": 3}).json()
    assert (between["base"]["build"], between["to"]["build"], between["total"]) == (1, 3, 7)


def test_the_table_has_a_row_per_change(client: Client, museum: Environment) -> None:
    """The head, then one row each, filtered like the page."""
    rows = table(client, museum)
    assert rows[0][:4] == ["change", "reason", "section", "title"]
    assert len(rows) == 8
    assert len(table(client, museum, "?show=removed")) == 2
    answer = client.get(reverse("compare-csv", args=[museum.site.slug]), {"from": 1, "to": 3})
    assert len(answer.content.decode().splitlines()) == 8
    assert answer["Content-Disposition"] == f'attachment; filename="compare-{museum.site.slug}-1-3.csv"'


@pytest.mark.parametrize("title", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(title: str, client: Client, museum: Environment) -> None:
    """A spreadsheet would run it; a quote in front makes it text."""
    entries = content_scenes.after() | {"evil": make_entry("evil", title=title)}
    store_entries(content_scenes.source_of(museum.site), entries.values())
    cells = [cell for row in table(client, museum) for cell in row]
    assert f"'{title}" in cells
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
