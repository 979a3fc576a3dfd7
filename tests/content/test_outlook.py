"""What waits, in numbers: read once, kept while nothing changes, renewed when an entry becomes due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.content.outlook import Outlook, Summary
from deploys.lifecycle import State
from deploys.models import Build, ContentSource
from tests.scenes import carry, make_build, make_entry, make_source, store_entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def build() -> Build:
    """A build that went well."""
    return make_build(state=State.SUCCEEDED)


@pytest.fixture
def source(build: Build) -> ContentSource:
    """A source whose only page the build carries."""
    source = make_source(site=build.site)
    store_entries(source, [make_entry("hours")])
    carry(build, source)
    return source


def since(build: Build, *, hours: float = 0) -> Summary | None:
    """What waits in some hours."""
    moment = now() + timedelta(hours=hours)
    return Outlook.look(build.site, moment, [build]).since(build)


def total(build: Build, *, hours: float = 0) -> int:
    """How many changes wait in some hours."""
    summary = since(build, hours=hours)
    assert summary is not None
    return summary.total


def test_nothing_waits_at_first(build: Build, source: ContentSource) -> None:
    """What the build carries is what is there."""
    assert total(build) == 0


def test_the_newest_four_are_named(build: Build, source: ContentSource) -> None:
    """All are counted; the newest edits come first, with who and when."""
    moment = now()
    fresh = [
        make_entry(f"page-{age}", changed_at=moment - timedelta(minutes=age), changed_by="Mei Okafor")
        for age in range(6)
    ]
    store_entries(source, [make_entry("hours", fields={"body": "We open at 10."}), *fresh])
    summary = since(build)
    assert summary is not None
    assert summary.counts == {"new": 6, "edited": 1}
    assert [item.title for item in summary.newest] == ["Page 0", "Page 1", "Page 2", "Page 3"]
    assert summary.newest[0].who == "Mei Okafor"


def test_nobody_is_said_to_have_deleted_an_entry(build: Build, source: ContentSource) -> None:
    """The last editor did not do it; who did is not known."""
    store_entries(source, [make_entry("hours"), make_entry("gone", changed_by="Mei", changed_at=now())])
    carry(later := make_build(environment=build.environment, state=State.FAILED), source)
    store_entries(source, [make_entry("hours")])
    summary = since(later)
    assert summary is not None
    assert (summary.newest[0].kind, summary.newest[0].who, summary.newest[0].at) == ("removed", "", None)


def test_a_due_entry_counts_by_itself(build: Build, source: ContentSource) -> None:
    """Scheduled for in an hour: the answer says when it ends, and is another one after that."""
    publish_at = now() + timedelta(hours=1)
    store_entries(source, [make_entry("hours"), make_entry("party", title="Party", publish_at=publish_at)])
    summary = since(build)
    assert summary is not None
    assert (summary.total, summary.due_at, summary.next_title) == (0, publish_at, "Party")
    assert total(build, hours=2) == 1


def test_an_entry_that_expires_counts_by_itself(build: Build, source: ContentSource) -> None:
    """The same at the other end."""
    store_entries(source, [make_entry("hours", expire_at=now() + timedelta(hours=1))])
    carry(later := make_build(environment=build.environment, state=State.FAILED), source)
    assert total(later) == 0
    assert total(later, hours=2) == 1


def test_drafts_are_counted_apart(build: Build, source: ContentSource) -> None:
    """They are not included."""
    store_entries(source, [make_entry("hours"), make_entry("idea", status="draft")])
    summary = since(build)
    assert summary is not None
    assert (summary.total, summary.drafts) == (0, 1)


def test_the_same_question_costs_two_queries(
    build: Build, source: ContentSource, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The sources and what the build carried; the rest is remembered until the content changes."""
    total(build)
    with django_assert_num_queries(2):
        assert total(build) == 0
    store_entries(source, [make_entry("hours", fields={"body": "We open at 10."})])
    assert total(build) == 1


def test_a_build_without_content_cannot_be_compared(build: Build, source: ContentSource) -> None:
    """It ran before the first reading."""
    other = make_build(environment=build.environment, state=State.FAILED)
    assert Outlook.look(build.site, now(), [other]).since(other) is None


def test_a_source_that_is_off_does_not_count(build: Build, source: ContentSource) -> None:
    """Its entries neither wait nor go."""
    store_entries(source, [])
    ContentSource.objects.update(is_active=False)
    assert Outlook.look(build.site, now(), [build]).since(build) is None


def test_sources_are_counted_together(build: Build, source: ContentSource) -> None:
    """One list over all sources of the site."""
    other = make_source(site=build.site)
    store_entries(other, [make_entry("a")])
    carry(build, other)
    store_entries(source, [make_entry("hours", fields={"body": "We open at 10."})])
    store_entries(other, [make_entry("a"), make_entry("b")])
    summary = since(build)
    assert summary is not None
    assert summary.counts == {"new": 1, "edited": 1}
