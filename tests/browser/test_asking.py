"""The question before a press that matters: a dialog for those with script, a page for the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.looking import ask_now, faults_of, focused
from tests.browser.visitors import Visit, expect_state
from tests.browser.worlds import StillWorld

pytestmark = pytest.mark.browser


def test_the_dialog_opens_over_the_card_and_leads_back(still: StillWorld, visit: Visit) -> None:
    """Esc and "Not yet" start nothing and give the focus back; news behind it leave it alone."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"]).open(place["publish"])
    dialog = page.get_by_role("dialog")
    for leave in (lambda: page.keyboard.press("Escape"), page.get_by_role("button", name="Not yet").click):
        page.locator("#do-publish").focus()
        page.keyboard.press("Enter")
        expect(dialog).to_have_accessible_name("Publish 7 changes?")
        assert focused(page) == "bh-dialog-title"
        still.stage("happened", build=place["build"], words="Something else")
        ask_now(page)
        expect(dialog).to_contain_text("Low tide walk, 14 November")
        leave()
        expect(dialog).to_have_count(0)
        assert focused(page) == "do-publish"
    assert still.stage("states", site=place["site"]) == ["succeeded"]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_press_after_the_question_is_in_line(script: bool, still: StillWorld, visit: Visit) -> None:
    """More was saved meanwhile: it goes live too, and the page says so."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"], java_script_enabled=script).open(place["publish"])
    page.get_by_role("link", name="Publish 7 changes").click()
    expect(page.get_by_role("heading", name="Publish 7 changes?")).to_be_visible()
    still.stage("saved_again", site=place["site"])
    page.get_by_role("button", name="Publish 7 changes").click()
    expect_state(page, "queued")
    expect(page.get_by_role("main")).to_contain_text("More was saved while you were reading: 8 changes go live now.")
    assert still.stage("states", site=place["site"]) == ["succeeded", "queued"]


def test_the_question_has_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Axe finds nothing in the dialog and on the page, in light and dark, at 1280 and 390, and 320 holds it all."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"]).open(f"{place['publish']}ask/")
    assert faults_of(page, shots=shots, name="ask-page") == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("link", name="Not yet").click()
    page.get_by_role("link", name="Publish 7 changes").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert faults_of(page, shots=shots, name="ask-dialog") == []
