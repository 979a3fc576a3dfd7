"""Bringing an earlier version back on the pages: the question, the press, refusals, undo, and the end of the hold."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils.timezone import now

from deploys.lifecycle import State
from deploys.models import Build, Environment, HostState, Page, ReleasePages, Role, User
from tests.scenes import make_build, make_person, make_release
from tests.web import card_scenes, copy_scenes
from tests.web.reading import HTMX, find, form_to, parse, press, words

pytestmark = pytest.mark.django_db


def question(environment: Environment, number: int = 1) -> str:
    """The address of the question about this build."""
    return f"/sites/{environment.site.slug}/builds/{number}/bring-back/"


def read(client: Client, environment: Environment, person: User, number: int = 1) -> str:
    """What the page says."""
    client.force_login(person)
    return words(find(parse(client.get(question(environment, number))), "main")[0])


def keep_pages(build: Build, count: int, *, without: str = "") -> None:
    """The release of the build has so many pages."""
    pages = {f"p{n}/index.html": Page(1, str(n)) for n in range(count)} | {"index.html": Page(1, "front")}
    pages.pop(without, None)
    ReleasePages.keep(build.release, pages)


def test_the_question_says_what_goes_offline(client: Client) -> None:
    """Entries that vanish come first, each with its fate; pages are counted and named by address."""
    said = read(client, *copy_scenes.kept())
    assert re.search(r"Bring back the version from .+ at \d\d:\d\d\?", said)
    assert "7 changes will no longer be visible; they stay saved in the CMS" in said
    assert said.index("Goes offline · News") < said.index("Earlier text · Page") < said.index("Comes back · Event")
    assert "1 page goes offline /lens/" in said
    assert "1 page comes back /low-tide/" in said
    assert "2 pages look as they did then" in said
    assert "usually within a few seconds: nothing is built" in said


def test_a_later_version_brings_its_changes_back(client: Client) -> None:
    """While an earlier version is live, the way to the newer one takes nothing offline."""
    environment, person = copy_scenes.kept()
    Environment.objects.filter(pk=environment.pk).update(live_release=environment.builds.get(number=1).release)
    newest = environment.releases.order_by("-build__number")[0].build
    said = read(client, environment, person, newest.number)
    assert "7 changes will be visible" in said
    assert "Later text · Page" in said
    assert "no longer be visible" not in said


def test_the_question_says_what_follows(client: Client) -> None:
    """That automatic publishing pauses, and how it is undone."""
    said = read(client, *copy_scenes.kept())
    assert "Automatic publishing (schedules, CMS events) pauses until somebody publishes the latest version" in said
    assert "You can undo this within 10 minutes, or publish the latest version at any time." in said


def test_a_build_under_way_is_named(client: Client) -> None:
    """It goes live first."""
    environment, ana = copy_scenes.kept()
    make_build(environment=environment, state=State.RUNNING)
    said = read(client, environment, ana)
    assert "Build 3 is on its way. It goes live first; then this version replaces it." in said


def test_bringing_the_newest_version_back_pauses_nothing(client: Client) -> None:
    """It ends the pause instead."""
    environment, ana = copy_scenes.brought_back()
    said = read(client, environment, ana, 2)
    assert "This is the latest version, so automatic publishing goes on afterwards." in said
    assert "pauses" not in said


def test_unknown_pages_are_not_spoken_of(client: Client) -> None:
    """Nothing is invented where the pages of one version are not stored."""
    environment, ana = copy_scenes.kept()
    ReleasePages.objects.all().delete()
    said = read(client, environment, ana)
    assert "offline /" not in said
    assert "7 changes" in said


def test_unknown_content_is_said(client: Client) -> None:
    """Where nobody knows what a version holds."""
    environment, ana = copy_scenes.kept()
    environment.builds.get(number=1).contents.all().delete()
    assert "We cannot say which content differs" in read(client, environment, ana)


@pytest.mark.parametrize(
    ("then", "since", "without", "warning"),
    [
        (10, 10, "", ""),
        (8, 10, "", ""),
        (7, 10, "", "3 of 11 pages would go offline."),
        (10, 10, "index.html", "The front page would go offline."),
    ],
)
def test_much_that_goes_offline_is_a_warning_that_the_press_confirms(
    then: int, since: int, without: str, warning: str, client: Client
) -> None:
    """More than a fifth of the pages, or the front page: the form carries the word that this is meant."""
    environment, ana = copy_scenes.kept()
    keep_pages(environment.builds.get(number=1), then, without=without)
    keep_pages(environment.builds.get(number=2), since)
    said = read(client, environment, ana)
    assert ("Bring this version back only if that is meant." in said) == bool(warning)
    assert warning in said
    press(client, question(environment), f"{question(environment)}ask/")
    assert environment.builds.get(number=3).anyway == bool(warning)


def test_the_first_ten_are_listed_and_the_others_counted(client: Client) -> None:
    """The link leads to the comparison of what is live with what returns."""
    environment, ana = copy_scenes.kept()
    keep_pages(environment.builds.get(number=1), 60)
    keep_pages(environment.builds.get(number=2), 73)
    client.force_login(ana)
    page = parse(client.get(question(environment)))
    assert "13 pages go offline" in words(page)
    assert "and 3 more" in words(page)
    assert find(page, "a", href=f"/sites/{environment.site.slug}/compare/?from=2&to=1")


def test_a_press_puts_the_copy_in_line(client: Client) -> None:
    """With the reason, once however often it is sent, and back to where the question was asked."""
    environment, ana = copy_scenes.kept()
    client.force_login(ana)
    address = question(environment)
    fields = form_to(parse(client.get(address)), f"{address}ask/") | {"reason": "Wrong prices"}
    for _ in range(2):
        answer = client.post(f"{address}ask/", fields)
        assert answer["Location"] == environment.get_absolute_url()
    copy = environment.builds.get(number=3)
    assert (copy.state, copy.reason, copy.brings_back, copy.requested_by) == (
        State.QUEUED,
        "Wrong prices",
        environment.builds.get(number=1),
        ana,
    )
    assert environment.builds.count() == 3
    answer = client.post(f"{address}ask/", fields | {"back": "build", "key": "another"})
    assert answer["Location"] == f"/sites/{environment.site.slug}/builds/4/"


def test_the_dialog_is_the_same_without_the_page_around_it(client: Client) -> None:
    """Our script gets the inside: its own heading, and a left button that closes it."""
    environment, ana = copy_scenes.kept()
    client.force_login(ana)
    answer = client.get(question(environment), **HTMX).content.decode()
    assert "<html" not in answer
    assert re.search(r'<h2 id="bh-dialog-title" tabindex="-1" autofocus>', answer)
    assert '<form method="dialog">' in answer


@pytest.mark.parametrize(
    ("number", "reason"), [(2, "This is what visitors see now."), (1, "No longer kept."), (3, "never reached")]
)
def test_what_cannot_come_back_says_why(number: int, reason: str, client: Client) -> None:
    """The button is off, and a press that comes anyway is refused in the same words."""
    environment, ana = copy_scenes.kept()
    make_build(environment=environment, state=State.FAILED)
    live = environment.builds.get(number=2).release
    HostState.objects.filter(environment=environment).update(kept=[live.host_id])
    assert reason in read(client, environment, ana, number)
    answer = client.post(f"{question(environment, number)}ask/", follow=True)
    assert find(parse(answer), "ul", **{"class": "bh-stack"})
    assert environment.builds.count() == 3


def test_editors_are_told_whom_to_ask(client: Client) -> None:
    """On the question and after a press; nothing is brought back."""
    environment, _ana = copy_scenes.kept()
    mei = make_person(Role.EDITOR, site=environment.site)
    ask = "Your role does not allow bringing a version back. Ask Ana Ribeiro or Tomás Lind."
    assert ask in read(client, environment, mei)
    assert ask in client.post(f"{question(environment)}ask/", follow=True).content.decode()
    assert environment.builds.count() == 2


def test_strangers_find_nothing(client: Client) -> None:
    """Neither the question nor what stands behind it."""
    environment, _ana = copy_scenes.brought_back()
    client.force_login(make_person(None))
    site = f"/sites/{environment.site.slug}"
    assert client.get(question(environment)).status_code == 404
    for address in (f"{question(environment)}ask/", f"{site}/builds/3/undo/", f"{site}/publish/live/lift-hold/"):
        assert client.post(address).status_code == 404


def test_a_copy_asks_about_its_original(client: Client) -> None:
    """The version that a bring-back put in place is that of the build which made it."""
    environment, ana = copy_scenes.live_again()
    assert "Bring back build 1" in read(client, environment, ana, 3)


def test_an_undo_puts_back_what_was_live_before(client: Client) -> None:
    """The card offers it for ten minutes."""
    environment, ana = copy_scenes.brought_back()
    client.force_login(ana)
    address = f"/sites/{environment.site.slug}/builds/3/undo/"
    press(client, environment.get_absolute_url(), address)
    undo = environment.builds.get(number=4)
    assert (undo.brings_back, undo.reason) == (environment.builds.get(number=2), "Undo of build 3")


def test_an_undo_is_offered_for_ten_minutes(client: Client) -> None:
    """Afterwards there is the history, and the latest version."""
    environment, ana = copy_scenes.brought_back()
    client.force_login(ana)
    address = f"/sites/{environment.site.slug}/builds/3/undo/"
    assert address in client.get(environment.get_absolute_url()).content.decode()
    with time_machine.travel(now() + timedelta(minutes=10)):
        assert address not in client.get(environment.get_absolute_url()).content.decode()


def test_automatic_publishing_goes_on_when_somebody_says_so(client: Client) -> None:
    """The hold ends; what is live stays, and the card still says that it is an earlier version."""
    environment, ana = copy_scenes.brought_back()
    client.force_login(ana)
    address = f"{environment.get_absolute_url()}lift-hold/"
    answer = press(client, environment.get_absolute_url(), address, **HTMX)
    environment.refresh_from_db()
    assert environment.held_by is None
    assert 'data-state="brought_back"' in answer.content.decode()
    assert "paused" not in answer.content.decode()
    assert address not in answer.content.decode()


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR])
def test_undo_and_lift_are_for_those_who_may(role: Role, client: Client) -> None:
    """Others see neither, and are refused with the names of those who can."""
    environment, person = copy_scenes.brought_back(role)
    client.force_login(person)
    card = client.get(environment.get_absolute_url()).content.decode()
    site = f"/sites/{environment.site.slug}"
    for address in (f"{site}/builds/3/undo/", f"{site}/publish/live/lift-hold/"):
        assert address not in card
        assert "Ask Tomás Lind." in client.post(address, follow=True).content.decode()
    environment.refresh_from_db()
    assert environment.held_by_id
    assert environment.builds.count() == 3


def test_the_two_versions_are_compared(client: Client) -> None:
    """The newest that was published with what is live."""
    environment, ana = copy_scenes.brought_back()
    client.force_login(ana)
    card = find(parse(client.get(environment.get_absolute_url())), "section", id="publish")[0]
    link = find(card, "a", id="compare-versions")[0]
    assert link.attrib["href"] == f"/sites/{environment.site.slug}/compare/?from=2&to=3"


def test_a_failed_bring_back_is_tried_again_by_its_question(client: Client) -> None:
    """No new build: the link leads to the question, and so does an old page's press."""
    environment, ana = copy_scenes.copy_failed()
    client.force_login(ana)
    card = find(parse(client.get(environment.get_absolute_url())), "section", id="publish")[0]
    assert find(card, "a", href=question(environment))
    assert "visitors may see either version" in words(card)
    answer = client.post(f"/sites/{environment.site.slug}/builds/3/retry/")
    assert answer["Location"] == question(environment)


def test_a_version_that_was_held_back_needs_a_word_the_next_time(client: Client) -> None:
    """Whatever our own reckoning says: the question warns, and the press carries that it is meant."""
    environment, ana = copy_scenes.copy_held_back()
    ReleasePages.objects.all().delete()
    client.force_login(ana)
    card = find(parse(client.get(environment.get_absolute_url())), "section", id="publish")[0]
    assert find(card, "a", href=question(environment))
    said = read(client, environment, ana)
    assert "The last try was held back, for so many pages would go offline." in said
    assert "1 page goes offline /lens/" in said
    press(client, question(environment), f"{question(environment)}ask/")
    assert environment.builds.get(number=4).anyway


def test_a_version_that_is_not_kept_left_the_site_as_it_was(client: Client) -> None:
    """Nothing was written, and there is nothing to try again."""
    environment, ana = copy_scenes.copy_not_kept()
    client.force_login(ana)
    card = find(parse(client.get(environment.get_absolute_url())), "section", id="publish")[0]
    assert "The live site was not touched" in words(card)
    assert "Try again" not in words(card)


def test_trouble_of_the_build_service_does_not_concern_a_copy(client: Client) -> None:
    """It needs the web host only."""
    environment, ana = copy_scenes.copy_queued()
    project = environment.gitlab_project
    assert project is not None
    project.note_trouble("service_down", "It does not answer.")
    client.force_login(ana)
    assert 'data-state="queued"' in client.get(environment.get_absolute_url()).content.decode()


def test_the_way_back_is_offered_only_to_what_is_kept(client: Client) -> None:
    """Just published: the version before can come back while the web host has it."""
    environment, ana = copy_scenes.just_published_kept()
    client.force_login(ana)
    assert "Bring back the version from" in client.get(environment.get_absolute_url()).content.decode()
    HostState.objects.filter(environment=environment).update(kept=[])
    assert "Bring back the version from" not in client.get(environment.get_absolute_url()).content.decode()


def test_a_site_that_keeps_nothing_offers_nothing(client: Client) -> None:
    """Its builds say why; the history has no such column."""
    environment, ana = card_scenes.just_published()
    make_release(build=make_build(environment=environment, state=State.SUCCEEDED), live=False)
    client.force_login(ana)
    build = find(parse(client.get(f"/sites/{environment.site.slug}/builds/1/")), "main")[0]
    assert "keeps no earlier versions" in words(build)
    assert "bring-back" not in client.get(f"/sites/{environment.site.slug}/history/").content.decode()
