"""Reading a source in the worker: what counts, what does not, and who reads when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils.timezone import now

from deploys.content import actions, readings, steps
from deploys.lifecycle import State
from deploys.models import BuildContent, ContentSource, Environment
from tests import scenes
from tests.content.feeds import Feed, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed() -> Iterator[Feed]:
    """A CMS with ten pages."""
    with Feed() as found:
        found.entries = [page(f"page-{number}") for number in range(10)]
        yield found


@pytest.fixture
def source(feed: Feed) -> ContentSource:
    """A source on that CMS, in a site with one environment."""
    return feed.source(scenes.make_environment().site)


def again(source: ContentSource) -> ContentSource:
    """Have it due, let the worker read it, and look at the row."""
    ContentSource.objects.update(next_read_at=now())
    steps.read_source(source.pk)
    source.refresh_from_db()
    return source


def test_the_first_reading_makes_the_first_state(source: ContentSource) -> None:
    """All entries, and the next reading a minute away."""
    steps.read_source(source.pk)
    source.refresh_from_db()
    state = source.last_state
    assert state and (state.seq, state.entries, source.trouble) == (1, 10, "")
    assert source.next_read_at and timedelta(seconds=50) < source.next_read_at - now() <= timedelta(seconds=60)


def test_an_unchanged_source_costs_one_request(feed: Feed, source: ContentSource) -> None:
    """If-None-Match: the state stays, its time moves."""
    again(source)
    first = source.last_state
    again(source)
    last = source.last_state
    assert first and last and (first.pk, last.seq) == (last.pk, 1)
    assert last.read_to > first.read_to
    assert len(feed.calls) <= 3


def test_a_change_makes_pages_ask_again(feed: Feed, source: ContentSource) -> None:
    """The environment's version counts up with a new state, and not without one."""
    again(source)
    before = Environment.objects.get().version
    again(source)
    assert Environment.objects.get().version == before
    feed.entries[0]["body"] = "Edited."
    again(source)
    assert (Environment.objects.get().version, source.seq) == (before + 1, 2)


def test_a_refusal_keeps_the_last_good_state(feed: Feed, source: ContentSource) -> None:
    """The row says in words what to check and since when; asked again after some minutes, not every minute."""
    again(source)
    feed.refuse = 401
    again(source)
    assert (source.trouble, source.seq) == ("token_rejected", 1)
    assert "token" in source.trouble_note and source.trouble_since
    since = source.trouble_since
    again(source)
    assert source.trouble_since == since
    assert source.next_read_at and source.next_read_at - now() > timedelta(minutes=4)
    feed.refuse = 0
    assert again(source).trouble == ""


def test_a_shrunken_reading_is_held_back_until_an_admin_accepts_it(feed: Feed, source: ContentSource) -> None:
    """Seven of ten vanish: a token that went stale looks just like that."""
    again(source)
    feed.entries = feed.entries[:3]
    again(source)
    assert (source.trouble, source.seq) == ("shrunk", 1)
    held = source.states.filter(is_complete=False).get()
    assert (held.seq, "3 entries" in held.finding) == (None, True)
    actions.accept_shrinking(source=source, actor=scenes.make_person())
    steps.read_source(source.pk)
    source.refresh_from_db()
    assert (source.trouble, source.seq, source.accepts_shrinking) == ("", 2, False)


def test_a_source_that_miscounts_itself_is_incomplete(feed: Feed, source: ContentSource) -> None:
    """It names more entries than it gives, twice: nothing is taken for removed."""
    again(source)
    feed.entries, feed.total = feed.entries[:9], 10
    again(source)
    assert (source.trouble, source.seq) == ("incomplete", 1)


def test_one_worker_reads_at_a_time(feed: Feed, source: ContentSource) -> None:
    """A second one that comes meanwhile leaves at once; nothing is asked twice."""
    assert source.lease(until=now() + timedelta(seconds=60))
    assert readings.read(source) is None
    assert feed.calls == []


def test_who_asks_during_a_reading_gets_another_one(feed: Feed, source: ContentSource) -> None:
    """The reading under way may have passed what was just saved."""
    again(source)
    source.refresh_from_db()
    began = now()
    assert source.lease(until=began + timedelta(seconds=60))
    actions.note_hint(source)
    source.give_back(began=began, again_at=now() + timedelta(hours=1))
    source.refresh_from_db()
    assert source.next_read_at and source.next_read_at <= now()


def test_a_reading_that_takes_too_long_here_is_left_to_the_worker(feed: Feed, source: ContentSource) -> None:
    """OutOfTime, the source free again, and not taken for tried."""
    with pytest.raises(readings.OutOfTime):
        readings.read(source, within=0.0)
    source.refresh_from_db()
    assert (source.reading_until, source.tried_from, source.seq) == (None, None, 0)


def test_a_reading_is_noted_with_the_builds_that_ended_before_it(source: ContentSource) -> None:
    """What moved between the two may be in the build or not."""
    again(source)
    ended = scenes.make_build(environment=Environment.objects.get(), state=State.SUCCEEDED)
    running = scenes.make_build(environment=Environment.objects.get(), state=State.RUNNING)
    for build in (ended, running):
        BuildContent.objects.create(build=build, source=source, seq=1, read_at=now())
    again(source)
    after = dict(BuildContent.objects.values_list("build_id", "seq_after"))
    assert after == {ended.pk: 1, running.pk: None}


def test_builds_that_wait_for_a_reading_are_woken(source: ContentSource, told: list[tuple[str, int]]) -> None:
    """Also after a failed one: a build does not wait for a CMS that is down."""
    build = scenes.make_build(environment=Environment.objects.get(), state=State.STARTING, lease_until=now())
    again(source)
    assert ("builds.tasks.start_build", build.pk) in told


def test_a_paused_source_is_not_read(feed: Feed, source: ContentSource) -> None:
    """Not by the tick, and not on request."""
    ContentSource.objects.update(is_active=False)
    again(source)
    assert feed.calls == []
