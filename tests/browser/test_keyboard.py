"""The whole way with Tab and Enter alone, and a focus that stays where it was put."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import ask_now, focused
from tests.browser.visitors import Visit, expect_state
from tests.browser.worlds import LiveWorld, StillWorld

pytestmark = pytest.mark.browser

MOST_STOPS = 30
FOCUSED = """() => {
  const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement);
  const names = [document.activeElement.innerText, ...[...document.activeElement.labels ?? []].map(l => l.innerText)];
  return {names: names.map(name => (name ?? '').trim()),
          ring: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2};
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus; every stop on the way shows its ring."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        assert stop["ring"], f"{stop['names']} has the focus but shows no ring"
        if name in stop["names"]:
            return
    raise AssertionError(f"Tab never reaches “{name}”")


def test_the_whole_way_by_keyboard(live: LiveWorld, museum: dict[str, Any], visit: Visit) -> None:
    """Sign in, publish, read the state, wait until it is live, open the site: without a mouse."""
    page = visit(live).open(museum["publish"])
    expect(page.get_by_label("User name or email")).to_be_focused()
    page.keyboard.type(museum["editor"])
    tab_to(page, "Password")
    page.keyboard.type("correct horse")
    page.keyboard.press("Enter")
    expect_state(page, "first_run")
    tab_to(page, "Publish the site")
    page.keyboard.press("Enter")
    expect(page.locator("#say")).to_be_focused()
    expect(page.locator("#say")).not_to_have_text("Nothing has been published yet")
    expect_state(page, "just_published")
    expect(page.locator("#say")).to_be_focused()
    tab_to(page, "View the site")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live.site}/")


def test_the_first_stop_skips_to_the_content(still: StillWorld, visit: Visit) -> None:
    """The skip link comes first and leads into the page's main part."""
    place = still.stage("scene", name="ready")
    page = visit(still, session=place["session"]).open(place["publish"])
    tab_to(page, "Skip to content")
    page.keyboard.press("Enter")
    assert focused(page) == "main"
    page.keyboard.press("Tab")
    assert focused(page) == "site-link"


@pytest.mark.parametrize("target", ["show-details", "stop-2", "all-history", "recent-1"])
def test_the_focus_stays_over_three_polls(target: str, still: StillWorld, visit: Visit) -> None:
    """News come in three times and redraw the card; the link or button that had the focus still has it."""
    place = still.stage("scene", name="building")
    page = visit(still, session=place["session"]).open(place["publish"])
    page.locator(f"#{target}").focus()
    for number in range(3):
        before = page.locator("#publish").get_attribute("hx-get")
        still.stage("happened", build=place["build"], words=f"News {number}")
        ask_now(page)
        expect(page.locator("#publish")).not_to_have_attribute("hx-get", before or "")
        page.wait_for_load_state("networkidle")
        assert focused(page) == target


@pytest.mark.parametrize("target", ["stop-2", "crumb", "in-gitlab"])
def test_the_focus_stays_on_the_page_of_a_build(target: str, still: StillWorld, visit: Visit) -> None:
    """The same on the page of one build."""
    place = still.stage("scene", name="building")
    page = visit(still, session=place["session"]).open(place["build_page"])
    page.locator(f"#{target}").focus()
    for number in range(3):
        still.stage("happened", build=place["build"], words=f"News {number}")
        ask_now(page)
        expect(page.get_by_text(f"News {number}")).to_be_visible()
        assert focused(page) == target
