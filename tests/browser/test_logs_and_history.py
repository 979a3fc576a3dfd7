"""The technical log for those who may read it, and a long history page by page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import Visit
from tests.browser.worlds import StillWorld

pytestmark = pytest.mark.browser


def test_the_log_unfolds_and_grows(still: StillWorld, visit: Visit) -> None:
    """A publisher opens it; new lines come below the old ones, which stay as they are."""
    place = still.stage("scene", name="building")
    still.stage("forget_other_logs", build=place["build"])
    still.stage("log", build=place["build"], text="[pages] 1/31 /visit/\n")
    page = visit(still, session=place["session"]).open(place["build_page"])
    first = page.get_by_text("[pages] 1/31 /visit/")
    expect(first).to_be_hidden()
    page.locator("#log summary").click()
    expect(first).to_be_visible()
    first.evaluate("line => window.firstLine = line")
    still.stage("log", build=place["build"], text="[pages] 1/31 /visit/\n[pages] 2/31 error: no such page\n")
    expect(page.get_by_text("[pages] 2/31 error: no such page")).to_be_visible(timeout=10_000)
    assert page.evaluate("window.firstLine.isConnected")
    numbers = [text for text in page.locator("#log-box .n").all_inner_texts() if text.isdecimal()]
    assert numbers == ["1", "2", "3", "4"]
    expect(page.locator("#log-box .is-bad")).to_have_text(re.compile("no such page"))


def test_a_log_without_lines_says_that_it_waits(still: StillWorld, visit: Visit) -> None:
    """One short line at its place, in sight on a phone, while the build is in line."""
    place = still.stage("scene", name="queued")
    page = visit(still, session=place["session"], width=390).open(place["build_page"])
    page.locator("#log summary").click()
    assert page.locator("#log-box").inner_text().split("\n") == ["…", "Waiting for the first lines"]
    assert page.locator("#log-box").evaluate("box => box.scrollWidth <= box.clientWidth")


def test_an_editor_is_told_whom_to_ask_for_the_log(still: StillWorld, visit: Visit) -> None:
    """No log on the page and none at its address, but the names of those who may read it."""
    place = still.stage("scene", name="failed")
    editor = visit(still, session=still.stage("someone", site=place["site"], role="editor"))
    page = editor.open(place["build_page"])
    expect(page.get_by_text("The log is for developers. Ask Ana Ribeiro or Tomás Lind.")).to_be_visible()
    expect(page.locator("#log")).to_have_count(0)
    expect(page.get_by_role("heading", name="Jobs")).to_have_count(0)
    editor.expect_complaint("status of 403")
    page.goto(f"{still.url}{place['build_page']}log/")
    expect(page.get_by_role("main")).to_contain_text("The log is for developers. Ask Ana Ribeiro or Tomás Lind.")


def test_the_log_of_a_failure_stands_open(still: StillWorld, visit: Visit) -> None:
    """Whoever may read it sees the lines at once."""
    place = still.stage("scene", name="failed")
    still.stage("log", build=place["build"], text="error: the image is not there\n", complete=True)
    still.stage("forget_other_logs", build=place["build"])
    page = visit(still, session=place["session"]).open(place["build_page"])
    expect(page.get_by_text("error: the image is not there")).to_be_visible()


def numbers_on(page: Page) -> list[int]:
    """The numbers of the builds in the table, as they stand."""
    return [int(text.removeprefix("Build ")) for text in page.locator("td.what > a").all_inner_texts()]


def test_a_long_history_turns_its_pages(still: StillWorld, visit: Visit) -> None:
    """60 builds: 25, 25 and 10, older and newer again, each build once, the ends without a way on."""
    place = still.stage("history", builds=60)
    page = visit(still, session=place["session"]).open(place["history"])
    expect(page.get_by_text("Newer", exact=True)).to_have_attribute("aria-disabled", "true")
    seen = numbers_on(page)
    assert seen == list(range(60, 35, -1))
    for _turn in range(2):
        page.get_by_role("link", name="Older").click()
        page.wait_for_url(re.compile(rf"before={seen[-1]}$"))
        seen += numbers_on(page)
    assert seen == list(range(60, 0, -1))
    expect(page.get_by_text("Older", exact=True)).to_have_attribute("aria-disabled", "true")
    page.get_by_role("link", name="Newer").click()
    page.wait_for_url(re.compile("after=10$"))
    assert numbers_on(page) == list(range(35, 10, -1))
    page.get_by_role("link", name="Build 35", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Build 35")
