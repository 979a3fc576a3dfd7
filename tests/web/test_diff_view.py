"""How a comparison is shown: dates in words, lesser fields of a new entry folded, lists as their source has them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from deploys.content.diff import compare_fields
from deploys.web.diff_view import Shown, shown

NEW = {
    "title": "Low tide walk",
    "body": "Meet at the slipway.\n\n- Bring rubber boots",
    "slug": "low-tide-walk",
    "tags": ["nature"],
    "author": {"name": "Mei Okafor"},
}


def view(old: dict[str, Any] | None, new: dict[str, Any] | None) -> Shown:
    """What the page shows of this change."""
    return shown(compare_fields(old, new), full=False)


def test_a_new_entry_shows_its_text_and_folds_the_rest() -> None:
    """What it is about comes first; everything else is one fold away."""
    found = view(None, NEW)
    assert [one.label for one in found.fields] == ["Title", "Body"]
    assert {one.label for one in found.more} == {"Slug", "Tags", "Author"}
    assert found.more_words == "3 more fields"


def test_an_edited_entry_folds_no_field() -> None:
    """Whoever changed a slug wants to see it."""
    found = view(NEW, NEW | {"slug": "walk", "title": "A walk"})
    assert ([one.label for one in found.fields], found.more) == (["Title", "Slug"], [])


def test_an_entry_without_any_text_shows_all_it_has() -> None:
    """A setting or a menu item."""
    found = view(None, {"slug": "menu", "position": 3})
    assert (len(found.fields), found.more) == (2, [])


@pytest.mark.parametrize(
    ("old", "new", "texts"),
    [
        ("2026-11-23T19:45:00Z", "2026-11-24T08:00:00Z", ["23 November 2026, 19:45", "24 November 2026, 08:00"]),
        ("2026-11-23T19:45:55Z", "2026-11-23T19:45:00Z", ["23 November 2026, 19:45:55", "23 November 2026, 19:45:00"]),
        ("2026-11-23", "2026-11-24", ["23 November 2026", "24 November 2026"]),
    ],
)
def test_dates_are_said_in_words(old: str, new: str, texts: list[str]) -> None:
    """With seconds only where the minutes are the same."""
    with timezone.override("Europe/Lisbon"):
        found = view({"publish_at": old}, {"publish_at": new})
    assert [op.text for op in found.fields[0].ops] == texts


def test_a_single_object_is_no_numbered_block() -> None:
    """An author is not "Block 1"."""
    found = view(NEW, NEW | {"author": {"name": "Ana Ribeiro"}})
    assert [item.title for item in found.fields[0].items] == [""]


def test_markdown_is_marked_as_source() -> None:
    """Its dashes are seen, so the page adds none."""
    assert view(None, NEW).fields[1].is_source
