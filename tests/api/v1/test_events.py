"""Events since a cursor: each once, none left out, also while several transactions commit in any order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, transaction

from deploys.models import Build, Event, Role
from deploys.transitions import note
from tests import scenes
from tests.api.v1.test_tokens import refused
from tests.api.v1.worlds import Caller, token_of

pytestmark = pytest.mark.django_db


class Follower(Caller):
    """Keeps a cursor, as a program does between two runs."""

    cursor = ""

    def pull(self, limit: int = 100) -> list[str]:
        """The words of everything that is new."""
        found: list[str] = []
        while True:
            body = self.get("/events", cursor=self.cursor, limit=limit).json()
            self.cursor = body["cursor"]
            found += [event["words"] for event in body["items"]]
            if not body["has_more"]:
                return found


def make_follower(build: Build) -> Follower:
    """Somebody who follows the site of this build."""
    return Follower(token_of(scenes.make_person(Role.READER, site=build.site)), build.site)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_each_event_comes_once_in_its_order(limit: int) -> None:
    """Page by page, over two places; other sites' are not among them."""
    live = scenes.make_build()
    staging = scenes.make_build(environment=scenes.make_environment(site=live.site, slug="staging"))
    elsewhere = scenes.make_build()
    follower = make_follower(live)
    for number in range(3):
        for build in (live, elsewhere, staging):
            note(build, f"{build.environment.slug} {number}")
    assert follower.pull(limit) == ["live 0", "staging 0", "live 1", "staging 1", "live 2", "staging 2"]
    assert follower.pull(limit) == []
    note(staging, "later")
    assert follower.pull(limit) == ["later"]


def test_now_begins_with_what_comes() -> None:
    """What was is passed over."""
    build = scenes.make_build()
    note(build, "before")
    follower = make_follower(build)
    follower.cursor = "now"
    assert follower.pull() == []
    note(build, "after")
    assert follower.pull() == ["after"]


def test_a_cursor_of_another_site_or_of_nobody_is_refused() -> None:
    """404 with how to begin."""
    build, other = scenes.make_build(), scenes.make_build()
    follower, stranger = make_follower(build), make_follower(other)
    stranger.pull()
    for cursor in (stranger.cursor, "nothing", follower.cursor + "x"):
        assert refused(follower.get("/events", cursor=cursor)) == (404, "unknown-cursor")


@contextmanager
def unfinished(build: Build, words: str) -> Iterator[None]:
    """Inside, another connection has added an event that is not committed yet; it commits on leaving."""
    added, may_end = Signal(), Signal()

    def work() -> None:
        with transaction.atomic():
            note(Build.objects.select_related("environment").get(pk=build.pk), words)
            added.set()
            may_end.wait(20)
        connection.close()

    thread = Thread(target=work)
    thread.start()
    assert added.wait(20)
    yield
    may_end.set()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_an_event_with_an_older_id_that_is_committed_later_is_not_missed() -> None:
    """The newer one of another place is seen at once, and the older one when it is there."""
    live = scenes.make_build()
    staging = scenes.make_build(environment=scenes.make_environment(site=live.site, slug="staging"))
    follower = make_follower(live)
    with unfinished(live, "older, committed later"):
        note(staging, "newer, committed first")
        assert follower.pull() == ["newer, committed first"]
    ids = dict(Event.objects.values_list("note", "pk"))
    assert ids["older, committed later"] < ids["newer, committed first"]
    assert follower.pull() == ["older, committed later"]


@pytest.mark.django_db(transaction=True)
def test_within_a_place_ids_follow_the_commits() -> None:
    """What the cursor relies on: a second writer gets no id before the first has committed."""
    build = scenes.make_build()
    follower = make_follower(build)
    done = Signal()

    def write() -> None:
        note(Build.objects.select_related("environment").get(pk=build.pk), "second")
        connection.close()
        done.set()

    with unfinished(build, "first"):
        thread = Thread(target=write)
        thread.start()
        assert not done.wait(0.3)
        assert follower.pull() == []
    thread.join()
    assert follower.pull() == ["first", "second"]
