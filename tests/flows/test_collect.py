"""A build notes what content it carries: read after the press, before its pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils.timezone import now

from deploys.builds import pace
from deploys.builds.steps import start
from deploys.content import comparison, steps
from deploys.lifecycle import State
from deploys.models import Build, BuildContent, ContentSource, ContentState
from tests.content.feeds import Feed, page
from tests.flows.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def feed() -> Iterator[Feed]:
    """A CMS with two pages."""
    with Feed() as found:
        found.entries = [page("hours"), page("tickets")]
        yield found


@pytest.fixture
def world(make_world: Callable[..., World], feed: Feed) -> World:
    """A world whose site has that CMS as its source, read once."""
    found = make_world()
    steps.read_source(feed.source(found.environment.site).pk)
    return found


def waiting(world: World) -> dict[str, int]:
    """What would go live now, by kind."""
    world.environment.refresh_from_db()
    return comparison.waiting(world.environment, now()).counts


def live(world: World) -> Build:
    """A build that went through."""
    return world.say(world.built(), "success")


def test_the_first_build_carries_everything(world: World) -> None:
    """No base: all entries are new, and none is waiting afterwards."""
    assert waiting(world) == {"new": 2}
    build = live(world)
    assert (build.base, build.change_counts) == (None, {"new": 2})
    assert waiting(world) == {}


def test_an_edit_of_the_last_second_is_in_the_count(world: World, feed: Feed) -> None:
    """Nobody had read it before the press."""
    first = live(world)
    feed.entries[0]["body"] = "Edited just now."
    build = world.built()
    assert (build.base, build.change_counts, build.titles) == (first, {"edited": 1}, feed.entries[0]["title"])


def test_what_was_saved_while_it_ran_waits_for_the_next(world: World, feed: Feed) -> None:
    """It may be in the site already, which is said; it stays listed until a build surely carries it."""
    live(world)
    build = world.built()
    feed.entries[1]["body"] = "Saved while it ran."
    world.say(build, "success")
    assert waiting(world) == {"edited": 1}
    found = comparison.waiting(world.environment, now())
    assert [found.may_be_in_base(change) for change in found.changes] == [True]
    feed.entries[0]["body"] = "Saved long after."
    ContentSource.objects.update(next_read_at=now())
    steps.read_source(ContentSource.objects.get().pk)
    found = comparison.waiting(world.environment, now())
    assert {change.key: found.may_be_in_base(change) for change in found.changes} == {"tickets": True, "hours": False}


def test_a_source_that_is_down_holds_no_build_up(world: World, feed: Feed) -> None:
    """The last complete reading counts, and the timeline says so."""
    feed.refuse = 500
    build = world.built()
    assert build.state == State.PENDING
    assert BuildContent.objects.get(build=build).seq == 1
    assert build.events.filter(note__contains="could not be read").exists()


def test_a_slow_source_is_read_by_a_task_of_its_own(world: World, feed: Feed, told: list[tuple[str, int]]) -> None:
    """The build waits for it, says so, and goes on when it has ended."""
    ContentState.objects.update(read_from=now() - timedelta(minutes=2))
    build = world.press()
    source = ContentSource.objects.get()
    message = ("content.tasks.read_source", source.pk)
    told.clear()
    start.start(build.pk)
    build.refresh_from_db()
    assert (build.state, build.waiting_note) == (State.STARTING, "Reading the content from the CMS.")
    assert message in told
    told.clear()
    steps.read_source(source.pk)
    assert told == [("builds.tasks.start_build", build.pk)]
    world.run_told()
    build.refresh_from_db()
    assert (build.state, BuildContent.objects.filter(build=build).count()) == (State.PENDING, 1)


def test_a_reading_without_end_is_not_waited_for(world: World, feed: Feed) -> None:
    """After ten minutes the build goes on with what is known."""
    ContentState.objects.update(read_from=now() - timedelta(minutes=2))
    build = world.press()
    start.start(build.pk)
    Build.objects.update(claimed_at=now() - pace.COLLECTING_AT_MOST - timedelta(seconds=1))
    start.start(build.pk)
    build.refresh_from_db()
    assert build.state == State.PENDING


def test_a_site_without_sources_needs_none(make_world: Callable[..., World]) -> None:
    """The count is simply not known."""
    build = make_world().built()
    assert (build.state, build.change_counts, build.contents.count()) == (State.PENDING, None, 0)
