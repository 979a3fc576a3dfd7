"""Home for several sites in a browser: no fault in any theme and width, by keyboard, and live."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import ask_now, faults_of, focused
from tests.browser.visitors import Visit
from tests.browser.worlds import StillWorld

pytestmark = pytest.mark.browser
STATES = [
    *("failed_changes", "someone_else", "changes_waiting", "paused", "up_to_date"),
    *("slow", "brought_back", "first_run", "just_published", "service_down"),
]


def line(page: Page, name: str) -> str:
    """What the line of this site says."""
    return " ".join(page.get_by_role("listitem").filter(has_text=name).inner_text().split())


def test_the_page_of_all_sites_has_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Ten states at once, with a search above them; and the few sites that need none."""
    made = still.stage("several", names=STATES, more=4)
    page = visit(still, session=made["session"]).open("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("All sites")
    assert faults_of(page, shots=shots, name="all-sites") == []
    few = still.stage("several", names=["ready", "building"])
    page = visit(still, session=few["session"]).open("/")
    assert faults_of(page, shots=shots, name="two-sites") == []


def test_a_search_finds_nothing_and_leads_back(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """By keyboard: Enter searches, and the way back is one link."""
    made = still.stage("several", names=["ready"], more=14)
    page = visit(still, session=made["session"]).open("/")
    page.get_by_label("Find a site").press_sequentially("village 03")
    page.keyboard.press("Enter")
    expect(page.locator("#places li")).to_have_count(1)
    page.get_by_label("Find a site").fill("zoo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="No site matches.")).to_be_visible()
    assert faults_of(page, shots=shots, name="all-sites-none") == []
    page.get_by_role("link", name="Clear the filters").click()
    expect(page.locator("#places li")).to_have_count(15)


def test_a_site_leads_to_its_page_and_back(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Every page of a site has the way back in its bar, for somebody with several."""
    made = still.stage("several", names=["changes_waiting", "building"])
    page = visit(still, session=made["session"]).open("/")
    page.get_by_role("link", name="Harbour Museum", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("7 changes are waiting to go live")
    assert faults_of(page, shots=shots, name="one-of-many") == []
    for address in (made["places"][0][name] for name in ("changes", "history", "compare", "build_page")):
        page.goto(f"{still.url}{address}")
        page.get_by_role("link", name="All sites").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("All sites")
    alone = still.stage("scene", name="ready")
    page = visit(still, session=alone["session"]).open(alone["publish"])
    expect(page.get_by_role("link", name="All sites")).to_have_count(0)


def test_news_of_any_site_come_by_themselves(still: StillWorld, visit: Visit) -> None:
    """A build fails while somebody's focus is on its line: the line moves up, the focus stays, it is announced once."""
    made = still.stage("several", names=["changes_waiting", "building"])
    page = visit(still, session=made["session"]).open("/")
    expect(page).to_have_title("1 is under way · 1 is waiting · All sites · Buildhub")
    page.get_by_role("link", name="Mountain Museum", exact=True).focus()
    before = focused(page)
    still.stage("ends", build=made["places"][1]["build"], state="failed")
    ask_now(page)
    expect(page.get_by_role("heading", level=2).first).to_have_text("Needs somebody")
    assert "Failed" in line(page, "Mountain Museum")
    assert focused(page) == before
    expect(page.locator("#bh-live")).to_have_text("1 needs somebody · 1 is waiting")
    expect(page).to_have_title("1 needs somebody · 1 is waiting · All sites · Buildhub")
    link = page.get_by_role("link", name="See what to do (Mountain Museum)")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.endswith(made["places"][1]["build_page"])


def test_an_idle_page_swaps_nothing(still: StillWorld, visit: Visit) -> None:
    """Three polls in a row, no news: the page stays as it is."""
    made = still.stage("several", names=["ready", "up_to_date"])
    page = visit(still, session=made["session"]).open("/")
    before = page.locator("#places").inner_html()
    for _ in range(3):
        ask_now(page)
    assert page.locator("#places").inner_html() == before
