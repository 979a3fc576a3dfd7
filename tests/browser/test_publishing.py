"""The whole way: somebody edits in the CMS, presses, watches, and reads the new text on the public site."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import Visit, card, expect_state
from tests.browser.worlds import LiveWorld

pytestmark = pytest.mark.browser

REMEMBER_STATES = """() => {
  const seen = window.seenStates = [];
  const look = () => {
    const state = document.querySelector('#publish')?.dataset.state;
    if (state && state !== seen.at(-1)) seen.push(state);
  };
  look();
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""
IN_ORDER = ["first_run", "grace", "queued", "building", "going_live", "confirming", "just_published"]


def edit(page: Page, live: LiveWorld, title: str, text: str) -> None:
    """Write a summary into an entry of the CMS and save it."""
    page.goto(live.cms)
    page.get_by_role("link", name=title, exact=True).first.click()
    page.get_by_label("Summary").fill(text)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")


def test_an_edit_goes_live(live: LiveWorld, visit: Visit) -> None:
    """Sign in, edit, press, watch the card go through its states without a reload, read the text on the site."""
    editor = live.person("editor")
    mei = visit(live)
    page = mei.open("/")
    mei.sign_in(page, editor["username"], editor["password"])
    edit(page, live, "Opening hours", "Open every day from nine until the last ferry.")
    page.get_by_role("link", name="Publish in Buildhub").first.click()
    expect_state(page, "first_run")
    page.evaluate(REMEMBER_STATES)
    live.order_fault("hold_queue", seconds=3)
    page.get_by_role("button", name="Publish the site").click()
    expect_state(page, "building")
    expect(card(page)).to_contain_text("Started by you today at")
    expect_state(page, "just_published")
    seen = page.evaluate("window.seenStates")
    assert seen == [state for state in IN_ORDER if state in seen]
    assert page.title() == "✓ Live · Harbour Museum · Buildhub"
    expect(page.locator("#bh-live")).to_have_text("The site is live.")
    page.get_by_role("link", name="View the site").click()
    page.goto(f"{live.site}/visit/opening-hours/")
    expect(page.locator("body")).to_contain_text("Open every day from nine until the last ferry.")
    three_more_edits(page, live)


def three_more_edits(page: Page, live: LiveWorld) -> None:
    """Three edits by Ana: the card counts them, Changes shows the words, Mei is asked first, Compare keeps them."""
    for title in ("Opening hours", "Ticket prices", "Getting here"):
        edit(page, live, title, f"{title} in {uuid.uuid4().hex} words.")
    page.get_by_role("link", name="Publish in Buildhub").first.click()
    expect(page.get_by_role("link", name="Publish 3 changes")).to_be_visible(timeout=90_000)
    page.get_by_role("link", name="Review all 3 changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 changes since the last publish")
    expect(page.locator("ins", has_text="Getting here in")).to_be_visible()
    page.get_by_role("link", name="Publish 3 changes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_accessible_name("Publish 3 changes?")
    expect(dialog).to_contain_text("Whose changes: Ana Ribeiro (3).")
    dialog.get_by_role("button", name="Publish 3 changes").click()
    expect_state(page, "just_published")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your 3 changes are live")
    expect(page.locator("#waiting-count")).to_have_text("")
    page.get_by_role("link", name="All history").click()
    page.get_by_role("link", name="Published 3 changes").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 changes between two builds")
    expect(page.locator("ins", has_text="Getting here in")).to_be_visible()


def test_a_missing_image_is_explained_and_repaired(live: LiveWorld, museum: dict[str, Any], visit: Visit) -> None:
    """An image vanished: the card and the page say which one and where; restored, the next try goes live."""
    mei = visit(live, session=museum["sessions"]["editor"])
    library = mei.open(f"{live.cms}/media/")
    library.get_by_role("button", name="Delete school-visit.svg").click()
    try:
        page = mei.open(museum["publish"])
        page.get_by_role("button", name="Publish the site").click()
        expect_state(page, "failed")
        expect(page.get_by_role("heading", level=1)).to_have_text("One page uses an image that is no longer there")
        expect(card(page)).to_contain_text("The live site was not touched")
        page.get_by_role("link", name="See what to do").click()
        main = page.get_by_role("main")
        expect(main).to_contain_text("“Visit with a school group” shows the image school-visit.svg")
        expect(main).to_contain_text("Nothing has changed for them.")
        ana = visit(live, session=museum["sessions"]["publisher"]).open(page.url)
        expect(ana.locator("#log-box")).to_contain_text("[asset_missing] error: ")
        page.get_by_role("link", name="Open the page in the CMS").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Visit with a school group")
    finally:
        library.goto(f"{live.cms}/media/")
        library.get_by_role("button", name="Restore school-visit.svg").click()
    page.goto(f"{live.url}{museum['publish']}")
    page.get_by_role("button", name="Try again").click()
    expect_state(page, "just_published")
