"""The page of one entry: where it is, what became of every version, and proof on its public page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

import httpx
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.lifecycle import State
from deploys.models import Build, ContentSource, EntryProof, EntryVersion, Environment, Role, User
from deploys.releases import actions, public_page
from tests.scenes import (
    carry,
    make_build,
    make_entry,
    make_environment,
    make_person,
    make_release,
    make_source,
    store_entries,
)
from tests.web.reading import HTMX, find, form_to, packed, parse, words

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def environment() -> Environment:
    """A live site."""
    return make_environment(url="https://museum.example/")


@pytest.fixture
def source(environment: Environment) -> ContentSource:
    """Its CMS."""
    return make_source(site=environment.site, proof_meta="buildhub:entry")


@pytest.fixture
def editor(environment: Environment, client: Client) -> User:
    """Who looks at the page."""
    person = make_person(Role.EDITOR, site=environment.site)
    client.force_login(person)
    return person


def read(source: ContentSource, body: str, key: str = "hours", **facts: Any) -> EntryVersion:
    """The CMS holds one entry with this text."""
    given: dict[str, Any] = {"fields": {"body": body}, "marker": f"{key} {body}", "changed_by": "Ana Ribeiro"}
    store_entries(source, [make_entry(key, **given | {"changed_at": now()} | facts)])
    return EntryVersion.objects.get(source=source, entry_key=key, last_seq=None)


def publish(environment: Environment, source: ContentSource) -> Build:
    """A build carries the content as it stands and is seen live."""
    build = make_build(environment=environment, state=State.SUCCEEDED)
    carry(build, source)
    actions.mark_live(make_release(build=build, live=False))
    environment.refresh_from_db()
    return build


def address(source: ContentSource, key: str = "hours") -> str:
    """Where the page is."""
    return reverse("entry", args=[source.site.slug, source.pk, key])


def open_page(
    client: Client, source: ContentSource, query: dict[str, Any] | None = None, key: str = "hours"
) -> Element:
    """Open the page."""
    return parse(client.get(address(source, key), query))


def main(page: Element) -> str:
    """What people read on it."""
    return words(find(page, "main")[0])


def lines(page: Element) -> list[str]:
    """The versions, newest first."""
    return [words(head) for head in find(page, "h2") if head.attrib.get("id") is None]


def test_an_edit_waits_and_the_page_says_what_visitors_see(
    client: Client, environment: Environment, source: ContentSource, editor: User
) -> None:
    """The newest version's state, and the version that is live instead."""
    read(source, "one")
    build = publish(environment, source)
    read(source, "two")
    page = open_page(client, source)
    assert words(find(page, "h1")[0]) == "Hours"
    assert "Hours" not in words(find(page, "title")[0])
    said = main(page)
    assert "Waits for the next publish." in said
    assert f"Visitors see an earlier version: live in build {build.number} since today at" in said
    assert [line.split(" Today")[0] for line in lines(page)] == ["Edited", "First version"]


def test_a_version_says_which_builds_carried_it(
    client: Client, environment: Environment, source: ContentSource, editor: User
) -> None:
    """From the build that brought it to the one that came without it."""
    read(source, "one")
    first = publish(environment, source)
    read(source, "two")
    second = publish(environment, source)
    said = main(open_page(client, source))
    assert f"Live in build {second.number} since today at" in said
    assert f"Live from build {first.number}, today at" in said
    assert f"until build {second.number}, today at" in said


def test_a_deleted_entry_keeps_its_page(
    client: Client, environment: Environment, source: ContentSource, editor: User
) -> None:
    """The removal is a line of its own; it is live until a build comes without it."""
    read(source, "one")
    publish(environment, source)
    store_entries(source, [make_entry("other")])
    page = open_page(client, source)
    assert "It was removed in the CMS; the next publish takes it away." in main(page)
    assert [line.split(" ")[0] for line in lines(page)] == ["Removed", "First"]
    after = publish(environment, source)
    assert f"Gone since build {after.number}, today at" in main(open_page(client, source))


def test_an_entry_that_came_back_says_so(client: Client, source: ContentSource, editor: User) -> None:
    """Removed and restored are two lines between the versions."""
    read(source, "one")
    store_entries(source, [make_entry("other")])
    read(source, "one")
    assert [line.split(" ")[0] for line in lines(open_page(client, source))] == ["Came", "Removed", "First"]


def test_two_versions_are_compared_in_their_order(client: Client, source: ContentSource, editor: User) -> None:
    """Whichever was chosen first, the older one is the base; only text that people read is marked."""
    old, new = read(source, "We open at 9."), read(source, "We open at 10.")
    page = open_page(client, source, {"from": new.pk, "to": old.pk})
    section = find(page, "section", **{"aria-labelledby": "compared-title"})[0]
    assert [words(mark) for mark in find(section, "ins")] == ["added: 10"]
    assert [words(mark) for mark in find(section, "del")] == ["removed: 9"]


def test_a_version_opens_by_itself_alone(client: Client, source: ContentSource, editor: User) -> None:
    """htmx gets the body of one fold, whose links lead back to this page."""
    old, new = read(source, "We open at 9."), read(source, "We open at 10.")
    answer = client.get(address(source), {"from": old.pk, "to": new.pk}, **HTMX).content.decode()
    assert answer.startswith(f'<div id="c{new.pk}-body"')
    assert "<html" not in answer


def test_the_first_version_is_compared_with_nothing(client: Client, source: ContentSource, editor: User) -> None:
    """All of it is new."""
    first = read(source, "We open at 9.")
    page = open_page(client, source, {"from": 0, "to": first.pk})
    assert "We open at 9." in main(page)


def test_versions_of_other_entries_are_not_shown(client: Client, source: ContentSource, editor: User) -> None:
    """Numbers in the address open only what belongs to this entry."""
    own = read(source, "one")
    strange = read(make_source(), "secret plans")
    for old, new in ((0, 999_999), (999_999, own.pk), (0, strange.pk), (strange.pk, own.pk)):
        assert client.get(address(source), {"from": old, "to": new}).status_code == 404


def test_entries_of_other_sites_do_not_exist(client: Client, source: ContentSource, editor: User) -> None:
    """Neither by another site's source nor by a key that nobody read."""
    other = make_source()
    read(other, "one")
    assert client.get(reverse("entry", args=[source.site.slug, other.pk, "hours"])).status_code == 404
    assert client.get(address(source)).status_code == 404
    assert client.get(address(other)).status_code == 404


@pytest.mark.parametrize("key", ["about/team", "page:12", "été & co?x=1#y", "a b/c%2Fd", "/leading/"])
def test_any_key_has_an_address(key: str, client: Client, source: ContentSource, editor: User) -> None:
    """Slashes, colons, blanks and letters of every script."""
    read(source, "one", key=key)
    assert client.get(address(source, key)).status_code == 200


def test_nothing_of_the_content_is_markup(client: Client, source: ContentSource, editor: User) -> None:
    """Title, section, author, address and text are shown as they are; no address but the web's becomes a link."""
    facts = {"title": HOSTILE, "kind": HOSTILE, "changed_by": HOSTILE, "url": "javascript:alert(1)"}
    read(source, HOSTILE, edit_url="javascript:alert(2)", **facts)
    new = read(source, f"{HOSTILE} again", edit_url="javascript:alert(2)", **facts)
    page = open_page(client, source, {"from": 0, "to": new.pk})
    assert "<script>alert(1)</script>" in main(page)
    assert not [each for each in find(page, "script") if "src" not in each.attrib]
    assert find(page, "img") == []
    links = [link.attrib.get("href", "") for link in find(page, "a")]
    assert not [link for link in links if link.startswith("javascript:")]


def test_what_was_seen_on_the_page_is_said(
    client: Client, environment: Environment, source: ContentSource, editor: User
) -> None:
    """With the time of the look; without a look nothing is claimed."""
    version = read(source, "one")
    publish(environment, source)
    assert "on the page today" not in main(open_page(client, source))
    proof = EntryProof.objects.create(
        environment=environment, version=version, is_shown=True, finding="The page names this version."
    )
    assert "Seen on the page today at" in main(open_page(client, source))
    EntryProof.objects.filter(pk=proof.pk).update(is_shown=False, finding="The page answers 404.")
    said = main(open_page(client, source))
    assert "Not seen on the page today at" in said
    assert "The page answers 404." in said


def test_a_page_that_is_ahead_of_the_build_is_believed(
    client: Client, environment: Environment, source: ContentSource, editor: User
) -> None:
    """Saved while the build ran: the newest version is on the page, so no earlier one is said to be seen."""
    read(source, "one")
    publish(environment, source)
    newest = read(source, "two")
    EntryProof.objects.create(environment=environment, version=newest, is_shown=True, finding="The page names it.")
    said = main(open_page(client, source))
    assert "Waits for the next publish. Seen on the page today at" in said
    assert "Visitors see an earlier version" not in said


def test_without_a_marker_of_the_site_the_page_is_the_only_proof(
    client: Client, environment: Environment, source: ContentSource, editor: User
) -> None:
    """Nobody saw it live, until its page was seen."""
    staging = make_environment(site=environment.site, slug="staging", name="Staging", marker_url="", position=1)
    version = read(source, "one")
    build = make_build(environment=staging, state=State.SUCCEEDED)
    carry(build, source)
    actions.record(build)
    doubt = "This site cannot be checked, so nobody saw it live."
    assert doubt in main(open_page(client, source))
    EntryProof.objects.create(environment=staging, version=version, is_shown=True, finding="The page names it.")
    said = main(open_page(client, source))
    assert doubt not in said
    assert "Seen on the page today at" in said


@pytest.fixture
def public_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The public site: every page names the first version. Gives the paths that were asked for."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        head = {"Content-Type": "text/html"}
        return httpx.Response(200, headers=head, text='<meta name="buildhub:entry" content="hours one">')

    make = public_page.client
    monkeypatch.setattr(public_page, "client", lambda transport=None: make(httpx.MockTransport(answer)))
    yield asked


def test_the_page_can_be_checked_now(
    client: Client, environment: Environment, source: ContentSource, editor: User, public_site: list[str]
) -> None:
    """The button looks once, stores what it saw, and comes back."""
    version = read(source, "one")
    publish(environment, source)
    button = reverse("check-entry", args=[source.site.slug, version.pk])
    fields = form_to(open_page(client, source), button)
    answer = client.post(button, fields, follow=True)
    assert "The page shows this version." in answer.content.decode()
    assert "Seen on the page today at" in main(parse(answer))
    assert public_site == ["/hours/"]


def test_readers_cannot_check(
    client: Client, environment: Environment, source: ContentSource, public_site: list[str]
) -> None:
    """No button, and no look when they post all the same."""
    version = read(source, "one")
    publish(environment, source)
    client.force_login(make_person(Role.READER, site=environment.site))
    button = reverse("check-entry", args=[source.site.slug, version.pk])
    assert find(open_page(client, source), "form", action=button) == []
    assert client.post(button, {"environment": environment.slug}).status_code == 403
    assert public_site == []


def test_where_pages_name_no_version_there_is_no_button(
    client: Client, environment: Environment, source: ContentSource, editor: User
) -> None:
    """No claim could come of it."""
    ContentSource.objects.update(proof_meta="")
    version = read(source, "one")
    publish(environment, source)
    button = reverse("check-entry", args=[source.site.slug, version.pk])
    assert find(open_page(client, source), "form", action=button) == []
    assert client.post(button, {"environment": environment.slug}).status_code == 404


def test_each_environment_has_its_own_words(
    client: Client, environment: Environment, source: ContentSource, editor: User
) -> None:
    """Live on staging, waiting for the live site."""
    staging = make_environment(site=environment.site, slug="staging", name="Staging", position=1)
    read(source, "one")
    build = publish(staging, source)
    page = open_page(client, source)
    places = [words(place) for place in find(page, "li", **{"class": "bh-place"})]
    assert places[0].startswith("Live site Waiting")
    assert places[1].startswith(f"Staging Live Live in build {build.number} since")


def test_many_versions_come_a_page_at_a_time(client: Client, source: ContentSource, editor: User) -> None:
    """25 at once; the oldest is reached."""
    for number in range(30):
        read(source, f"text {number}")
    page = open_page(client, source)
    assert len(lines(page)) == 25
    [older] = find(page, "a", rel="next")
    assert len(lines(parse(client.get(older.attrib["href"])))) == 5


def test_the_page_costs_the_same_for_more_versions(
    client: Client,
    environment: Environment,
    source: ContentSource,
    editor: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    """A dozen queries, and 12 kB on the wire."""
    make_environment(site=environment.site, slug="staging", name="Staging")
    for number in range(20):
        read(source, f"text {number}")
        publish(environment, source)
    client.get(address(source))  # the number beside "Changes" is kept from now on
    with django_assert_max_num_queries(13):
        answer = client.get(address(source))
    assert packed(answer.content) <= 12 * 1024


def test_times_come_from_the_readings_where_the_cms_tells_none(
    client: Client, source: ContentSource, editor: User
) -> None:
    """It came after the last reading without it; nothing more is claimed."""
    with time_machine.travel(now() - timedelta(hours=2)):
        read(source, "one", changed_at=None, changed_by=None)
    read(source, "two", changed_at=None, changed_by=None)
    first, second = lines(open_page(client, source))
    assert first.startswith("Edited after today at") or first.startswith("Edited after yesterday at")
    assert second == "First version before the first reading"
