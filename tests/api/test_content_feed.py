"""The content API for builders: whole or since a cursor, never a mixture, moved by time too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploys.content import feed
from deploys.content.sources.types import Entry
from deploys.models import ContentSource, Site
from tests import scenes

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def source() -> ContentSource:
    """A source of a site that lets builds in."""
    site = scenes.make_site(content_token="live-secret", drafts_token="drafts-secret")
    return scenes.make_source(site=site)


def ask(site: Site, *, token: str = "live-secret", **query: str) -> Any:
    """Ask for a page."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().get(reverse("content-feed", args=[site.slug]), query, headers=headers)


class Builder:
    """What a loader does: keeps entries and a cursor between builds."""

    def __init__(self, site: Site, **query: str) -> None:
        self.site, self.query = site, query
        self.entries: dict[str, Any] = {}
        self.cursor = ""
        self.requests = 0

    def pull(self, **query: str) -> Builder:
        """Bring it up to date, page by page."""
        seen: set[str] = set()
        while True:
            body = ask(self.site, **{**self.query, **query, "since": self.cursor}).json()
            self.requests += 1
            self.cursor = body["cursor"]
            self.entries |= {item["id"]: item for item in body["items"]}
            seen |= {item["id"] for item in body["items"]}
            for key in body["deleted"]:
                self.entries.pop(key, None)
            if not body["more"]:
                break
        if body["full"]:
            self.entries = {key: item for key, item in self.entries.items() if key in seen}
        return self

    @property
    def keys(self) -> list[str]:
        """Keys of the entries that would be built."""
        return sorted(item["key"] for item in self.entries.values())


def keys(answer: Any) -> list[str]:
    """Keys in one answer."""
    return [item["key"] for item in answer.json()["items"]]


def test_the_whole_content_at_first(source: ContentSource) -> None:
    """Entries with their fields, a digest that moves with them, and the marker for the page."""
    scenes.store_entries(source, [scenes.make_entry("hours"), scenes.make_entry("prices", marker="prices 1")])
    body = ask(source.site).json()
    assert (body["full"], body["more"], body["deleted"]) == (True, False, [])
    hours, prices = body["items"]
    assert (hours["title"], hours["url"], hours["fields"]) == ("Hours", "/hours/", {"body": "We open at 9."})
    assert (hours["marker"], prices["marker"]) == (f"hours {hours['digest'][:16]}", "prices 1")


def test_since_a_cursor_only_what_differs(source: ContentSource) -> None:
    """One edit and one removal: one item and one key."""
    scenes.store_entries(source, [scenes.make_entry("hours"), scenes.make_entry("prices"), scenes.make_entry("cafe")])
    cursor = ask(source.site).json()["cursor"]
    scenes.store_entries(source, [scenes.make_entry("hours", title="New hours"), scenes.make_entry("cafe")])
    body = ask(source.site, since=cursor).json()
    assert ([item["title"] for item in body["items"]], body["deleted"], body["full"]) == (
        ["New hours"],
        [f"{source.pk}:prices"],
        False,
    )
    nothing = ask(source.site, since=body["cursor"]).json()
    assert (nothing["items"], nothing["deleted"]) == ([], [])


def test_time_moves_the_cursor(source: ContentSource) -> None:
    """Nobody edits anything, and yet one entry appears and one expires."""
    soon = START + timedelta(hours=1)
    entries = [scenes.make_entry("concert", publish_at=soon), scenes.make_entry("notice", expire_at=soon)]
    with time_machine.travel(START, tick=False):
        scenes.store_entries(source, entries)
        first = ask(source.site)
        assert keys(first) == ["notice"]
    with time_machine.travel(soon, tick=False):
        body = ask(source.site, since=first.json()["cursor"])
        assert (keys(body), body.json()["deleted"]) == (["concert"], [f"{source.pk}:notice"])


def test_drafts_need_their_own_token(source: ContentSource) -> None:
    """With it they are there; with the one for live content they are refused."""
    scenes.store_entries(source, [scenes.make_entry("hours"), scenes.make_entry("idea", status="draft")])
    assert keys(ask(source.site)) == ["hours"]
    assert ask(source.site, scope="preview").status_code == 403
    assert keys(ask(source.site, scope="preview", token="drafts-secret")) == ["hours", "idea"]
    assert keys(ask(source.site, token="drafts-secret")) == ["hours"]


def test_a_draft_that_changes_and_goes(source: ContentSource) -> None:
    """Previews are told of every state."""
    scenes.store_entries(source, [scenes.make_entry("idea", status="draft"), scenes.make_entry("old", status="draft")])
    cursor = ask(source.site, scope="preview", token="drafts-secret").json()["cursor"]
    scenes.store_entries(source, [scenes.make_entry("idea", status="draft", title="Better")])
    body = ask(source.site, scope="preview", token="drafts-secret", since=cursor).json()
    assert ([item["title"] for item in body["items"]], body["deleted"]) == (["Better"], [f"{source.pk}:old"])


def test_pages_are_of_one_state_even_if_it_moves_meanwhile(source: ContentSource) -> None:
    """A reading between two pages changes nothing of this answer; the next pull tells it."""
    scenes.store_entries(source, [scenes.make_entry(f"page-{number}") for number in range(5)])
    first = ask(source.site, limit="2").json()
    scenes.store_entries(source, [scenes.make_entry(f"page-{number}", title="Other") for number in range(4)])
    second = ask(source.site, limit="2", since=first["cursor"]).json()
    third = ask(source.site, limit="2", since=second["cursor"]).json()
    titles = [item["title"] for body in (first, second, third) for item in body["items"]]
    assert titles == [f"Page {number}" for number in range(5)]
    after = ask(source.site, since=third["cursor"]).json()
    assert (len(after["items"]), after["deleted"]) == (4, [f"{source.pk}:page-4"])


def test_what_a_build_carries_is_what_it_gets(source: ContentSource) -> None:
    """The state that the card spoke of, not what was saved since."""
    scenes.store_entries(source, [scenes.make_entry("hours")])
    environment = scenes.make_environment(site=source.site)
    build = scenes.make_build(environment=environment)
    scenes.carry(build, source)
    scenes.store_entries(source, [scenes.make_entry("hours"), scenes.make_entry("later")])
    assert keys(ask(source.site, build=str(build.key))) == ["hours"]
    assert keys(ask(source.site)) == ["hours", "later"]


def test_a_build_that_goes_back_undoes_what_came_later(source: ContentSource) -> None:
    """A cursor of a newer state and the key of an older build: the difference is told backwards."""
    scenes.store_entries(source, [scenes.make_entry("hours")])
    build = scenes.make_build(environment=scenes.make_environment(site=source.site))
    scenes.carry(build, source)
    scenes.store_entries(source, [scenes.make_entry("hours"), scenes.make_entry("later")])
    builder = Builder(source.site).pull()
    assert builder.keys == ["hours", "later"]
    assert builder.pull(build=str(build.key)).keys == ["hours"]


@pytest.mark.parametrize("cursor", ["", "nonsense", "a:b:c"])
def test_an_unknown_cursor_is_the_beginning(source: ContentSource, cursor: str) -> None:
    """Whole, and it says so."""
    scenes.store_entries(source, [scenes.make_entry("hours")])
    assert ask(source.site, since=cursor).json()["full"] is True


def test_a_cursor_of_another_scope_or_of_other_sources_is_the_beginning(source: ContentSource) -> None:
    """Drafts never slip into a live build, and a new source is no difference of the old one."""
    scenes.store_entries(source, [scenes.make_entry("hours"), scenes.make_entry("idea", status="draft")])
    drafts = ask(source.site, scope="preview", token="drafts-secret").json()["cursor"]
    assert ask(source.site, since=drafts).json()["full"] is True
    live = ask(source.site).json()["cursor"]
    other = scenes.make_source(site=source.site)
    scenes.store_entries(other, [scenes.make_entry("hours")])
    body = ask(source.site, since=live).json()
    assert (body["full"], len(body["items"])) == (True, 2)


def test_much_is_told_as_a_whole(source: ContentSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """A builder that lags far behind starts anew, page by page."""
    monkeypatch.setattr(feed, "MOST_AT_ONCE", 2)
    scenes.store_entries(source, [scenes.make_entry(f"page-{number}") for number in range(4)])
    builder = Builder(source.site, limit="3").pull()
    scenes.store_entries(source, [scenes.make_entry(f"page-{number}", title="Other") for number in range(1, 4)])
    assert builder.pull().keys == ["page-1", "page-2", "page-3"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"token": ""}, 401),
        ({"token": "wrong"}, 401),
        ({"scope": "all"}, 400),
        ({"limit": "0"}, 400),
        ({"limit": "501"}, 400),
        ({"limit": "x"}, 400),
        ({"build": "17"}, 400),
        ({"build": "0bbc0fe3-1934-4c9e-825d-411b5a7714e1"}, 404),
    ],
)
def test_what_is_wrong_is_said(source: ContentSource, query: dict[str, str], status: int) -> None:
    """With words."""
    scenes.store_entries(source, [scenes.make_entry("hours")])
    answer = ask(source.site, **query)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_a_site_without_tokens_gives_nothing(source: ContentSource) -> None:
    """An empty token is no token."""
    Site.objects.filter(pk=source.site_id).update(content_token="", drafts_token="")
    assert ask(source.site, token="").status_code == 401


def test_before_the_first_reading(source: ContentSource) -> None:
    """A build must fail rather than publish an empty site."""
    answer = ask(source.site)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


def test_an_incomplete_reading_is_not_given_out(source: ContentSource) -> None:
    """Only states that count."""
    scenes.store_entries(source, [scenes.make_entry("hours")])
    source.states.create(seq=None, read_from=START, read_to=START, is_complete=False)
    assert keys(ask(source.site)) == ["hours"]


_edit = st.tuples(
    st.sampled_from(["a", "b", "c", "d", "e"]),
    st.sampled_from(["absent", "one", "two"]),
    st.sampled_from([None, -30, 30, 90]),
)
_state = st.lists(_edit, max_size=5, unique_by=lambda edit: edit[0])


def _entries(state: Iterable[tuple[str, str, int | None]]) -> list[Entry]:
    return [
        scenes.make_entry(key, title=title, publish_at=START + timedelta(minutes=due) if due is not None else None)
        for key, title, due in state
        if title != "absent"
    ]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(_state, min_size=1, max_size=5), limit=st.integers(1, 3))
def test_pulling_step_by_step_ends_where_a_whole_pull_ends(states: list[Any], limit: int) -> None:
    """Whatever is edited, removed and falls due, and however the pages are cut."""
    site = scenes.make_site(content_token="live-secret")
    source = scenes.make_source(site=site)
    step_by_step = Builder(site, limit=str(limit))
    for number, state in enumerate(states):
        with time_machine.travel(START + timedelta(minutes=40 * number), tick=False):
            scenes.store_entries(source, _entries(state))
            step_by_step.pull()
            assert step_by_step.entries == Builder(site).pull().entries
