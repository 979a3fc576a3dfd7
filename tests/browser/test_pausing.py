"""Taking a press back, and a pause of publishing, with a worker and a stand-in GitLab behind the pages."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.visitors import Visit, card, expect_state
from tests.browser.worlds import LiveWorld

pytestmark = pytest.mark.browser


def test_a_press_is_undone_in_its_seconds(live: LiveWorld, museum: dict[str, Any], visit: Visit) -> None:
    """The seconds count down, Undo takes it back, nothing was started; without Undo it goes live."""
    live.stage("let_think", site=museum["site"], seconds=8)
    page = visit(live, session=museum["sessions"]["editor"]).open(museum["publish"])
    page.get_by_role("button", name="Publish the site").click()
    expect_state(page, "grace")
    expect(card(page)).to_contain_text("Publishing in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Publishing in 6 seconds")
    page.get_by_role("button", name="Undo").click()
    expect_state(page, "stopped")
    expect(card(page)).to_contain_text("Stopped before going live")
    live.stage("let_think", site=museum["site"], seconds=2)
    page.get_by_role("button", name="Publish").first.click()
    expect_state(page, "grace")
    expect_state(page, "just_published")


def test_a_pause_holds_presses_until_it_ends(live: LiveWorld, museum: dict[str, Any], visit: Visit) -> None:
    """An admin pauses with a reason; an editor's press waits and says why; the end of the pause sends it out."""
    admin = visit(live, session=museum["sessions"]["admin"]).open(f"{museum['publish']}pause/")
    admin.get_by_label("Why?").fill("The new exhibition opens")
    admin.get_by_role("button", name="Pause publishing").click()
    expect_state(admin, "paused")
    editor = visit(live, session=museum["sessions"]["editor"]).open(museum["publish"])
    expect(card(editor)).to_contain_text("The new exhibition opens")
    editor.get_by_role("button", name="Publish after the pause").click()
    expect_state(editor, "paused_line")
    admin.reload()
    admin.get_by_role("link", name="See or end the pause").click()
    expect(admin.get_by_role("main")).to_contain_text("Mei Lind")
    admin.get_by_role("button", name="End the pause").click()
    expect_state(editor, "just_published")
