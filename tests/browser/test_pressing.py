"""Who may press what, and that a press too many starts nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.visitors import Visit, card, expect_state
from tests.browser.worlds import LiveWorld, StillWorld

pytestmark = pytest.mark.browser


def test_a_reader_sees_the_button_off_and_whom_to_ask(still: StillWorld, visit: Visit) -> None:
    """The button is there, says why it is off and who can help, and does nothing."""
    place = still.stage("scene", name="may_not_publish")
    page = visit(still, session=place["session"]).open(place["publish"])
    button = page.get_by_role("button", name="Publish the latest content")
    expect(button).to_have_attribute("aria-disabled", "true")
    reason = "Your role does not allow publishing here. Ask Tomás Lind."
    expect(button).to_have_accessible_description(reason)
    expect(page.get_by_text(reason)).to_be_visible()
    button.click(force=True)
    button.focus()
    page.keyboard.press("Enter")
    page.reload()
    assert still.stage("states", site=place["site"]) == ["succeeded"]


def test_a_running_build_is_stopped(live: LiveWorld, museum: dict[str, Any], visit: Visit) -> None:
    """Pressed by mistake: stop it while GitLab runs it; the card ends at stopped and says the site was not touched."""
    live.order_fault("hold_queue", seconds=60)
    page = visit(live, session=museum["sessions"]["editor"]).open(museum["publish"])
    page.get_by_role("button", name="Publish the site").click()
    expect_state(page, "building")
    page.get_by_role("button", name="Stop this publish").click()
    expect_state(page, "stopped")
    expect(page.get_by_role("heading", level=1)).to_have_text("Stopped before going live")
    expect(card(page)).to_contain_text("Mei Lind stopped this publish today at")
    expect(page.locator("#bh-live")).to_have_text("Stopped. The live site was not touched.")
    assert live.stage("states", site=museum["site"]) == ["canceled"]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_double_click_makes_one_build(script: bool, still: StillWorld, visit: Visit) -> None:
    """Two clicks in a row on one button are one request, with and without our script."""
    place = still.stage("scene", name="ready")
    visitor = visit(still, session=place["session"], java_script_enabled=script)
    page = visitor.open(place["publish"])
    page.get_by_role("button", name="Publish the latest content").dblclick()
    expect_state(page, "queued")
    assert still.stage("states", site=place["site"]) == ["succeeded", "queued"]


def test_the_button_says_at_once_that_it_was_pressed(still: StillWorld, visit: Visit) -> None:
    """Until the server answers, the label is "Starting", the width stays, and a second press is not sent."""
    place = still.stage("scene", name="ready")
    page = visit(still, session=place["session"]).open(place["publish"])
    requests: list[Any] = []
    page.route("**/request/", lambda route: requests.append(route))
    button = page.locator("#do-publish")
    before = button.bounding_box()
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(button).to_have_text("Starting")
    assert button.bounding_box() == before
    button.click()
    assert len(requests) == 1
    requests[0].continue_()
    expect_state(page, "queued")


def test_a_page_left_open_starts_nothing_twice(still: StillWorld, visit: Visit) -> None:
    """A colleague published meanwhile: the press on the old page says so and shows that build."""
    place = still.stage("scene", name="ready")
    page = visit(still, session=place["session"]).open(place["publish"])
    still.stage("begins", site=place["site"])
    page.get_by_role("button", name="Publish the latest content").click()
    expect_state(page, "someone_else")
    told = r"Mei Okafor pressed Publish .+ ago; that publish is under way\. Nothing was started twice\."
    expect(card(page)).to_contain_text(re.compile(told))
    assert still.stage("states", site=place["site"]) == ["succeeded", "running"]


def test_two_tabs_make_one_build(still: StillWorld, visit: Visit) -> None:
    """Both pages show the button; the second press joins the build in line."""
    place = still.stage("scene", name="ready")
    visitor = visit(still, session=place["session"])
    first, second = visitor.open(place["publish"]), visitor.open(place["publish"])
    for page in (first, second):
        page.get_by_role("button", name="Publish the latest content").click()
        expect_state(page, "queued")
    assert still.stage("states", site=place["site"]) == ["succeeded", "queued"]


def test_it_works_without_script(live: LiveWorld, museum: dict[str, Any], visit: Visit) -> None:
    """Plain HTML: sign in, press, refresh by the link until the version is live."""
    editor = visit(live, java_script_enabled=False)
    page = editor.open(museum["publish"])
    editor.sign_in(page, museum["editor"], "correct horse")
    page.get_by_role("button", name="Publish the site").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Nothing has been published yet")
    while card(page).get_attribute("data-state") != "just_published":
        page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your publish is live")
    assert live.stage("states", site=museum["site"]) == ["succeeded"]
