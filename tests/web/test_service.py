"""The page that says whether GitLab answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from deploys.models import Environment, GitLabProject, Role
from tests.scenes import make_person
from tests.web import card_scenes
from tests.web.reading import HTMX, find, parse, press

pytestmark = pytest.mark.django_db


def address(environment: Environment, name: str = "service") -> str:
    """The page of the environment's GitLab."""
    return reverse(name, args=[environment.site.slug, environment.slug])


def test_the_card_leads_to_it_and_it_says_since_when(client: Client) -> None:
    """What editors read: the sentence, since when, and no setting that is not theirs."""
    environment, ana = card_scenes.service_down()
    client.force_login(ana)
    card = client.get(environment.get_absolute_url()).content.decode()
    assert f'href="{address(environment)}"' in card
    words = client.get(address(environment)).content.decode()
    assert "The build service is not answering. We try again by ourselves." in words
    assert "Like this since" in words
    assert "firewall" not in words


def test_admins_read_the_setting(client: Client) -> None:
    """And GitLab's own words beside it."""
    environment, _ana = card_scenes.service_down()
    GitLabProject.objects.update(trouble_note="No answer within 10 seconds.")
    client.force_login(make_person(Role.ADMIN, site=environment.site))
    words = client.get(address(environment)).content.decode()
    assert "Check that GitLab is up" in words
    assert "No answer within 10 seconds." in words


def test_asking_again_wakes_the_worker(client: Client, told: list[Any]) -> None:
    """A press tells the worker, and the page says that the answer comes."""
    environment, ana = card_scenes.service_down()
    client.force_login(ana)
    answer = press(client, address(environment), address(environment, "ask-again"))
    assert answer["Location"] == address(environment)
    assert told == [("builds.tasks.observe_project", environment.gitlab_project_id)]
    assert "Asking now." in client.get(address(environment)).content.decode()


def test_readers_see_it_and_cannot_have_it_asked(client: Client, told: list[Any]) -> None:
    """No button, and a forged press tells whom to ask."""
    environment, _ana = card_scenes.service_down()
    client.force_login(make_person(Role.READER, site=environment.site))
    assert "Ask again now" not in client.get(address(environment)).content.decode()
    client.post(address(environment, "ask-again"))
    assert told == []
    assert "Your role does not allow publishing here." in client.get(address(environment)).content.decode()


def test_the_poll_is_silent_until_something_is_known(client: Client) -> None:
    """204 while the page shows what is known; the whole region when GitLab answered."""
    environment, ana = card_scenes.service_down()
    client.force_login(ana)
    region = find(parse(client.get(address(environment))), "section", id="service")[0].attrib
    assert client.get(region["hx-get"], **HTMX).status_code == 204
    GitLabProject.objects.update(trouble="", trouble_since=None, heard_at=now() + timedelta(seconds=2))
    answer = client.get(region["hx-get"], **HTMX)
    assert answer.content.decode().startswith('<section id="service"')
    assert "The build service answers" in answer.content.decode()


def test_gitlab_coms_own_status_page_is_linked(client: Client) -> None:
    """Other GitLabs have none that everybody can open."""
    environment, ana = card_scenes.service_down()
    client.force_login(ana)
    assert "status.gitlab.com" not in client.get(address(environment)).content.decode()
    GitLabProject.objects.update(url="https://gitlab.com")
    assert 'href="https://status.gitlab.com/"' in client.get(address(environment)).content.decode()


def test_strangers_and_places_without_gitlab_get_404(client: Client) -> None:
    """There is nothing to look at."""
    environment, ana = card_scenes.not_configured()
    client.force_login(ana)
    assert client.get(address(environment)).status_code == 404
    client.force_login(make_person(None))
    assert client.get(address(card_scenes.service_down()[0])).status_code == 404
