"""Tokens and badges in a browser: made, copied once, revoked after a question; the badge as a picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.looking import faults_of, focused
from tests.browser.visitors import Visit
from tests.browser.worlds import StillWorld

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", ["mine", "team"])
def test_no_page_has_a_fault(still: StillWorld, visit: Visit, shots: Path | None, name: str) -> None:
    """Axe finds nothing in light and dark, at 1280 and 390, and 320 holds it all."""
    place = still.stage("tokens")
    page = visit(still, session=place["session"]).open(place[name])
    assert faults_of(page, shots=shots, name=f"tokens-{name}") == []


def test_a_token_is_made_and_copied_by_keyboard(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """From the Account page; it is shown once."""
    place = still.stage("tokens")
    visitor = visit(still, session=place["session"])
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.open("/account/")
    page.get_by_role("link", name="Tokens of the API").click()
    page.get_by_label("Name").fill("Deploy from my laptop")
    page.get_by_label("What it may do").select_option("publish")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_role("heading", name="This is the token")).to_be_visible()
    assert faults_of(page, shots=shots, name="tokens-once") == []
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"bh_[0-9a-f]{40}", text)
    page.get_by_role("link", name="I have it").click()
    expect(page.get_by_role("main")).to_contain_text("Deploy from my laptop")
    expect(page.get_by_role("main")).not_to_contain_text(text)


def test_revoking_is_asked_in_a_dialog(still: StillWorld, visit: Visit) -> None:
    """Keeping it gives the focus back."""
    place = still.stage("tokens")
    page = visit(still, session=place["session"]).open(place["team"])
    opener = page.get_by_role("link", name="Revoke Nightly release")
    opener.click()
    expect(page.get_by_role("heading", name="Revoke “Nightly release”?")).to_be_focused()
    page.get_by_role("button", name="Keep the token").click()
    assert focused(page).startswith("revoke-")
    opener.click()
    page.get_by_role("button", name="Revoke the token").click()
    expect(page.get_by_text("Revoked.")).to_be_visible()
    expect(opener).to_have_count(0)


def test_the_badge_is_a_picture_that_loads(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """On the page, and alone at its address."""
    place = still.stage("tokens")
    page = visit(still, session=place["session"]).open(place["team"])
    picture = page.get_by_alt_text("The badge as it is now")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 100
    page.goto(f"{still.url}{picture.get_attribute('src')}")
    expect(page.locator("text").last).to_have_text("Publishing")
    if shots:
        page.screenshot(path=shots / "badge.png")
