"""The page of an entry, what was in a build, and the content sources, in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults_of, focused
from tests.browser.visitors import Visit
from tests.browser.worlds import StillWorld
from tests.content.feeds import MAPPING, Feed
from tests.content.feeds import page as entry

pytestmark = pytest.mark.browser


@pytest.fixture
def feed() -> Iterator[Feed]:
    """A CMS whose entries are hostile."""
    with Feed() as found:
        attack = "<img src=x onerror=\"window.hacked = 'trial'\">"
        found.entries = [entry("hours", body=attack), entry("shop", title=attack, url="/shop/")]
        yield found


def open_all(page: Page) -> None:
    """Open every fold and wait for what it brings."""
    page.eval_on_selector_all("details[id^=c]", "all => all.forEach(each => { each.open = true })")
    expect(page.get_by_text("Show what changed")).to_have_count(0)


def nothing_is_active(page: Page) -> bool:
    """No script of the content ran, and no link or element of it could."""
    links = page.eval_on_selector_all("main a", "all => all.map(each => each.getAttribute('href'))")
    risky = "main iframe, main style, main script, main img, main svg[onload], [onerror], [onload]"
    return (
        page.evaluate("window.hacked ?? null") is None
        and page.locator(risky).count() == 0
        and not any(re.match(r"\s*(javascript|data|//|/\\)", link) for link in links)
    )


def test_the_page_of_an_entry_has_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Axe finds nothing in light and dark, at 1280 and 390, and 320 holds it all; folded and unfolded."""
    place = still.stage("entries")
    visitor = visit(still, session=place["session"])
    page = visitor.open(place["entry"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Opening hours")
    expect(page.get_by_text("Seen on the page")).to_be_visible()
    assert faults_of(page, shots=shots, name="entry") == []
    page.set_viewport_size({"width": 1280, "height": 900})
    open_all(page)
    expect(page.locator("ins").first).to_be_visible()
    assert faults_of(page, shots=shots, name="entry-open") == []
    for name in ("removed", "new"):
        page = visitor.open(place[name])
        assert faults_of(page, shots=shots, name=f"entry-{name}") == []


def test_two_versions_are_chosen_and_compared(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """By two selects; the full text is reached, and the way back."""
    place = still.stage("entries")
    page = visit(still, session=place["session"]).open(place["entry"])
    page.locator("select[name=from]").select_option(index=4)
    page.locator("select[name=to]").select_option(index=3)
    page.get_by_role("button", name="Compare").click()
    compared = page.get_by_role("region", name="Two versions compared")
    expect(compared.locator("del").first).to_contain_text("17:00")
    expect(compared.locator("ins").first).to_contain_text("17:30")
    assert faults_of(page, shots=shots, name="entry-compared") == []
    page.set_viewport_size({"width": 1280, "height": 900})
    compared.get_by_role("link", name="Show the full text").click()
    expect(compared.get_by_text("The tower is closed in strong wind.")).to_be_visible()
    assert focused(page) == "compared-body"
    compared.get_by_role("link", name="Show only what changed").click()
    expect(compared.get_by_role("link", name="Show the full text")).to_be_visible()


def test_nothing_of_an_entry_is_active(still: StillWorld, visit: Visit) -> None:
    """Title, section, person, addresses and text of a hostile entry, and of a build that carried it."""
    place = still.stage("entries")
    visitor = visit(still, session=place["session"])
    page = visitor.open(place["hostile"])
    open_all(page)
    assert nothing_is_active(page)
    assert nothing_is_active(visitor.open(place["build_page"]))


def test_a_build_says_what_was_in_it(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Each entry leads to its own page; what was saved while it ran is beside."""
    place = still.stage("entries")
    page = visit(still, session=place["session"]).open(place["running_page"])
    expect(page.get_by_role("region", name="Saved while it ran")).to_contain_text("Opening hours")
    assert faults_of(page, shots=shots, name="build-carried") == []
    page.get_by_role("region", name="What is in it").get_by_role("link", name="Lighthouse lens returns").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lighthouse lens returns")


def test_the_pages_of_sources_have_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The list, the choice, a form, and a form with mistakes."""
    place = still.stage("sources")
    visitor = visit(still, session=place["session"])
    page = visitor.open(place["sources"])
    expect(page.get_by_text("312 of 486")).to_be_visible()
    assert faults_of(page, shots=shots, name="sources") == []
    page = visitor.open(place["new"])
    assert faults_of(page, shots=shots, name="sources-choose") == []
    page = visitor.open(place["source"])
    assert faults_of(page, shots=shots, name="source") == []
    page.get_by_label("GraphQL address").fill("nowhere")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_s_url_error")).to_contain_text("is no http or https address")
    assert faults_of(page, shots=shots, name="source-mistake") == []


def test_a_source_is_tried_and_then_saved(still: StillWorld, visit: Visit, feed: Feed, shots: Path | None) -> None:
    """What was typed stays while it is tried, the secret too; hostile entries are text; then it is saved."""
    place = still.stage("sources")
    page = visit(still, session=place["root"]).open(f"{place['new']}?kind=json")
    config = {
        "url": f"http://{feed.host}/entries",
        "items": "items",
        "total": "total",
        "mapping": MAPPING,
        "headers": {"Authorization": "Bearer {secret:token}"},
    }
    page.get_by_label("Settings as JSON").fill(json.dumps(config, indent=2))
    page.get_by_role("button", name="Try").click()
    expect(page.locator("#trial")).to_contain_text("The secret “token” is not set")
    page.get_by_label("Secrets").fill("token = abc")
    page.get_by_role("button", name="Try").click()
    expect(page.locator("#trial")).to_contain_text("is in a private network")
    page.get_by_label("Allowed private hosts").fill(feed.host)
    page.get_by_role("button", name="Try").click()
    expect(page.locator("#trial")).to_contain_text("2 entries in all.")
    assert focused(page) == "trial-title"
    assert nothing_is_active(page)
    assert page.get_by_label("Secrets").input_value() == "token = abc"
    assert faults_of(page, shots=shots, name="source-tried") == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. The source is read now.")).to_be_visible()


def test_a_smaller_reading_is_accepted(still: StillWorld, visit: Visit) -> None:
    """One press; the page says what follows."""
    place = still.stage("sources")
    page = visit(still, session=place["session"]).open(place["sources"])
    page.locator(f"#accept-{place['troubled']}").click()
    expect(page.get_by_text("The next reading counts, even if it is smaller.")).to_be_visible()


def test_without_script_everything_is_a_link_or_a_form(still: StillWorld, visit: Visit, feed: Feed) -> None:
    """Versions open on a page of their own, and a source is tried with the page anew."""
    place = still.stage("entries")
    page = visit(still, session=place["session"], java_script_enabled=False).open(place["entry"])
    page.locator("summary").nth(1).click()
    page.get_by_role("link", name="Show what changed").first.click()
    expect(page.get_by_role("region", name="Two versions compared").locator("ins").first).to_be_visible()
    other = still.stage("sources")
    page = visit(still, session=other["session"], java_script_enabled=False).open(other["sources"])
    page.locator(f"#try-{other['troubled']}").click()
    expect(page.get_by_role("heading", name="The source cannot be read")).to_be_visible()
