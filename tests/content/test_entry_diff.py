"""Comparing stored versions: one query, each pair once, bounded in time."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from pytest_django import DjangoAssertNumQueries

from deploys.content import entry_diff
from deploys.models import EntryVersion
from tests.scenes import make_entry, make_source, store_entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> entry_diff.Pair:
    """An entry before and after an edit of its title, date and text."""
    caches["memory"].clear()
    source = make_source()
    store_entries(source, [make_entry("hours", title="Hours", fields={"body": "We open at 9."})])
    store_entries(source, [make_entry("hours", title="Opening hours", url="/open/", fields={"body": "We open at 10."})])
    old, new = EntryVersion.objects.order_by("first_seq")
    return old, new


def names(pair: entry_diff.Pair) -> list[str]:
    """The fields that differ, in reading order."""
    diff = entry_diff.compare([pair])[0]
    assert diff is not None
    return [field.name for field in diff.fields]


def test_title_and_address_are_compared_too(pair: entry_diff.Pair) -> None:
    """Beside the fields of the CMS."""
    assert names(pair) == ["title", "body", "url"]


def test_what_is_new_or_gone_does_not_say_its_heading_twice(pair: entry_diff.Pair) -> None:
    """Title and section stand above the block already."""
    assert names((None, pair[1])) == ["body", "url"]
    assert names((pair[0], None)) == ["body", "url"]


def test_a_pair_is_compared_once(pair: entry_diff.Pair, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """One query for all contents, none for what is known."""
    old, new = pair
    with django_assert_num_queries(1):
        first = entry_diff.compare([(old, new), (None, new), (old, None)])
    with django_assert_num_queries(0):
        assert entry_diff.compare([(old, new), (None, new), (old, None)]) == first


def test_without_time_nothing_is_begun(pair: entry_diff.Pair) -> None:
    """What is left out is None, so that the page leaves it closed."""
    assert entry_diff.compare([pair], technical=True, seconds=0) == [None]


def test_a_field_named_like_the_title_keeps_its_own_words() -> None:
    """Both are shown when they differ."""
    source = make_source()
    store_entries(source, [make_entry("a", title="One", fields={"title": "Uno"})])
    store_entries(source, [make_entry("a", title="Two", fields={"title": "Dos"})])
    old, new = EntryVersion.objects.order_by("first_seq")
    assert set(names((old, new))) == {"title", "title in the CMS"}


def test_markup_without_text_is_shown_as_its_source_on_demand() -> None:
    """An attribute that nobody sees: a word about it, and with technical changes the source itself, as text."""
    source = make_source()
    store_entries(source, [make_entry("a", fields={"body": "<p>Hello</p><script>one()</script>"})])
    store_entries(source, [make_entry("a", fields={"body": "<p>Hello</p><script>two()</script>"})])
    old, new = EntryVersion.objects.order_by("first_seq")
    quiet, loud = (entry_diff.compare([(old, new)], technical=technical)[0] for technical in (False, True))
    assert quiet is not None and quiet.fields[0].text is not None
    assert quiet.fields[0].text.outcome == "markup_only"
    assert loud is not None and loud.fields[0].text is not None
    assert [op.text for op in loud.fields[0].text.blocks[0].ops if op.kind == "insert"] == ["two"]
