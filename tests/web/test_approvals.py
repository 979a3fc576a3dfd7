"""Four eyes on the pages: who sees which buttons, what is read before an approval, and both answers."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from deploys.lifecycle import State
from deploys.models import Build, Environment, EnvironmentKind, Release, Role
from tests import content_scenes
from tests.scenes import make_build, make_environment, make_person, make_release
from tests.web import ask_scenes, pause_scenes
from tests.web.reading import HTMX, find, form_to, parse, words

pytestmark = pytest.mark.django_db


def address(build: Build, name: str = "approval") -> str:
    """Where the page is, or an answer goes."""
    return reverse(name, args=[build.site.slug, build.number])


def waiting_in(environment: Environment) -> Build:
    """The build that waits."""
    return environment.builds.in_line().get()


def card_of(client: Client, environment: Environment) -> Element:
    """The publish card."""
    return find(parse(client.get(environment.get_absolute_url())), "section", id="publish")[0]


def test_who_can_approve_has_both_answers(client: Client) -> None:
    """They lead to the page that shows what is in it; no way to join, which would take the right away."""
    environment, ana = ask_scenes.to_approve()
    client.force_login(ana)
    card, build = card_of(client, environment), waiting_in(environment)
    assert words(find(card, "a", id="ask-approve")[0]) == "Approve and publish"
    assert find(card, "a", id="ask-approve")[0].attrib["href"] == address(build)
    assert find(card, "a", id="ask-decline")[0].attrib["href"] == f"{address(build)}#decline"
    assert not find(card, "a", id="do-publish")
    assert not find(card, "button", id="do-publish")
    page = parse(client.get(build.get_absolute_url()))
    assert find(page, "a", id="ask-approve")
    assert "To approve" in words(page)


def test_who_asked_reads_who_can_approve(client: Client) -> None:
    """And can leave the line, but answer nothing."""
    environment, ana = ask_scenes.asked_by_me()
    client.force_login(ana)
    card, build = card_of(client, environment), waiting_in(environment)
    assert "Tomás Lind can approve it." in words(card)
    assert "Leave the line" in words(card)
    assert not find(card, "a", id="ask-decline")
    page = parse(client.get(address(build)))
    assert "Tomás Lind can approve it." in words(page)
    assert not find(page, "button", id="do-approve")
    assert not find(page, "button", id="do-decline")
    client.post(address(build, "approve-build"))
    client.post(address(build, "decline-build"), {"reason": "mine"})
    build.refresh_from_db()
    assert (build.state, build.approved_by) == (State.QUEUED, None)


def test_others_can_join(client: Client) -> None:
    """Through the question, as other people's changes go live; they are named on the page then."""
    environment, rui = ask_scenes.others_to_approve()
    client.force_login(rui)
    card = card_of(client, environment)
    assert words(find(card, "a", id="do-publish")[0]) == "Publish mine too"
    question = reverse("ask-publish", args=[environment.site.slug, environment.slug])
    asked = parse(client.get(question))
    assert "A second person has to approve it before it goes live." in words(asked)
    press = reverse("request-build", args=[environment.site.slug, environment.slug])
    client.post(press, form_to(asked, press))
    assert "Your publish waits for a second person" in words(card_of(client, environment))
    assert "Rui Costa asked for it" in words(parse(client.get(address(waiting_in(environment)))))


def test_the_page_shows_every_change_before_the_answer(client: Client) -> None:
    """Word by word, with the base; approving lets the build go."""
    environment, ana = ask_scenes.to_approve()
    client.force_login(ana)
    build = waiting_in(environment)
    page = parse(client.get(address(build)))
    main = words(find(page, "main")[0])
    assert words(find(page, "h1")[0]) == "Mei Okafor asks to publish 7 changes"
    assert "Mei Okafor asked for it today at" in main
    assert "Compared with what visitors see now: build 1" in main
    assert len([one for one in find(page, "details") if one.attrib.get("id", "").startswith("c")]) == 7
    assert find(page, "ins")
    there = address(build, "approve-build")
    answer = client.post(there, form_to(page, there), follow=True)
    assert "You approved build 2." in words(parse(answer))
    build.refresh_from_db()
    assert build.approved_by == ana
    assert "next in line" in words(card_of(client, environment))
    assert "Started by Mei Okafor" in words(parse(client.get(build.get_absolute_url())))
    assert "approved by Ana Ribeiro" in words(parse(client.get(build.get_absolute_url())))


def test_filters_keep_what_is_approved(client: Client) -> None:
    """A filtered list, or one with technical changes, is still the same seven changes."""
    environment, ana = ask_scenes.to_approve()
    client.force_login(ana)
    build = waiting_in(environment)
    there = address(build, "approve-build")
    fields = form_to(parse(client.get(f"{address(build)}?show=removed&technical=1")), there)
    client.post(there, fields)
    build.refresh_from_db()
    assert build.approved_by == ana


def test_what_was_saved_meanwhile_has_to_be_read_first(client: Client) -> None:
    """The answer leads back to the page, which lists it."""
    environment, ana = ask_scenes.to_approve()
    client.force_login(ana)
    build = waiting_in(environment)
    there = address(build, "approve-build")
    fields = form_to(parse(client.get(address(build))), there)
    content_scenes.edit_again(environment.site)
    page = parse(client.post(there, fields, follow=True))
    assert "Something was saved while you were reading." in words(page)
    assert words(find(page, "h1")[0]) == "Mei Okafor asks to publish 8 changes"
    build.refresh_from_db()
    assert build.approved_by is None
    client.post(there, form_to(page, there))
    build.refresh_from_db()
    assert build.approved_by == ana


def test_declining_needs_a_reason_that_everybody_reads(client: Client) -> None:
    """On the card, in the lists and on the build's page; the form comes back without one."""
    environment, ana = ask_scenes.to_approve()
    client.force_login(ana)
    build = waiting_in(environment)
    there = address(build, "decline-build")
    fields = form_to(parse(client.get(address(build))), there)
    refused = client.post(there, fields | {"reason": " "})
    assert refused.status_code == 422
    assert "Say why, so that it can be put right." in words(parse(refused))
    client.post(there, fields | {"reason": "The prices are last year's"})
    client.force_login(ask_scenes.mei_of(environment))
    card = words(card_of(client, environment))
    assert "Declined before going live" in card
    assert "Ana Ribeiro declined this publish" in card
    assert "“The prices are last year's”" in card
    for page in (environment.get_absolute_url(), reverse("history", args=[environment.site.slug])):
        assert "Declined: “The prices are last year's”" in words(parse(client.get(page)))
    assert "declined by Ana Ribeiro: “The prices are last year's”" in words(parse(client.get(build.get_absolute_url())))


def test_a_link_to_what_waits_no_more_leads_to_the_build(client: Client) -> None:
    """Its page says what became of it; a late answer changes nothing and says so."""
    environment, ana = ask_scenes.declined()
    build = environment.builds.get(state=State.CANCELED)
    client.force_login(ask_scenes.mei_of(environment))
    assert client.get(address(build))["Location"] == build.get_absolute_url()
    client.force_login(ana)
    answer = client.post(address(build, "approve-build"), follow=True)
    assert "does not wait for a second person any more" in words(parse(answer))
    assert client.post(address(build, "decline-build"), {"reason": ""})["Location"] == build.get_absolute_url()


def test_before_the_first_publish_there_is_nothing_to_compare(client: Client) -> None:
    """It can be approved all the same."""
    environment, ana = ask_scenes.to_approve()
    Environment.objects.update(live_release=None)
    Release.objects.all().delete()
    client.force_login(ana)
    build = waiting_in(environment)
    page = parse(client.get(address(build)))
    assert "Nothing has been published yet, so everything goes live." in words(page)
    there = address(build, "approve-build")
    client.post(there, form_to(page, there))
    build.refresh_from_db()
    assert build.approved_by == ana


def test_a_copy_of_staging_shows_what_visitors_will_see(client: Client) -> None:
    """Its page has the effect of the copy in place of the waiting changes."""
    environment, ana = ask_scenes.up_to_approve()
    Environment.objects.filter(pk=environment.pk).update(target="/srv/live")
    staging = make_environment(
        site=environment.site, slug="staging", name="Staging", kind=EnvironmentKind.STAGING, target="/srv/staging"
    )
    original = make_build(environment=staging, state=State.SUCCEEDED)
    make_release(build=original)
    tomas = pause_scenes.admin_of(environment)
    copy = make_build(environment=environment, promotes=original, requested_by=tomas)
    client.force_login(ana)
    assert "Copying the version of Staging here." in words(card_of(client, environment))
    page = parse(client.get(address(copy)))
    assert words(find(page, "h1")[0]) == "Tomás Lind asks to publish a version that is built already"
    assert "What visitors will see" in words(page)
    there = address(copy, "approve-build")
    client.post(there, form_to(page, there))
    copy.refresh_from_db()
    assert copy.approved_by == ana


def test_the_next_publish_can_be_approved_while_one_runs(client: Client) -> None:
    """The card of what runs says so and leads there."""
    environment, ana = ask_scenes.to_approve_behind()
    client.force_login(ana)
    link = find(card_of(client, environment), "a", id="ask-approve")[0]
    assert words(link) == "Look at the next publish"
    assert link.attrib["href"] == address(waiting_in(environment))


def test_the_card_costs_few_queries(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    """Two more for the names of those who can approve."""
    environment, ana = ask_scenes.asked_by_me()
    client.force_login(ana)
    client.get(environment.get_absolute_url())
    with django_assert_max_num_queries(17):
        client.get(f"{environment.get_absolute_url()}card/", **HTMX)


@pytest.mark.parametrize("name", ["approve-build", "decline-build"])
def test_answers_need_a_post_and_a_member(client: Client, name: str) -> None:
    """A link changes nothing; strangers learn nothing."""
    environment, ana = ask_scenes.to_approve()
    build = waiting_in(environment)
    client.force_login(ana)
    assert client.get(address(build, name)).status_code == 405
    client.force_login(make_person(Role.ADMIN))
    answers: list[Any] = [client.get(address(build)), client.post(address(build, name), {"reason": "x"})]
    assert [answer.status_code for answer in answers] == [404, 404]
