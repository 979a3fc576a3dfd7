"""Every state of the publish card on the real page."""

from __future__ import annotations

import re
from collections.abc import Callable

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
scenes = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)


@scenes
def test_each_state_says_its_words(scene: Callable[[], Scene], client: Client) -> None:
    """The card names its state in the data and says the sentence of the design, once, as the page's heading."""
    environment, person = scene()
    client.force_login(person)
    page = parse(client.get(environment.get_absolute_url()))
    state, sentence = SCENES[scene]
    card = find(page, "section", id="publish")[0]
    assert card.attrib["data-state"] == state
    assert sentence in words(card)
    assert len(find(page, "h1")) == 1
    assert card.attrib["data-title"].endswith("Harbour Museum")


@scenes
def test_editors_read_no_word_of_builders(scene: Callable[[], Scene], client: Client) -> None:
    """No card speaks of pipelines, and none blames or begs."""
    environment, person = scene()
    client.force_login(person)
    card = find(parse(client.get(environment.get_absolute_url())), "section", id="publish")[0]
    assert not FORBIDDEN.search(words(card))
    assert "!" not in words(card)


@scenes
def test_each_state_stays_within_the_budgets(scene: Callable[[], Scene], client: Client) -> None:
    """Page and poll answer are small, and hold no inline style or script."""
    environment, person = scene()
    client.force_login(person)
    page = client.get(environment.get_absolute_url())
    card = client.get(f"{environment.get_absolute_url()}card/", HTTP_HX_REQUEST="true")
    assert packed(page.content) <= 12 * 1024
    assert packed(card.content) <= 2 * 1024
    for content in (page.content.decode(), card.content.decode()):
        assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:|hx-on|data:", content)
        assert not re.search(r"<script(?![^>]*\ssrc=)", content)
    assert card.content.strip() == card.content


@scenes
def test_off_buttons_say_why(scene: Callable[[], Scene], client: Client) -> None:
    """What cannot be pressed stays focusable and points at a visible reason."""
    environment, person = scene()
    client.force_login(person)
    page = parse(client.get(environment.get_absolute_url()))
    for button in find(page, "button"):
        if button.attrib.get("aria-disabled"):
            reason = find(page, "span", id=button.attrib["aria-describedby"])
            assert words(reason[0])
            assert "disabled" not in button.attrib


@scenes
def test_what_can_take_focus_in_a_polled_region_has_an_id_of_its_own(
    scene: Callable[[], Scene], client: Client
) -> None:
    """So that a morph keeps the focus where it is."""
    environment, person = scene()
    client.force_login(person)
    page = parse(client.get(environment.get_absolute_url()))
    card = find(page, "section", id="publish")[0]
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
