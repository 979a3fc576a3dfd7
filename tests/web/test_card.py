"""Every state of the publish card on the real page."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from deploys.models import Role
from tests.web import ask_scenes, card_scenes, copy_scenes, host_scenes, line_scenes, pause_scenes, schedule_scenes
from tests.web.card_scenes import Scene
from tests.web.reading import find, packed, parse, words

pytestmark = pytest.mark.django_db
FORBIDDEN = re.compile(r"\b(deploy|pipeline|artifact|commit|trigger|rollback|oops|please|invalid)", re.IGNORECASE)
SCENES = card_scenes.SCENES | host_scenes.SCENES | pause_scenes.SCENES | schedule_scenes.SCENES
SCENES |= copy_scenes.SCENES | ask_scenes.SCENES | line_scenes.SCENES


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_each_state(scene: Callable[[], Scene], client: Client) -> None:
    """It is the state and the sentence of the design, and the page keeps every rule that holds for all of them."""
    environment, person = scene()
    client.force_login(person)
    answer = client.get(environment.get_absolute_url())
    polled = client.get(f"{environment.get_absolute_url()}card/", HTTP_HX_REQUEST="true")
    page = parse(answer)
    card = find(page, "section", id="publish")[0]
    says(card, *SCENES[scene])
    assert len(find(page, "h1")) == 1
    has_no_word_of_builders(card)
    stays_within_the_budgets(answer.content, polled.content)
    off_buttons_say_why(page)
    keeps_the_focus(page, card)


def says(card: Element, state: str, sentence: str) -> None:
    """The card names its state in the data and says the sentence."""
    assert card.attrib["data-state"] == state
    assert sentence in words(card)
    assert card.attrib["data-title"].endswith("Harbour Museum")


def has_no_word_of_builders(card: Element) -> None:
    """No card speaks of pipelines, and none blames or begs."""
    assert not FORBIDDEN.search(words(card))
    assert "!" not in words(card)


def stays_within_the_budgets(page: bytes, polled: bytes) -> None:
    """Page and poll answer are small, and hold no inline style or script."""
    assert packed(page) <= 12 * 1024
    assert packed(polled) <= 2 * 1024
    for content in (page.decode(), polled.decode()):
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:|hx-on|data:", content)
        assert not re.search(r"<script(?![^>]*\ssrc=)", content)
    assert polled.strip() == polled


def off_buttons_say_why(page: Element) -> None:
    """What cannot be pressed stays focusable and points at a visible reason."""
    for button in find(page, "button"):
        if button.attrib.get("aria-disabled"):
            reason = find(page, "span", id=button.attrib["aria-describedby"])
            assert words(reason[0])
            assert "disabled" not in button.attrib


def keeps_the_focus(page: Element, card: Element) -> None:
    """What can take the focus in a polled region has an id of its own, so that a morph keeps it where it is."""
    ids = [element.attrib.get("id") for tag in ("a", "button") for element in find(card, tag)]
    assert all(ids)
    every_id = [element.attrib["id"] for element in page.iter() if "id" in element.attrib]
    assert len(every_id) == len(set(every_id))


@pytest.mark.parametrize(("scene", "most"), [("ready", 10), ("building", 12), ("queued", 12), ("failed", 11)])
def test_the_page_costs_few_queries(
    scene: str, most: int, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Session, person, environment, role, the card, the newest builds and the neighbours."""
    environment, person = getattr(card_scenes, scene)()
    client.force_login(person)
    with django_assert_max_num_queries(most):
        client.get(environment.get_absolute_url())


def test_more_builds_cost_no_more_queries(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """Ten builds more are read with the same queries."""
    environment, person = card_scenes.ready()
    client.force_login(person)
    with django_assert_num_queries(10):
        client.get(environment.get_absolute_url())
    for _ in range(10):
        card_scenes.live_since(environment, person)
    with django_assert_num_queries(10):
        client.get(environment.get_absolute_url())


def test_admins_read_which_settings_are_missing(client: Client) -> None:
    """The seed's case: names of settings for admins, a name to ask for everybody else."""
    environment, admin = card_scenes.place(Role.ADMIN, gitlab_project=None)
    client.force_login(admin)
    page = client.get(environment.get_absolute_url()).content.decode()
    assert "GITLAB_TRIGGER_TOKEN" in page
    environment, editor = card_scenes.place(Role.EDITOR, gitlab_project=None)
    client.force_login(editor)
    page = client.get(environment.get_absolute_url()).content.decode()
    assert "GITLAB_TRIGGER_TOKEN" not in page
    assert "Ask Tomás Lind" in page


def test_a_failure_that_may_have_touched_the_site_promises_nothing(client: Client) -> None:
    """When the last step had begun, nobody says that the live site was not touched."""
    environment, person = card_scenes.failed()
    build = environment.builds.first()
    assert build is not None
    card_scenes.job(build, card_scenes.Step.GOING_LIVE, "failed")
    client.force_login(person)
    page = client.get(environment.get_absolute_url()).content.decode()
    assert "visitors may see either version" in page
    assert "was not touched" not in page
