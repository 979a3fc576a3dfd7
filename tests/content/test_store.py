"""Readings as validity ranges, and what changed between them, held to git's own lists."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.timezone import now

from deploys.content.changes import Change, Point, Reason, changes, next_due
from deploys.content.sources.types import Entry
from deploys.content.spool import Spool
from deploys.content.store import HeldBack, store
from deploys.models import ContentBlob, ContentSource, ContentState, EntryVersion
from tests import scenes
from tests.content import history

pytestmark = pytest.mark.django_db

LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def source() -> ContentSource:
    """A source that nobody has read yet."""
    return ContentSource.objects.create(site=scenes.make_site())


def entry(key: str = "hours", **facts: Any) -> Entry:
    """A page that is live."""
    given: dict[str, Any] = {
        "kind": "page",
        "title": "Opening hours",
        "url": f"/{key}/",
        "edit_url": None,
        "publish_at": None,
        "expire_at": None,
        "status": "live",
        "changed_at": None,
        "changed_by": "Mei Okafor",
        "fields": {"body": "We open at 9."},
    }
    return Entry(key=key, **given | facts)


def read(source: ContentSource, entries: Iterable[Entry]) -> ContentState:
    """Store one reading."""
    with Spool() as spool:
        for one in entries:
            spool.add(one)
        return store(source, spool, read_from=now(), read_to=now())


def between(source: ContentSource, first: int, last: int, **options: Any) -> dict[str, Change]:
    """The changes from one state to another, by key."""
    return {
        one.key: one
        for one in changes(source, Point(seq=first, moment=LATER), Point(seq=last, moment=LATER), **options)
    }


@pytest.mark.skipif(not history.is_there(), reason="the real content history is not beside the project")
def test_every_step_of_a_real_blog_equals_what_git_says(source: ContentSource) -> None:
    """Added, removed and changed, step by step; without noise the edited ones are a part of git's."""
    for state in history.STATES:
        read(source, history.entries(state))
    for step in list(history.STATES)[:-1]:
        found = between(source, step, step + 1, technical=True)
        told = {kind: {key for key, one in found.items() if one.kind == kind} for kind in ("new", "removed", "edited")}
        assert told == history.oracle(step)
        quiet = {key for key, one in between(source, step, step + 1).items() if one.kind == "edited"}
        assert quiet <= told["edited"]
    noise = history.oracle(5)["edited"] - {key for key, one in between(source, 5, 6).items() if one.kind == "edited"}
    assert len(noise) == 21


@pytest.mark.skipif(not history.is_there(), reason="the real content history is not beside the project")
def test_each_distinct_content_is_stored_once(source: ContentSource) -> None:
    """Versions share blobs; six states cost little more than one."""
    for state in history.STATES:
        read(source, history.entries(state))
    assert ContentBlob.objects.count() <= len(history.load("versions.json"))
    assert EntryVersion.objects.filter(last_seq=None).count() == 322


def test_a_reading_that_changes_nothing_makes_no_state(source: ContentSource) -> None:
    """Only its time moves."""
    first = read(source, [entry()])
    second = read(source, [entry()])
    assert (second.pk, ContentState.objects.count()) == (first.pk, 1)
    assert second.read_to > first.read_to


def test_when_or_by_whom_is_no_change(source: ContentSource) -> None:
    """Saved again without an edit: nothing to publish."""
    read(source, [entry()])
    read(source, [entry(changed_by="Ana Ribeiro", changed_at=LATER)])
    assert ContentState.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"body": " We  open\nat 9. "},
        {"body": "We open at 9.", "image": ""},
        {"body": "We open at 9.", "image": None, "tags": []},
    ],
)
def test_noise_is_shown_on_demand_only(source: ContentSource, fields: dict[str, Any]) -> None:
    """White space, and empty against missing."""
    read(source, [entry()])
    read(source, [entry(fields=fields)])
    assert between(source, 1, 2) == {}
    assert between(source, 1, 2, technical=True)["hours"].is_technical


def test_an_edit_that_was_taken_back_is_no_change(source: ContentSource) -> None:
    """Same content as at the base, whatever came between."""
    for body in ("one", "two", "one"):
        read(source, [entry(fields={"body": body})])
    assert between(source, 1, 3) == {}
    assert set(between(source, 1, 2)) == {"hours"}


def test_a_smaller_answer_is_held_back(source: ContentSource) -> None:
    """Under four fifths: it does not count, and says what to check."""
    read(source, [entry(str(number)) for number in range(10)])
    with pytest.raises(HeldBack, match="token") as caught:
        read(source, [entry(str(number)) for number in range(7)])
    assert caught.value.problem == "shrunk"
    source.refresh_from_db()
    assert source.seq == 1
    ContentSource.objects.update(accepts_shrinking=True)
    assert read(source, [entry("0")]).seq == 2


def test_a_field_that_is_lost_everywhere_is_held_back(source: ContentSource) -> None:
    """A mapping or a right that went away looks like an edit of every entry."""
    read(source, [entry("a"), entry("b")])
    with pytest.raises(HeldBack, match="body"):
        read(source, [entry("a", fields={"x": 1}), entry("b", fields={"x": 1})])


def test_time_alone_makes_changes(source: ContentSource) -> None:
    """Scheduled and expiring entries change what visitors see without an edit."""
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    read(source, [entry("future", publish_at=noon), entry("passing", expire_at=noon)])
    before, after = (Point(seq=1, moment=noon + timedelta(hours=hours)) for hours in (-1, 1))
    found = {one.key: (one.kind, one.reason) for one in changes(source, before, after)}
    assert found == {"future": ("new", Reason.SCHEDULE), "passing": ("removed", Reason.EXPIRED)}
    assert changes(source, before, before) == []
    assert next_due(source, before.moment) == noon
    assert next_due(source, after.moment) is None


def test_drafts_are_nothing_to_publish(source: ContentSource) -> None:
    """Becoming public is new; going back to draft is removed."""
    read(source, [entry(status="draft")])
    assert between(source, 0, 1) == {}
    read(source, [entry()])
    assert between(source, 1, 2)["hours"].kind == "new"
    read(source, [entry(status="draft")])
    assert (between(source, 2, 3)["hours"].kind, between(source, 2, 3)["hours"].reason) == (
        "removed",
        Reason.UNPUBLISHED,
    )


def test_the_difference_turns_round(source: ContentSource) -> None:
    """From the newer to the older state, new is removed and old is new."""
    read(source, [entry("a"), entry("b", fields={"body": "one"})])
    read(source, [entry("b", fields={"body": "two"}), entry("c"), entry("d")])
    forth, back = between(source, 1, 2), between(source, 2, 1)
    assert {key: one.kind for key, one in forth.items()} == {"a": "removed", "b": "edited", "c": "new", "d": "new"}
    assert {key: one.kind for key, one in back.items()} == {"a": "new", "b": "edited", "c": "removed", "d": "removed"}


def test_a_key_that_comes_twice_counts_once(source: ContentSource) -> None:
    """Pages that shift while they are read repeat an entry; the last one counts."""
    state = read(source, [entry(fields={"body": "old"}), entry(fields={"body": "new"})])
    assert state.entries == 1
