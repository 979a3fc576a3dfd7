"""The regular look at a web host: what it finds is said in words, and what is true counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import HostState, HostTrouble, Proof, ReleasePages
from deploys.releases import host_check, tasks
from tests import scenes
from tests.hosted import Hosted, pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def hosted(tmp_path: Path) -> Hosted:
    """A web host in a folder; nothing answers at its public address but what a test gives."""
    return Hosted(tmp_path)


def check(hosted: Hosted, transport: httpx.MockTransport | None = None) -> HostState:
    """Look once, with what is stored now."""
    related = HostState.objects.select_related("environment__site", "environment__live_release__build")
    state = related.get(environment=hosted.environment)
    host_check.check(state, transport or hosted.transport)
    return HostState.objects.get(pk=state.pk)


def test_all_is_as_published(hosted: Hosted) -> None:
    """What is kept and what it costs are known; the next look is set."""
    first, second = hosted.live(pages(text="one")), hosted.live(pages(text="two"))
    state = check(hosted)
    assert (state.trouble, state.kept) == ("", [str(second.key), str(first.key)])
    assert state.storage is not None and state.storage > 0
    assert state.next_check_at is not None and state.next_check_at > now() + timedelta(minutes=14)


def test_a_file_changed_by_hand_is_named(hosted: Hosted) -> None:
    """And it stays said until the next comparison finds all as published."""
    hosted.live(pages("hours"))
    page = hosted.folder / "host" / "current" / "hours" / "index.html"
    page.unlink()
    page.write_text("by hand")
    state = check(hosted)
    assert (state.trouble, state.differing) == (HostTrouble.CHANGED_BY_HAND, ["hours/index.html"])
    assert state.trouble_since is not None
    since = state.trouble_since
    state = check(hosted)
    assert (state.trouble, state.trouble_since) == (HostTrouble.CHANGED_BY_HAND, since)


def test_the_site_shows_an_earlier_release(hosted: Hosted) -> None:
    """Somebody ran an old job again: what visitors see is what counts as live."""
    first, second = hosted.live(pages(text="one")), hosted.live(pages(text="two"))
    hosted.publish(first, pages(text="one"))
    assert check(hosted).trouble == ""
    hosted.environment.refresh_from_db()
    assert hosted.environment.live_release is not None
    assert hosted.environment.live_release.build == first
    second.release.refresh_from_db()
    assert second.release.replaced_at is not None
    assert "by hand" in first.events.last().note


def test_the_site_shows_something_unknown(hosted: Hosted) -> None:
    """It is said, and nothing is made up."""
    live = hosted.live(pages())
    stranger = httpx.MockTransport(lambda request: httpx.Response(200, json={"release": "stranger"}))
    state = check(hosted, stranger)
    assert (state.trouble, "does not know" in state.finding) == (HostTrouble.OTHER_RELEASE, True)
    hosted.environment.refresh_from_db()
    assert hosted.environment.live_release.build == live


def test_a_site_that_does_not_answer(hosted: Hosted) -> None:
    """In the words of the look."""
    hosted.live(pages())
    state = check(hosted, httpx.MockTransport(lambda request: httpx.Response(503)))
    assert (state.trouble, state.finding) == (HostTrouble.UNREACHABLE, "The site answers 503 for its marker.")


def test_nothing_is_found_wrong_while_something_goes_live(hosted: Hosted) -> None:
    """A publish that runs is no drift."""
    hosted.live(pages())
    scenes.make_build(environment=hosted.environment, state=State.RUNNING)
    stranger = httpx.MockTransport(lambda request: httpx.Response(200, json={"release": "coming"}))
    assert check(hosted, stranger).trouble == ""


def test_an_environment_with_a_marker_alone_is_looked_at_too(tmp_path: Path) -> None:
    """A plain pipeline: the marker still says which build visitors see."""
    release = scenes.make_release()
    state = HostState.objects.create(environment=release.environment)
    site = httpx.MockTransport(lambda request: httpx.Response(200, json={"build": "else"}))
    host_check.check(state, site)
    assert state.trouble == HostTrouble.OTHER_RELEASE


def test_records_that_visitors_can_read(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of the publisher must not be public."""
    hosted.live(pages())
    monkeypatch.setattr(host_check, "records_are_public", lambda address: True)
    state = check(hosted)
    assert (state.trouble, ".releases/" in state.finding) == (HostTrouble.PUBLIC_RECORDS, True)


def test_old_releases_are_given_up(tmp_path: Path) -> None:
    """The newest ones stay, and so do their pages; the live one always."""
    hosted = Hosted(tmp_path, keep_releases=2, keep_days=0)
    builds = [hosted.live(pages(text=str(number))) for number in range(4)]
    state = check(hosted)
    assert state.kept == [str(builds[3].key), str(builds[2].key)]
    assert ReleasePages.objects.count() == 2
    assert state.pruned_at is not None


def test_looks_come_every_quarter_of_an_hour(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tick finds those that are due, and no others."""
    asked: list[Any] = []
    monkeypatch.setattr(tasks.check_host, "apply_async", lambda **given: asked.append(given["args"]))
    hosted.live(pages())
    state = check(hosted)
    tasks.check_hosts()
    assert asked == []
    with time_machine.travel(now() + timedelta(minutes=16), tick=False):
        tasks.check_hosts()
    assert asked == [(state.pk,)]


def test_a_release_that_was_proved_by_hand_counts_as_seen(hosted: Hosted) -> None:
    """Its proof is the marker's word."""
    first, _second = hosted.live(pages(text="one")), hosted.live(pages(text="two"))
    hosted.publish(first, pages(text="one"))
    check(hosted)
    first.release.refresh_from_db()
    assert (first.release.proof, first.release.replaced_at) == (Proof.MARKER, None)
