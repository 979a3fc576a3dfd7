"""The versions of one entry, as steps that people understand."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from deploys.content.history import History, Step, history
from deploys.models import ContentSource, ContentState
from tests.scenes import make_entry, make_source, store_entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> ContentSource:
    """A CMS that nobody has read yet."""
    return make_source()


def read(source: ContentSource, *bodies: str, **facts: Any) -> None:
    """The CMS holds the entry with each of these texts, one reading after the other."""
    for body in bodies:
        store_entries(source, [make_entry(fields={"body": body}, **facts), make_entry("other")])


def remove(source: ContentSource) -> None:
    """The entry is gone."""
    store_entries(source, [make_entry("other")])


def known(source: ContentSource, **options: Any) -> History:
    """The history of the entry."""
    found = history(source, "hours", **{"most": 10} | options)
    assert found is not None
    return found


def steps(source: ContentSource) -> list[Step]:
    """What happened, newest first."""
    return [moment.step for moment in known(source).moments]


def test_edits_follow_the_first_version(source: ContentSource) -> None:
    """Each is compared with the one before it."""
    read(source, "one", "two", "three")
    found = known(source)
    assert [moment.step for moment in found.moments] == [Step.EDITED, Step.EDITED, Step.NEW]
    assert [moment.before for moment in found.moments] == [found.versions[1], found.versions[2], None]


def test_a_change_that_nobody_can_see_is_technical(source: ContentSource) -> None:
    """Blanks only."""
    read(source, "one", " one ")
    assert steps(source) == [Step.TECHNICAL, Step.NEW]


def test_taken_offline_and_made_visible(source: ContentSource) -> None:
    """The CMS's own switch, with or without an edit."""
    read(source, "one")
    read(source, "one", status="draft")
    read(source, "two", status="live")
    assert steps(source) == [Step.SHOWN, Step.HIDDEN, Step.NEW]


def test_a_removed_entry_ends_with_its_removal(source: ContentSource) -> None:
    """It came after the last reading that still had the entry."""
    read(source, "one")
    last = ContentState.objects.get(seq=1).read_to
    remove(source)
    found = known(source)
    assert found.is_deleted
    assert [(moment.step, moment.after) for moment in found.moments] == [(Step.REMOVED, last), (Step.NEW, None)]


def test_removed_and_back_again(source: ContentSource) -> None:
    """Also with the same content."""
    read(source, "one")
    remove(source)
    read(source, "one")
    assert steps(source) == [Step.BACK, Step.REMOVED, Step.NEW]
    assert not known(source).is_deleted


def test_an_edit_is_no_removal(source: ContentSource) -> None:
    """However many readings lie between."""
    read(source, "one")
    store_entries(source, [make_entry(fields={"body": "one"}), make_entry("other", title="New")])
    read(source, "two")
    assert steps(source) == [Step.EDITED, Step.NEW]


def test_pages_meet_without_a_gap(source: ContentSource) -> None:
    """The last of a page is compared with the first of the next; nothing is said twice."""
    read(source, "one", "two", "three")
    first = known(source, most=2)
    rest = known(source, most=2, older_than=first.older_than)
    assert [moment.step for moment in first.moments] == [Step.EDITED, Step.EDITED]
    assert first.moments[1].before == rest.versions[0]
    assert [moment.step for moment in rest.moments] == [Step.NEW]
    assert rest.older_than is None


def test_an_older_page_does_not_take_a_newer_version_for_a_removal(source: ContentSource) -> None:
    """What ended there was replaced on the page before."""
    read(source, "one", "two")
    assert [moment.step for moment in known(source, older_than=2).moments] == [Step.NEW]


def test_a_removal_between_two_pages_is_not_lost(source: ContentSource) -> None:
    """It stands at the head of the older page."""
    read(source, "one")
    remove(source)
    read(source, "two")
    first = known(source, most=1)
    rest = known(source, most=1, older_than=first.older_than)
    assert [moment.step for moment in [*first.moments, *rest.moments]] == [Step.BACK, Step.REMOVED, Step.NEW]


def test_an_entry_that_nobody_read_has_none(source: ContentSource) -> None:
    """Neither has one of another source."""
    read(make_source(), "one")
    assert history(source, "hours", most=10) is None


def test_it_costs_two_queries(source: ContentSource, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """However long it is."""
    read(source, *map(str, range(9)))
    with django_assert_num_queries(2):
        known(source)
