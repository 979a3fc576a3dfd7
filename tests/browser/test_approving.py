"""Four eyes, with a worker and a stand-in GitLab behind the pages: one person asks, a second one answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.looking import ask_now, faults_of
from tests.browser.visitors import Visit, card, expect_state
from tests.browser.worlds import LiveWorld, StillWorld

pytestmark = pytest.mark.browser


def test_a_publish_goes_live_when_a_second_person_has_approved_it(
    live: LiveWorld, museum: dict[str, Any], visit: Visit
) -> None:
    """Declined once with a reason, asked for again, approved: the editor's page follows without a reload."""
    live.stage("four_eyes", site=museum["site"])
    editor = visit(live, session=museum["sessions"]["editor"]).open(museum["publish"])
    editor.get_by_role("button", name="Publish the site").click()
    expect_state(editor, "approval")
    expect(card(editor)).to_contain_text("Ana Lind or Tomás Lind can approve it.")
    publisher = visit(live, session=museum["sessions"]["publisher"]).open(museum["publish"])
    publisher.get_by_role("link", name="Decline").click()
    publisher.get_by_label("Why not?").fill("The prices are last year's")
    publisher.get_by_role("button", name="Decline").click()
    expect_state(publisher, "stopped")
    expect_state(editor, "stopped")
    expect(card(editor)).to_contain_text("Ana Lind declined this publish")
    expect(card(editor)).to_contain_text("The prices are last year's")
    editor.get_by_role("button", name="Publish the latest content").click()
    expect_state(editor, "approval")
    publisher.reload()
    publisher.get_by_role("link", name="Approve and publish").click()
    expect(publisher.get_by_role("heading", level=1)).to_have_text("Mei Lind asks to publish the latest content")
    publisher.get_by_role("button", name="Approve and publish").click()
    expect(publisher.get_by_role("main")).to_contain_text("You approved build 2.")
    expect_state(editor, "just_published")
    assert live.stage("states", site=museum["site"]) == ["canceled", "succeeded"]


def test_approving_without_script(still: StillWorld, visit: Visit) -> None:
    """Links and forms alone: the changes are read before the answer."""
    place = still.stage("scene", name="to_approve")
    page = visit(still, session=place["session"], java_script_enabled=False).open(place["publish"])
    page.get_by_role("link", name="Approve and publish").click()
    expect(page.get_by_role("heading", name="Opening hours")).to_be_visible()
    page.get_by_role("button", name="Approve and publish").click()
    expect_state(page, "queued")


def test_the_focus_stays_on_the_answer_over_a_poll(still: StillWorld, visit: Visit) -> None:
    """News redraw the card; the link that had the focus still has it, and there is one of it."""
    place = still.stage("scene", name="to_approve")
    page = visit(still, session=place["session"]).open(place["publish"])
    page.locator("#ask-approve").focus()
    still.stage("happened", build=place["build"], words="Something else")
    ask_now(page)
    expect(page.locator("#ask-approve")).to_be_focused()


@pytest.mark.parametrize("name", ["to_approve", "asked_by_me"])
def test_the_page_before_an_answer_has_no_fault(name: str, still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Axe finds nothing for who answers and who asked, in light and dark, at 1280 and 390, and 320 holds it all."""
    place = still.stage("scene", name=name)
    page = visit(still, session=place["session"]).open(f"{place['build_page']}approval/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("asks to publish 7 changes")
    assert faults_of(page, shots=shots, name=f"approval-{name}") == []
