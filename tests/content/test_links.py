"""Which pages still link to an address: those that mean it, and no others."""

from __future__ import annotations

import pytest

from deploys.content import links
from deploys.models import ContentSource
from tests.scenes import make_entry, make_source, store_entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> ContentSource:
    """A source that nobody has read yet."""
    return make_source()


@pytest.mark.parametrize(
    "body",
    [
        "<a href='/events/walk/'>walk</a>",
        '<a href="/events/walk">walk</a>',
        '<a href="https://museum.example/events/walk/#start">walk</a>',
        "Join our [walk](/events/walk/).",
        "Join our [walk](https://museum.example/events/walk?from=news)!",
        "See /events/walk/ for more",
        "/events/walk/",
    ],
)
def test_a_link_is_found(body: str, source: ContentSource) -> None:
    """In HTML, Markdown and plain text, with and without host, query and closing slash."""
    store_entries(source, [make_entry("news", fields={"body": body}), make_entry("other")])
    found = links.linking_to(source.site, "/events/walk/")
    assert [entry.entry_key for entry in found.entries] == ["news"]
    assert found.is_whole


@pytest.mark.parametrize(
    "body",
    ["<a href='/events/walk/two/'>", "<a href='/events/walking/'>", "<a href='/past/events/walk/'>", "events/walk"],
)
def test_another_address_is_no_link(body: str, source: ContentSource) -> None:
    """Longer paths, longer words, and paths that only end alike."""
    store_entries(source, [make_entry("news", fields={"body": body})])
    assert links.linking_to(source.site, "/events/walk/").entries == []


def test_only_current_public_entries_of_the_site_count(source: ContentSource) -> None:
    """Not what was, not drafts, not other sites."""
    link = {"body": "<a href='/walk/'>walk</a>"}
    store_entries(source, [make_entry("was", fields=link), make_entry("draft", fields=link, status="draft")])
    store_entries(source, [make_entry("was"), make_entry("draft", fields=link, status="draft")])
    store_entries(make_source(), [make_entry("news", fields=link)])
    assert links.linking_to(source.site, "/walk/").entries == []


@pytest.mark.parametrize("url", ["", "/", "https://museum.example/", "http://[broken", "mailto:a@b.example"])
def test_what_is_no_page_is_not_searched(url: str, source: ContentSource) -> None:
    """The home page and what is no address at all."""
    assert links.path_of(url) == ""
    assert links.linking_to(source.site, url).entries == []


def test_letters_of_all_languages_are_found(source: ContentSource) -> None:
    """As they stand in the content."""
    store_entries(source, [make_entry("news", fields={"body": "<a href='/café-é\u4e2d/'>café</a>"})])
    assert len(links.linking_to(source.site, "/café-é\u4e2d/").entries) == 1


def test_a_search_that_takes_too_long_ends(source: ContentSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says that it did not look everywhere."""
    monkeypatch.setattr(links, "_SEARCH", "SELECT 1, pg_sleep(5)::text::bytea, %s::int8[], %s::bytea, %s::int")
    monkeypatch.setattr(links, "PATIENCE", 20)
    found = links.linking_to(source.site, "/walk/")
    assert (found.entries, found.is_whole) == ([], False)
