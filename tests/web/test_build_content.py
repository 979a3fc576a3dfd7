"""What was in a build, on its page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from django.test import Client
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from deploys.lifecycle import State
from deploys.models import Build, ContentSource, Environment, Role
from tests import content_scenes
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
from tests.web.reading import HTMX, find, packed, parse, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def environment(client: Client) -> Environment:
    """A live site, and an editor who looks."""
    found = make_environment()
    client.force_login(make_person(Role.EDITOR, site=found.site))
    return found


def live_before(environment: Environment) -> Build:
    """The build that carried the museum's content before the morning."""
    first = make_build(environment=environment, state=State.SUCCEEDED)
    content_scenes.publish(first)
    make_release(build=first)
    return first


def open_page(client: Client, build: Build) -> Element:
    """Open the page of a build."""
    return parse(client.get(build.get_absolute_url()))


def section(page: Element, name: str) -> str:
    """The words of a section."""
    return words(find(page, "section", **{"aria-labelledby": name})[0])


def test_it_lists_what_the_build_changed(client: Client, environment: Environment) -> None:
    """Against the build that visitors saw before, with the way to the comparison."""
    first = live_before(environment)
    content_scenes.edit(environment.site)
    second = make_build(environment=environment, state=State.SUCCEEDED, base=first)
    content_scenes.carry_now(second)
    page = open_page(client, second)
    said = section(page, "inb")
    assert "Opening hours Edited · Page Ana Ribeiro" in said
    assert "Low tide walk, 14 November Removed" in said
    assert "5 edited · 1 new · 1 removed · Content as it was today at" in said
    assert said.startswith("What was in it")
    [link] = find(page, "a", id="compare-all")
    assert words(link) == "Compare all 7"
    assert client.get(link.attrib["href"]).status_code == 200


def test_ten_are_listed(client: Client, environment: Environment) -> None:
    """The rest is on the Compare page."""
    first = live_before(environment)
    source = content_scenes.source_of(environment.site)
    store_entries(source, [*content_scenes.before().values(), *(make_entry(f"page-{n}") for n in range(30))])
    second = make_build(environment=environment, state=State.SUCCEEDED, base=first)
    content_scenes.carry_now(second)
    page = open_page(client, second)
    assert len(find(find(page, "section", **{"aria-labelledby": "inb"})[0], "li")) == 10
    assert words(find(page, "a", id="compare-all")[0]) == "Compare all 30"


def test_the_first_build_changed_everything(client: Client, environment: Environment) -> None:
    """It is said in a number, not in a list."""
    said = section(open_page(client, live_before(environment)), "inb")
    assert "Everything: it was the first build with known content, 7 entries." in said


def test_what_was_saved_while_it_ran_is_named(client: Client, environment: Environment) -> None:
    """It may be in this build or wait for the next; nobody knows."""
    first = live_before(environment)
    content_scenes.edit(environment.site)
    second = make_build(environment=environment, state=State.SUCCEEDED, base=first)
    content_scenes.carry_now(second)
    content_scenes.edit_again(environment.site)
    source = ContentSource.objects.get(site=environment.site)
    second.contents.update(seq_after=source.seq)
    said = section(open_page(client, second), "saved")
    assert said.startswith("Saved while it ran in this build or waiting for the next")
    assert "Contact New · Page Mei Okafor" in said
    assert "Footer Edited" in said


def test_a_build_with_the_same_content_says_so(client: Client, environment: Environment) -> None:
    """No empty list."""
    first = live_before(environment)
    second = make_build(environment=environment, state=State.SUCCEEDED, base=first)
    content_scenes.carry_now(second)
    assert "No content changed." in section(open_page(client, second), "inb")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.QUEUED, "What it carries is known when the content has been read."),
        (State.SUCCEEDED, "Nobody knows: Buildhub had not read the content when this build ran."),
    ],
)
def test_a_build_without_content_says_so_plainly(
    state: State, expected: str, client: Client, environment: Environment
) -> None:
    """Nothing is guessed."""
    build = make_build(environment=environment, state=state)
    assert expected in section(open_page(client, build), "inb")


def test_an_unknown_base_is_said(client: Client, environment: Environment) -> None:
    """The build before had no known content."""
    first = make_build(environment=environment, state=State.SUCCEEDED)
    source = make_source(site=environment.site)
    store_entries(source, [make_entry()])
    second = make_build(environment=environment, state=State.SUCCEEDED, base=first)
    carry(second, source)
    said = section(open_page(client, second), "inb")
    assert f"what was in build {first.number} before it is not known." in said


def test_titles_are_text(client: Client, environment: Environment) -> None:
    """Whatever an editor typed."""
    first = live_before(environment)
    source = content_scenes.source_of(environment.site)
    hostile: Any = "<script>alert(1)</script>"
    store_entries(source, [*content_scenes.before().values(), make_entry("x", title=hostile, changed_by=hostile)])
    second = make_build(environment=environment, state=State.SUCCEEDED, base=first)
    content_scenes.carry_now(second)
    page = open_page(client, second)
    assert hostile in section(page, "inb")
    assert not [script for script in find(page, "script") if "src" not in script.attrib]


def test_the_poll_does_not_pay_for_it(client: Client, environment: Environment) -> None:
    """The lists are outside of what is asked for again and again."""
    first = live_before(environment)
    build = make_build(environment=environment, state=State.RUNNING, base=first, requested_at=now())
    content_scenes.carry_now(build)
    page = open_page(client, build)
    assert "What is in it" in words(find(page, "main")[0])
    answer = client.get(f"{build.get_absolute_url()}live/", **HTMX).content.decode()
    assert "What is in it" not in answer


def test_the_page_costs_the_same_for_more_entries(
    client: Client, environment: Environment, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Two hundred changes are as many queries as two, and 12 kB on the wire."""
    first = live_before(environment)
    source = content_scenes.source_of(environment.site)
    entries = [make_entry(f"page-{n}", changed_at=now() - timedelta(minutes=n)) for n in range(200)]
    store_entries(source, [*content_scenes.before().values(), *entries])
    second = make_build(environment=environment, state=State.SUCCEEDED, base=first)
    content_scenes.carry_now(second)
    client.get(second.get_absolute_url())
    with django_assert_max_num_queries(19):
        answer = client.get(second.get_absolute_url())
    assert packed(answer.content) <= 12 * 1024
