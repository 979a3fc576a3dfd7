"""The Changes page in a browser: no fault, nothing active in hostile content, and everything by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.looking import ask_now, faults_of
from tests.browser.visitors import Visit, expect_state
from tests.browser.worlds import StillWorld

pytestmark = pytest.mark.browser


def test_the_page_has_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Axe finds nothing in light and dark, at 1280 and 390, and 320 holds it all."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"]).open(place["changes"])
    expect(page.get_by_role("heading", level=1)).to_have_text("7 changes since the last publish")
    assert faults_of(page, shots=shots, name="changes") == []


def test_the_other_pages_of_changes_have_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The same for Compare with its blocks open, for a change alone, and for the pages that link to an address."""
    place = still.stage("compared")
    page = visit(still, session=place["session"]).open(place["compare"])
    page.eval_on_selector_all("details[id^=c]", "all => all.forEach(each => { each.open = true })")
    expect(page.get_by_text("1 page still links to it:")).to_be_visible()
    assert faults_of(page, shots=shots, name="compare") == []
    page.set_viewport_size({"width": 1280, "height": 900})
    alone = page.locator("details[id^=c]").first.get_by_role("link", name="Show the full text").get_attribute("href")
    page.goto(f"{still.url}{alone}")
    expect(page.get_by_text("The attic is open to everybody")).to_be_visible()
    assert faults_of(page, shots=shots, name="change") == []


def test_nothing_in_hostile_content_is_active(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Scripts, handlers, frames and styles are text; no link leads to a script; the policy has nothing to forbid."""
    place = still.stage("hostile")
    visitor = visit(still, session=place["session"])
    for address in (place["publish"], place["changes"], f"{place['changes']}?technical=1", place["compare"]):
        page = visitor.open(address)
        page.eval_on_selector_all("details[id^=c]", "all => all.forEach(each => { each.open = true })")
        expect(page.get_by_text("Show what changed")).to_have_count(0)
        assert page.evaluate("window.hacked ?? null") is None
        assert (
            page.locator("iframe, main svg[onload], main style, main script, main img, [onerror], [onload]").count()
            == 0
        )
        links = page.eval_on_selector_all("main a", "all => all.map(each => each.getAttribute('href'))")
        assert [link for link in links if not link.startswith(("/", "#", "?", "https://harbourmuseum.example/"))] == []
        assert not any(link.startswith(("//", "/\\")) for link in links)
    page.goto(f"{still.url}{place['changes']}")
    assert faults_of(page, shots=shots, name="hostile") == []


def test_everything_can_be_done_by_keyboard(still: StillWorld, visit: Visit) -> None:
    """Skip, jump, open a closed block, read its words, and see the full text with the focus kept in it."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"]).open(place["changes"])
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    link = page.locator(".bh-jump a", has_text="Main menu")
    link.focus()
    page.keyboard.press("Enter")
    expect(link).to_have_attribute("aria-current", "true")
    expect(page.locator(".bh-jump [aria-current]")).to_have_count(1)
    menu = page.locator("details[id^=c]", has=page.get_by_role("heading", name="Main menu"))
    expect(menu.get_by_text("(was number 4, now number 3)")).to_be_visible()
    footer = page.locator("details[id^=c]", has=page.get_by_role("heading", name="Footer"))
    footer.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(footer.locator("ins")).to_contain_text("140")
    page.get_by_role("link", name="Show the full text").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The attic is open to everybody")).to_be_visible()
    assert page.evaluate("document.activeElement.id.endsWith('-body')")
    expect(page.get_by_role("heading", name="Opening hours")).to_be_visible()


def test_a_link_from_the_card_opens_its_change(still: StillWorld, visit: Visit) -> None:
    """The title on the card leads to the block, which opens if it was closed."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"]).open(place["publish"])
    page.get_by_role("link", name="Visit with a school group").click()
    target = page.locator("details:target")
    expect(target.get_by_role("heading", name="Visit with a school group")).to_be_visible()
    expect(target).to_have_attribute("open", "")


def test_filters_and_technical_changes_stand_in_the_address(still: StillWorld, visit: Visit) -> None:
    """A tab, the selects and the toggle are links and a form; the page can be shared."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"]).open(place["changes"])
    page.get_by_role("link", name="Edited 5").click()
    page.get_by_label("Changed by").select_option("Mei Okafor")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("details[id^=c]")).to_have_count(2)
    assert page.url.endswith("?show=edited&section=&by=Mei+Okafor")
    page.get_by_role("link", name="Show technical changes").click()
    expect(page.locator("details[id^=c]")).to_have_count(2)
    page.get_by_role("link", name="Hide technical changes").click()
    page.get_by_role("link", name="Removed 0").click()
    page.get_by_role("link", name="Clear the filters").click()
    expect(page.locator("details[id^=c]")).to_have_count(7)


def test_new_edits_appear_on_the_card_and_in_the_bar(still: StillWorld, visit: Visit) -> None:
    """Without a reload: the card asks, and the number in the bar follows."""
    place = still.stage("scene", name="up_to_date")
    page = visit(still, session=place["session"]).open(place["publish"])
    expect_state(page, "up_to_date")
    expect(page.locator("#waiting-count")).to_have_text("")
    still.stage("saved", site=place["site"])
    ask_now(page)
    expect_state(page, "changes_waiting")
    expect(page.locator("#waiting-count")).to_have_text("7 waiting")
    expect(page.locator("#waiting-count")).to_have_count(1)


def test_the_page_works_without_script(still: StillWorld, visit: Visit) -> None:
    """A closed block leads to a page of its own; Publish asks on another, whose button is a plain form."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"], java_script_enabled=False).open(place["changes"])
    footer = page.locator("details[id^=c]", has=page.get_by_role("heading", name="Footer"))
    footer.locator("summary").click()
    footer.get_by_role("link", name="Show what changed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Footer")
    expect(page.locator("ins")).to_contain_text("140")
    page.get_by_role("link", name="All changes").click()
    page.get_by_role("link", name="Publish 7 changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Publish 7 changes?")
    page.get_by_role("button", name="Publish 7 changes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are next in line")


def test_print_opens_every_fold_that_is_on_the_page(still: StillWorld, visit: Visit) -> None:
    """On paper there is nothing to press, and what is folded is read."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"]).open(place["changes"])
    first = page.locator("details[id^=c]").first
    first.evaluate("fold => { fold.open = false }")
    page.emulate_media(media="print")
    expect(first.locator("ins").first).to_be_visible()
    expect(page.locator("#do-publish")).not_to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Open all").click()
    expect(page.locator("details[id^=c]:not([open])")).to_have_count(0)
    expect(page.get_by_text("Meet at the slipway")).to_be_visible()
