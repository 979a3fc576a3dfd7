"""A publish that was held back: the card, the pages that would vanish, and the last word."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from deploys.lifecycle import State
from deploys.models import Build, Environment, Role, SendAs, User
from tests.scenes import make_build, make_person, make_release
from tests.web import card_scenes, host_scenes
from tests.web.reading import find, parse, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(client: Client) -> tuple[Build, User]:
    """A build that would have taken 57 of 257 pages away; Ana, a publisher, is signed in."""
    environment, ana = host_scenes.held_back()
    client.force_login(ana)
    return newest(environment), ana


def newest(environment: Environment) -> Build:
    """The newest build."""
    return environment.builds.select_related("site", "environment").order_by("-number")[0]


def ask(build: Build) -> str:
    """The page that asks."""
    return reverse("ask-anyway", args=[build.site.slug, build.number])


def anyway(build: Build) -> str:
    """Where the last word is sent."""
    return reverse("publish-anyway", args=[build.site.slug, build.number])


def card_of(client: Client, environment: Environment) -> Any:
    """The publish card."""
    return find(parse(client.get(environment.get_absolute_url())), "section", id="publish")[0]


def test_the_card_is_calm_and_leads_on(client: Client, held: tuple[Build, User]) -> None:
    """Nothing was changed, although the last job had begun; see, try again, publish anyway, hide."""
    build, _ana = held
    card = card_of(client, build.environment)
    said = words(card)
    assert "Nothing was changed: visitors still see the version from" in said
    assert "This often means that the CMS was not read whole." in said
    assert "may see either version" not in said
    assert find(card, "a", href=f"{build.get_absolute_url()}#vanish")
    assert find(card, "a", href=ask(build))
    assert find(card, "button", id="do-retry")
    assert find(card, "button", id="do-hide")


def test_editors_read_whom_to_ask(client: Client) -> None:
    """The button stands there, off, with names."""
    environment, ana = host_scenes.held_back_unread()
    client.force_login(ana)
    card = card_of(client, environment)
    assert find(card, "button", id="ask-anyway")[0].attrib["aria-disabled"] == "true"
    assert "Your role does not allow this. Ask Tomás Lind." in words(card)


def test_lists_do_not_call_it_failed(client: Client, held: tuple[Build, User]) -> None:
    """The history keeps it apart from failures, and so do steps and timeline of its page."""
    build, _ana = held
    history = parse(client.get(f"/sites/{build.site.slug}/history/"))
    row = words(find(find(history, "table")[0], "tr")[1])
    assert "Held back: 57 of 257 pages would vanish" in row
    assert "Failed" not in row
    page = parse(client.get(build.get_absolute_url()))
    steps = find(page, "ol", **{"class": "bh-stages"})[0]
    assert words(find(steps, "li")[-1]).startswith("Going live: Held back")


def test_the_build_page_explains_and_lists(client: Client, held: tuple[Build, User]) -> None:
    """What happened, what visitors see, what to do, and the first pages as links to the site that still shows them."""
    build, _ana = held
    page = parse(client.get(build.get_absolute_url()))
    panel = words(find(page, "section", **{"aria-labelledby": "why"})[0])
    assert "lacks 57 of the 257 pages that visitors see" in panel
    assert "Nothing has changed for them." in panel
    section = find(page, "section", id="vanish")[0]
    assert "57 pages would vanish" in words(section)
    assert len(find(section, "li")) == 20
    assert find(section, "a", href="https://harbourmuseum.example/news/0/")
    every = parse(client.get(f"{build.get_absolute_url()}?pages=all"))
    rows = [words(row) for row in find(find(every, "section", id="vanish")[0], "li")]
    assert len(rows) == 57
    assert rows[-1] == "Opening hours /hours/"


def test_the_last_word_asks_first_and_then_publishes(
    client: Client, held: tuple[Build, User], told: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    """The page names the number and lists the pages; the press makes a build that goes on; twice is once."""
    build, ana = held
    page = client.get(ask(build)).content.decode()
    assert "Publish anyway: 57 pages vanish" in page
    assert "Keep the current version" in page
    fields = {"key": "once"}
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(anyway(build), fields)
        assert answer["Location"] == build.environment.get_absolute_url()
    made = newest(build.environment)
    assert (made.anyway, made.retry_of, made.requested_by) == (True, build, ana)
    assert build.environment.builds.count() == 3
    assert ("builds.tasks.start_build", made.pk) in told


def test_a_page_that_stood_open_starts_nothing(client: Client, held: tuple[Build, User]) -> None:
    """When a later publish went well, the old question is void, on the page and in the answer to a press."""
    build, _ana = held
    make_release(build=make_build(environment=build.environment, state=State.SUCCEEDED))
    assert "A later publish has taken the place of this one" in client.get(ask(build)).content.decode()
    client.post(anyway(build), {"key": "late"})
    assert not Build.objects.filter(anyway=True).exists()
    assert "nothing was started" in client.get(build.environment.get_absolute_url()).content.decode()


def test_those_who_may_not_cannot_send_it(client: Client, held: tuple[Build, User]) -> None:
    """A forged press of an editor makes no build and names whom to ask."""
    build, _ana = held
    client.force_login(make_person(Role.EDITOR, site=build.site))
    client.post(anyway(build))
    assert not Build.objects.filter(anyway=True).exists()
    assert "Ask Ana Ribeiro" in client.get(build.environment.get_absolute_url()).content.decode()


def test_a_build_service_that_takes_nothing_is_told_by_a_developer(client: Client, held: tuple[Build, User]) -> None:
    """The button is off with the way around; a forged press says the same."""
    build, _ana = held
    Environment.objects.filter(pk=build.environment_id).update(send_as=SendAs.NONE)
    assert "BUILDHUB_ANYWAY" in client.get(ask(build)).content.decode()
    client.post(anyway(build))
    assert not Build.objects.filter(anyway=True).exists()
    assert "BUILDHUB_ANYWAY" in client.get(build.environment.get_absolute_url()).content.decode()


def test_an_earlier_version_that_was_held_back_is_no_publish(client: Client) -> None:
    """A bring back goes on as a bring back: its card speaks of neither the CMS nor of publishing anyway."""
    environment, ana = card_scenes.place(target=host_scenes.TARGET)
    earlier = card_scenes.live_since(environment, ana)
    facts = {"count": 90, "removed": ["a/index.html"], "detail": "Held back"}
    build = make_build(
        environment=environment, state=State.FAILED, error_class="held_back", error_facts=facts, brings_back=earlier
    )
    client.force_login(ana)
    card = card_of(client, environment)
    assert "Held back: much of the site would vanish" in words(card)
    assert "CMS was not read whole" not in words(card)
    assert not find(card, "a", id="ask-anyway")
    assert find(card, "a", href=reverse("bring-back", args=[environment.site.slug, earlier.number]))
    page = parse(client.get(build.get_absolute_url()))
    assert "Going live: Held back" in words(find(page, "ol", **{"class": "bh-stages"})[0])
    assert client.get(ask(build)).status_code == 404


def test_other_builds_have_no_such_page(client: Client) -> None:
    """A plain failure cannot be published anyway."""
    environment, ana = card_scenes.failed()
    build = newest(environment)
    client.force_login(ana)
    assert client.get(ask(build)).status_code == 404
    assert client.post(anyway(build)).status_code == 404
