"""The question before an earlier version comes back: a dialog for those with script, a page for the others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import ask_now, faults_of, focused
from tests.browser.test_publishing import edit
from tests.browser.visitors import Visit, card, expect_state
from tests.browser.worlds import LiveWorld, StillWorld

pytestmark = pytest.mark.browser


def opened(page: Page, name: str) -> None:
    """Open the dialog by its link and wait for it."""
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()


def publish(page: Page, live: LiveWorld, summary: str) -> None:
    """Write something into the CMS, publish it, and wait until visitors read it."""
    address = page.url
    edit(page, live, "Opening hours", summary)
    page.goto(address)
    page.get_by_role("button", name=re.compile("^Publish ")).first.click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("is live")
    expect_state(page, "just_published")


def expect_visitors_read(page: Page, live: LiveWorld, summary: str) -> None:
    """Open the public page in another tab."""
    tab = page.context.new_page()
    tab.goto(f"{live.site}/visit/opening-hours/")
    expect(tab.locator("body")).to_contain_text(summary)
    tab.close()


def test_a_publisher_brings_an_earlier_version_back_and_undoes_it(live: LiveWorld, visit: Visit) -> None:
    """Publish twice, bring the first version back with a reason, see that it is held, undo, publish the latest."""
    place = live.stage("workplace", like="demo")
    page = visit(live, session=place["sessions"]["publisher"]).open(place["publish"])
    publish(page, live, "Open until five.")
    publish(page, live, "Open until six.")
    expect_visitors_read(page, live, "Open until six.")
    opened(page, "Bring back the version from")
    expect(page.get_by_role("dialog")).to_contain_text("pages look as they did then")
    page.get_by_label("Why?").fill("We close at five after all")
    page.get_by_role("button", name="Bring back build 1").click()
    expect_state(page, "brought_back")
    expect(card(page)).to_contain_text("We close at five after all")
    expect(card(page)).to_contain_text("Automatic publishing is paused until you publish again.")
    expect_visitors_read(page, live, "Open until five.")
    page.get_by_role("button", name="Undo").click()
    expect_state(page, "just_published")
    expect(page.get_by_role("heading", level=1)).to_contain_text("is live again")
    expect_visitors_read(page, live, "Open until six.")
    assert live.stage("states", site=place["site"]) == ["succeeded"] * 4


@pytest.mark.parametrize("place_of_it", ["publish", "history", "build"])
def test_the_dialog_opens_over_the_page_and_leads_back(place_of_it: str, still: StillWorld, visit: Visit) -> None:
    """It is asked over the card, the history and the build's page; Esc and the left button give the focus back."""
    place = still.stage("scene", name="just_published_kept")
    page = visit(still, session=place["session"]).open(
        f"/sites/{place['site']}/builds/1/" if place_of_it == "build" else place[place_of_it]
    )
    link = {"publish": "Bring back the version from", "history": "Bring back", "build": "Bring back build 1"}[
        place_of_it
    ]
    for leave in (
        lambda: page.keyboard.press("Escape"),
        page.get_by_role("button", name="Keep the current version").click,
    ):
        opened(page, link)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_have_accessible_name(re.compile(r"^Bring back the version from .+\?$"))
        assert focused(page) == "bh-dialog-title"
        leave()
        expect(dialog).to_have_count(0)
        assert page.evaluate("document.activeElement.matches('a[data-dialog]')")


def test_a_poll_leaves_the_dialog_alone(still: StillWorld, visit: Visit) -> None:
    """News for the card come in behind it: what was typed stays, and so does the focus."""
    place = still.stage("scene", name="just_published_kept")
    page = visit(still, session=place["session"]).open(place["publish"])
    opened(page, "Bring back the version from")
    page.get_by_label("Why?").fill("Wrong prices")
    still.stage("happened", build=place["build"], words="Something else")
    ask_now(page)
    expect(page.get_by_label("Why?")).to_have_value("Wrong prices")
    expect(page.get_by_label("Why?")).to_be_focused()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_press_puts_the_version_in_line(script: bool, still: StillWorld, visit: Visit) -> None:
    """The card says which version is on its way, and why stands on the build's page."""
    place = still.stage("scene", name="just_published_kept")
    page = visit(still, session=place["session"], java_script_enabled=script).open(place["publish"])
    page.get_by_role("link", name="Bring back the version from").click()
    page.get_by_label("Why?").fill("Wrong prices")
    page.get_by_role("button", name="Bring back build 1").click()
    expect_state(page, "queued")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bringing back the version from")
    assert still.stage("states", site=place["site"]) == ["succeeded", "succeeded", "queued"]
    page.goto(f"{still.url}/sites/{place['site']}/builds/3/")
    expect(page.get_by_role("main")).to_contain_text("Wrong prices")


def test_a_lost_connection_leads_to_the_page(still: StillWorld, visit: Visit) -> None:
    """When the dialog cannot be fetched, the link does what links do."""
    place = still.stage("scene", name="just_published_kept")
    visitor = visit(still, session=place["session"])
    visitor.expect_complaint("status of 503")
    page = visitor.open(place["history"])
    page.route("**/bring-back/**", lambda route: route.fulfill(status=503), times=1)
    page.get_by_role("link", name="Bring back").first.click()
    page.wait_for_url("**/bring-back/**")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bring back the version from")


def test_an_undo_asks_for_the_version_before(still: StillWorld, visit: Visit) -> None:
    """One press, no question: what was live before is on its way."""
    place = still.stage("scene", name="brought_back")
    page = visit(still, session=place["session"]).open(place["publish"])
    page.get_by_role("button", name="Undo").click()
    expect_state(page, "queued")
    assert focused(page) == "say"


def test_the_hold_is_lifted(still: StillWorld, visit: Visit) -> None:
    """Automatic publishing goes on; the earlier version stays live and the card goes on saying so."""
    place = still.stage("scene", name="brought_back")
    page = visit(still, session=place["session"]).open(place["publish"])
    page.get_by_role("button", name="Let automatic publishing go on").click()
    expect(card(page)).not_to_contain_text("Automatic publishing is paused")
    expect_state(page, "brought_back")


def test_the_question_has_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """As a page and as a dialog: axe finds nothing in light and dark, at 1280 and 390, and 320 holds it all."""
    place = still.stage("scene", name="just_published_kept")
    page = visit(still, session=place["session"]).open(f"/sites/{place['site']}/builds/1/bring-back/")
    assert faults_of(page, shots=shots, name="bring-back-page") == []
    page.goto(f"{still.url}{place['publish']}")
    opened(page, "Bring back the version from")
    assert faults_of(page, shots=shots, name="bring-back-dialog") == []


@pytest.mark.parametrize("name", ["kept", "bringing_back", "brought_back", "copy_failed", "copy_not_kept"])
def test_the_page_of_a_copy_has_no_fault(name: str, still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The same for the page of a build that can come back, and of those that brought one back."""
    place = still.stage("scene", name=name)
    page = visit(still, session=place["session"]).open(place["build_page"])
    assert faults_of(page, shots=shots, name=f"copy-page-{name}") == []
    page.goto(f"{still.url}{place['history']}")
    assert faults_of(page, shots=shots, name=f"copy-history-{name}") == []
