"""Pressing buttons: twice, late, without the right, with htmx and without."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import Build, Role
from tests.scenes import make_build, make_person
from tests.web import card_scenes
from tests.web.reading import HTMX, form_to, parse, press

pytestmark = pytest.mark.django_db


def test_a_press_makes_a_build_and_tells_the_worker(
    client: Client, told: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    """A plain form answers with a redirect to the page; the worker is told on commit."""
    environment, ana = card_scenes.ready()
    client.force_login(ana)
    page = environment.get_absolute_url()
    with django_capture_on_commit_callbacks(execute=True):
        answer = press(client, page, f"{page}request/")
    assert (answer.status_code, answer["Location"]) == (302, page)
    build = environment.builds.get(state=State.QUEUED)
    assert build.requested_by == ana
    assert told == [("builds.tasks.start_build", build.pk)]


def test_the_same_key_twice_is_one_build(client: Client) -> None:
    """A double press posts the same form twice."""
    environment, ana = card_scenes.first_run()
    client.force_login(ana)
    page = environment.get_absolute_url()
    fields = form_to(parse(client.get(page)), f"{page}request/")
    for _ in range(2):
        client.post(f"{page}request/", fields)
    assert environment.builds.count() == 1


def test_a_stale_page_gets_a_friendly_word(client: Client) -> None:
    """A build began that this page did not know: nothing is started, and the card says who pressed."""
    environment, ana = card_scenes.first_run()
    client.force_login(ana)
    page = environment.get_absolute_url()
    fields = form_to(parse(client.get(page)), f"{page}request/")
    mei = make_person(Role.EDITOR, site=environment.site, first_name="Mei", last_name="Okafor")
    make_build(environment=environment, state=State.RUNNING, requested_by=mei)
    answer = client.post(f"{page}request/", fields, **HTMX)
    assert answer.status_code == 200
    assert "Mei Okafor pressed Publish just now; that publish is under way." in answer.content.decode()
    assert environment.builds.count() == 1


def test_the_friendly_word_reaches_plain_forms_too(client: Client) -> None:
    """Without script the word stands on the page after the redirect."""
    environment, ana = card_scenes.first_run()
    client.force_login(ana)
    page = environment.get_absolute_url()
    fields = form_to(parse(client.get(page)), f"{page}request/")
    make_build(environment=environment, state=State.RUNNING)
    answer = client.post(f"{page}request/", fields, follow=True)
    assert "A publish began just now and is under way." in answer.content.decode()


def test_publish_mine_after_this_waits_in_line(client: Client) -> None:
    """The button beside another person's build makes one that waits, and then offers to leave the line."""
    environment, ana = card_scenes.someone_else()
    client.force_login(ana)
    page = environment.get_absolute_url()
    answer = press(client, page, f"{page}request/", **HTMX)
    assert "Your publish is next in line; it starts in about" in answer.content.decode()
    assert "Leave the line" in answer.content.decode()
    assert environment.builds.in_line().count() == 1


def test_htmx_gets_the_card_with_the_focus_on_its_headline(client: Client) -> None:
    """After a press the focus goes to the sentence that says what happened."""
    environment, ana = card_scenes.first_run()
    client.force_login(ana)
    page = environment.get_absolute_url()
    answer = press(client, page, f"{page}request/", **HTMX)
    content = answer.content.decode()
    assert content.startswith('<section id="publish"')
    assert '<h1 id="say" tabindex="-1" autofocus>You are next in line</h1>' in content
    assert "builds-changed" in answer["HX-Trigger"]


def test_a_reader_who_posts_anyway_reads_whom_to_ask(client: Client) -> None:
    """A forged press starts nothing and is answered in words."""
    environment, reader = card_scenes.may_not_publish()
    client.force_login(reader)
    before = environment.builds.count()
    page = environment.get_absolute_url()
    answer = client.post(f"{page}request/", {"key": "k"}, **HTMX)
    assert "Ask Tomás Lind" in answer.content.decode()
    assert environment.builds.count() == before


def test_strangers_get_404(client: Client) -> None:
    """Who is no member does not even learn that the site exists."""
    environment, _ana = card_scenes.ready()
    client.force_login(make_person(None))
    page = environment.get_absolute_url()
    build = environment.builds.get()
    addresses = [page, f"{page}card/", f"{page}recent/", build.get_absolute_url()]
    addresses += [f"{build.get_absolute_url()}live/", f"{build.get_absolute_url()}log.txt"]
    assert {client.get(address).status_code for address in addresses} == {404}
    assert client.post(f"{page}request/").status_code == 404
    assert client.post(f"{build.get_absolute_url()}cancel/").status_code == 404


@pytest.mark.parametrize("word", ["cancel", "retry", "stop-and-retry", "look-again", "keep-waiting", "hide"])
def test_what_changes_something_needs_a_post(word: str, client: Client) -> None:
    """A link or a prefetch changes nothing."""
    environment, ana = card_scenes.failed()
    client.force_login(ana)
    build = environment.builds.first()
    assert build is not None
    assert client.get(f"{build.get_absolute_url()}{word}/").status_code == 405


def test_leaving_the_line_stops_the_build(client: Client) -> None:
    """A build in line is stopped at once."""
    environment, ana = card_scenes.queued()
    client.force_login(ana)
    build = environment.builds.in_line().get()
    answer = press(client, environment.get_absolute_url(), f"{build.get_absolute_url()}cancel/", **HTMX)
    build.refresh_from_db()
    assert build.state == State.CANCELED
    assert "Stopped before going live" in answer.content.decode()


def test_stopping_too_late_is_a_word_and_no_error(client: Client) -> None:
    """The page was older than the build's end."""
    environment, ana = card_scenes.building()
    client.force_login(ana)
    build = environment.builds.active().get()
    card_scenes.job(build, card_scenes.Step.GOING_LIVE, "running")
    answer = client.post(f"{build.get_absolute_url()}cancel/", **HTMX)
    assert "It was too late to stop" in answer.content.decode()


def test_try_again_leads_from_the_build_page_to_the_new_build(client: Client) -> None:
    """A plain form on the build page redirects to the build that it made."""
    environment, ana = card_scenes.failed()
    client.force_login(ana)
    build = environment.builds.first()
    assert build is not None
    address = f"{build.get_absolute_url()}retry/"
    answer = press(client, build.get_absolute_url(), address)
    new = Build.objects.get(retry_of=build)
    assert answer["Location"] == new.get_absolute_url()


def test_whoever_keeps_waiting_puts_the_notice_off(client: Client) -> None:
    """The card says again how far the build is, for everybody, and the timeline who waits; silence wins in the end."""
    environment, ana = card_scenes.stuck()
    client.force_login(ana)
    build = environment.builds.active().get()
    answer = press(client, environment.get_absolute_url(), f"{build.get_absolute_url()}keep-waiting/", **HTMX)
    assert 'data-state="building"' in answer.content.decode()
    assert build.events.filter(note="Ana Ribeiro keeps waiting for it", actor=ana).exists()
    with time_machine.travel(now() + timedelta(minutes=6)):
        answer = client.get(f"{environment.get_absolute_url()}card/", **HTMX)
    assert 'data-state="stuck"' in answer.content.decode()


def test_who_may_not_publish_cannot_keep_others_waiting(client: Client) -> None:
    """A forged press is answered with whom to ask."""
    environment, _ana = card_scenes.stuck()
    reader = make_person(Role.READER, site=environment.site)
    client.force_login(reader)
    build = environment.builds.active().get()
    answer = client.post(f"{build.get_absolute_url()}keep-waiting/", **HTMX)
    build.refresh_from_db()
    assert build.patient_until is None
    assert "Your role does not allow publishing here" in answer.content.decode()


def test_hiding_a_failure_shows_how_things_rest(client: Client) -> None:
    """The card falls back to what visitors see."""
    environment, ana = card_scenes.failed()
    client.force_login(ana)
    build = environment.builds.first()
    assert build is not None
    answer = client.post(f"{build.get_absolute_url()}hide/", **HTMX)
    assert 'data-state="ready"' in answer.content.decode()


def test_an_unknown_outcome_is_decided_by_a_person(
    client: Client, told: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    """Looking again has GitLab searched for it; trying again stops the old build and makes a new one."""
    environment, ana = card_scenes.unknown()
    client.force_login(ana)
    build = environment.builds.active().get()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{build.get_absolute_url()}look-again/", **HTMX)
    assert told == [("builds.tasks.settle_build", build.pk)]
    assert build.events.filter(note="Ana Ribeiro asked to look again", actor=ana).exists()
    client.post(f"{build.get_absolute_url()}stop-and-retry/", {"key": "again"}, **HTMX)
    build.refresh_from_db()
    assert build.state == State.CANCELED
    assert Build.objects.get(retry_of=build).state == State.QUEUED


def test_a_form_without_its_token_is_refused_in_words() -> None:
    """The CSRF refusal has a page of our look with a way back."""
    environment, ana = card_scenes.ready()
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    answer = client.post(f"{environment.get_absolute_url()}request/", {"key": "k"})
    assert answer.status_code == 403
    assert "This page was open for too long" in answer.content.decode()
