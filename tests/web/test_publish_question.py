"""The question what goes live, before a press that takes something offline or publishes other people's changes."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest
from django.test import Client
from django.urls import reverse

from deploys.lifecycle import State
from deploys.models import AskFirst, Environment, Freeze, Role, User
from tests import content_scenes
from tests.scenes import make_person
from tests.web import ask_scenes, card_scenes, pause_scenes
from tests.web.reading import HTMX, find, form_to, parse, words

pytestmark = pytest.mark.django_db


def address(environment: Environment, name: str = "ask-publish") -> str:
    """Where the question is, or the press."""
    return reverse(name, args=[environment.site.slug, environment.slug])


def ask(client: Client, environment: Environment) -> Element:
    """Open the question as a page."""
    return parse(client.get(address(environment)))


def answer(client: Client, environment: Environment, page: Element | None = None) -> Any:
    """Press the button of the question, which was opened now or before."""
    press = address(environment, "request-build")
    fields = form_to(page if page is not None else ask(client, environment), press)
    return client.post(press, fields, follow=True)


def test_the_button_leads_to_the_question_where_it_matters(client: Client) -> None:
    """A link that our script opens as a dialog, on the card and on the Changes page, with the label of the press."""
    environment, ana = card_scenes.changes_waiting()
    client.force_login(ana)
    for page in (environment.get_absolute_url(), address(environment, "changes")):
        link = find(parse(client.get(page)), "a", id="do-publish")[0]
        assert (link.attrib["href"], words(link)) == (address(environment), "Publish 7 changes")
        assert "data-dialog" in link.attrib


@pytest.mark.parametrize("scene", [ask_scenes.own_changes, ask_scenes.nobodys_changes, card_scenes.ready])
def test_otherwise_a_press_is_a_press(client: Client, scene: Any) -> None:
    """One's own edits, edits that nobody signed, and content that is not known go without a question."""
    environment, ana = scene()
    client.force_login(ana)
    press = address(environment, "request-build")
    fields = form_to(parse(client.get(environment.get_absolute_url())), press)
    client.post(press, fields)
    assert environment.builds.in_line().count() == 1


def test_the_question_says_what_goes_live_and_whose_it_is(client: Client) -> None:
    """The counts, removals first and by title, the names; left "Not yet", right the action in full."""
    environment, ana = card_scenes.changes_waiting()
    client.force_login(ana)
    page = ask(client, environment)
    main = find(page, "main")[0]
    assert words(find(page, "h1")[0]) == "Publish 7 changes?"
    assert "1 entry goes offline." in words(main)
    assert "5 edited · 1 new · 1 removed" in words(main)
    rows = [words(row) for row in find(main, "li", **{"class": "bh-change"})]
    assert rows[0] == "Low tide walk, 14 November Goes offline · Event"
    assert len(rows) == 7
    assert "Whose changes: you (1), Tomás Lind (3), Mei Okafor (2), not known (1)." in words(main)
    no, yes = find(main, "a", **{"class": "bh-btn"})[0], find(main, "button", id="do-publish-now")[0]
    assert (words(no), no.attrib["href"]) == ("Not yet", environment.get_absolute_url())
    assert words(yes) == "Publish 7 changes"


def test_our_script_gets_the_inside_of_the_dialog(client: Client) -> None:
    """The same words without a page around them."""
    environment, ana = card_scenes.changes_waiting()
    client.force_login(ana)
    content = client.get(address(environment), **HTMX).content.decode()
    assert content.startswith('<div class="bh-dialog__body">')
    assert '<form method="dialog">' in content
    assert "<h2" in content


def test_a_press_after_the_question_starts_at_once(client: Client) -> None:
    """Whoever has read what goes live needs no seconds to undo it; a press without a question has them."""
    environment, ana = card_scenes.changes_waiting()
    Environment.objects.update(grace=5)
    client.force_login(ana)
    page = words(find(parse(answer(client, environment)), "main")[0])
    build = environment.builds.in_line().get()
    assert build.not_before is None
    assert build.requested_by == ana
    assert "More was saved" not in page
    own, ana = ask_scenes.own_changes(grace=5)
    client.force_login(ana)
    client.post(address(own, "request-build"), {"key": "own"})
    assert own.builds.in_line().get().not_before is not None


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_page_from_before_leads_to_the_question(client: Client, headers: dict[str, str]) -> None:
    """It was opened while only one's own edits waited; then a colleague took something offline."""
    environment, ana = ask_scenes.own_changes()
    client.force_login(ana)
    press = address(environment, "request-build")
    fields = form_to(parse(client.get(environment.get_absolute_url())), press)
    ask_scenes.save(environment, "hours", by=ana.name, without=("low-tide",))
    given = client.post(press, fields, **headers)
    assert given.headers.get("HX-Redirect" if headers else "Location") == address(environment)
    assert not environment.builds.in_line().exists()


def test_an_answer_to_an_old_question_publishes_what_is_there_now_and_says_so(client: Client) -> None:
    """More was saved while the dialog stood open."""
    environment, ana = card_scenes.changes_waiting()
    client.force_login(ana)
    page = ask(client, environment)
    content_scenes.edit_again(environment.site)
    after = words(find(parse(answer(client, environment, page)), "main")[0])
    assert "More was saved while you were reading: 8 changes go live now. They are listed below." in after
    assert environment.builds.in_line().count() == 1


def test_an_answer_to_a_stale_question_starts_nothing_twice(client: Client) -> None:
    """A colleague's publish began meanwhile; the card says so."""
    environment, ana = card_scenes.changes_waiting()
    client.force_login(ana)
    page = ask(client, environment)
    mei = make_person(Role.EDITOR, site=environment.site, first_name="Mei", last_name="Okafor")
    card_scenes.started(environment, mei, State.RUNNING)
    assert "Mei Okafor pressed Publish" in words(find(parse(answer(client, environment, page)), "main")[0])
    assert not environment.builds.in_line().exists()


def test_behind_a_build_only_what_was_saved_since_is_asked_about(client: Client) -> None:
    """What the running build carries goes live with it, whoever presses."""
    environment, ana = card_scenes.someone_elses_changes()
    client.force_login(ana)
    card = parse(client.get(environment.get_absolute_url()))
    assert words(find(card, "a", href=address(environment))[0]) == "Publish mine after this"
    page = words(find(ask(client, environment), "main")[0])
    assert "is on its way. Yours goes live after it." in page
    assert "Contact Goes live" in page
    assert "Low tide walk" not in page


def test_the_rule_decides(client: Client) -> None:
    """Always: also for one's own; never: not even for removals."""
    environment, ana = ask_scenes.always_asked()
    client.force_login(ana)
    assert find(parse(client.get(environment.get_absolute_url())), "a", id="do-publish")
    assert "Whose changes: you (2)." in words(find(ask(client, environment), "main")[0])
    environment, ana = card_scenes.changes_waiting()
    Environment.objects.filter(pk=environment.pk).update(ask_first=AskFirst.NEVER)
    client.force_login(ana)
    assert find(parse(client.get(environment.get_absolute_url())), "button", id="do-publish")


def test_always_asks_before_the_first_publish_too(client: Client) -> None:
    """Nothing can be listed then."""
    environment, ana = card_scenes.place(ask_first=AskFirst.ALWAYS)
    client.force_login(ana)
    page = words(find(ask(client, environment), "main")[0])
    assert "Nothing has been published yet, so everything goes live." in page
    answer(client, environment)
    assert environment.builds.in_line().count() == 1


def test_without_the_right_the_question_says_whom_to_ask(client: Client) -> None:
    """The button stands there, off."""
    environment, reader = card_scenes.reader_of_changes()
    client.force_login(reader)
    page = ask(client, environment)
    assert "Your role does not allow publishing here. Ask Tomás Lind." in words(find(page, "main")[0])
    assert find(page, "button", id="do-publish-now")[0].attrib["aria-disabled"] == "true"
    assert find(parse(client.get(environment.get_absolute_url())), "button", id="do-publish")


def test_in_a_pause_the_question_says_that_it_waits(client: Client) -> None:
    """The press is not lost, and not live either."""
    environment, ana = card_scenes.changes_waiting()
    pause_scenes.pause(environment, by=User.objects.get(first_name="Tomás"))
    assert Freeze.objects.exists()
    client.force_login(ana)
    page = words(find(ask(client, environment), "main")[0])
    assert "Publishing is paused until" in page
    assert "starts at once" not in page


def test_trying_again_is_not_asked_about(client: Client) -> None:
    """The same content was meant before."""
    environment, ana = card_scenes.failed_changes()
    client.force_login(ana)
    page = parse(client.get(environment.get_absolute_url()))
    failed = environment.builds.order_by("-number").first()
    assert failed is not None
    assert form_to(page, f"{failed.get_absolute_url()}retry/")


def test_strangers_get_404(client: Client) -> None:
    """As for every page of a site."""
    environment, _ana = card_scenes.changes_waiting()
    client.force_login(make_person(None))
    assert client.get(address(environment)).status_code == 404
