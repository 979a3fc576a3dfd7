"""Pages that somebody leaves open: title, icon, announcements, polls, and what happens when the line is cut."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.looking import ask_now
from tests.browser.visitors import Visit, Visitor, expect_state
from tests.browser.worlds import StillWorld

pytestmark = pytest.mark.browser

MOVING = "document.getAnimations().filter(each => each.effect.getTiming().iterations === Infinity).length"


def watching(still: StillWorld, visit: Visit, scene: str) -> tuple[dict[str, Any], Visitor, Page]:
    """Somebody has the Publish page open at this scene."""
    place = still.stage("scene", name=scene)
    visitor = visit(still, session=place["session"])
    return place, visitor, visitor.open(place["publish"])


def expect_favicon(page: Page, name: str) -> None:
    """The tab shows the icon of this name."""
    expect(page.locator("#favicon")).to_have_attribute("href", re.compile(rf"favicon-{name}\.\w*\.?svg$"))


def test_title_icon_and_words_follow_a_failure(still: StillWorld, visit: Visit) -> None:
    """The tab tells percentage, then failure; the failure is announced once as an alert, the list shows it."""
    place, _visitor, page = watching(still, visit, "building")
    expect(page).to_have_title(re.compile(r"^\d+ % Publishing · Harbour Museum · Buildhub$"))
    expect_favicon(page, "building")
    expect(page.locator("#bh-alert")).to_be_empty()
    still.stage("ends", build=place["build"], state="failed")
    ask_now(page)
    expect_state(page, "failed")
    expect(page).to_have_title("Failed · Harbour Museum · Buildhub")
    expect_favicon(page, "failed")
    expect(page.locator("#bh-alert")).to_have_text("The site could not be built. The live site was not touched.")
    expect(page.locator("#bh-live")).to_be_empty()
    expect(page.locator("#recent-builds li").first).to_contain_text("Failed")


def test_the_page_of_a_build_shows_what_came_to_the_web_host(still: StillWorld, visit: Visit) -> None:
    """The report comes after the build has ended: the open page shows it without being loaded anew."""
    place = still.stage("scene", name="confirming")
    page = visit(still, session=place["session"]).open(place["build_page"])
    section = page.locator("#on-host")
    expect(section).to_be_hidden()
    still.stage("reports", build=place["build"])
    ask_now(page)
    expect(section).to_contain_text("8 of 257 pages changed. We look whether visitors see it.")
    still.stage("is_seen_live", build=place["build"])
    ask_now(page)
    expect(section).to_contain_text("8 of 257 pages changed, live since today at")
    expect(page.locator("#on-host")).to_have_count(1)


def test_title_icon_and_words_follow_a_success(still: StillWorld, visit: Visit) -> None:
    """Green is not live yet: the page says so, and says live when the site itself shows the build."""
    place, _visitor, page = watching(still, visit, "building")
    still.stage("ends", build=place["build"], state="succeeded")
    ask_now(page)
    expect_state(page, "confirming")
    expect(page.locator("#bh-live")).to_have_text("Built. Looking whether visitors see it.")
    expect_favicon(page, "building")
    still.stage("is_seen_live", build=place["build"])
    ask_now(page)
    expect_state(page, "just_published")
    expect(page).to_have_title("✓ Live · Harbour Museum · Buildhub")
    expect_favicon(page, "ok")
    expect(page.locator("#bh-live")).to_have_text("Your publish is live.")
    expect(page.locator("#bh-alert")).to_be_empty()


def test_news_without_a_new_step_are_not_announced(still: StillWorld, visit: Visit) -> None:
    """The card is drawn anew, but the region for announcements stays as it was."""
    place, _visitor, page = watching(still, visit, "building")
    before = page.locator("#publish").get_attribute("hx-get")
    still.stage("happened", build=place["build"], words="GitLab answered")
    ask_now(page)
    expect(page.locator("#publish")).not_to_have_attribute("hx-get", before or "")
    expect(page.locator("#bh-live")).to_be_empty()


def test_the_page_of_an_ended_build_asks_no_more(still: StillWorld, visit: Visit) -> None:
    """It asks while the build runs; after the end and the last line of the log there is silence for an hour."""
    place = still.stage("scene", name="building")
    visitor = visit(still, session=place["session"])
    page = visitor.context.new_page()
    page.clock.install()
    under_way: set[Request] = set()
    page.on("request", lambda request: under_way.add(request))
    page.on("requestfinished", lambda request: under_way.discard(request))
    page.goto(f"{still.url}{place['build_page']}")
    page.locator("#log summary").click()
    with page.expect_response(re.compile("/live/")), page.expect_response(re.compile("/log/")):
        page.clock.run_for(2_100)
    still.stage("forget_other_logs", build=place["build"])
    still.stage("log", build=place["build"], text="done\n", complete=True)
    still.stage("ends", build=place["build"], state="failed")
    page.clock.run_for(2_100)
    expect(page.locator("#build")).to_have_attribute("data-state", "failed")
    page.clock.run_for(2_100)
    expect(page.locator("#log-more")).to_have_count(0)
    expect(page.locator("[data-watch]")).to_have_count(0)
    # htmx gives up a request after a minute, and the hour below passes at once.
    while under_way:
        page.wait_for_timeout(50)
    page.wait_for_timeout(200)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(3_600_000)
    assert asked == []
    expect(page).to_have_title(re.compile("^Build 2: Failed"))
    expect_favicon(page, "failed")


def test_a_lost_connection_is_said_and_comes_back(still: StillWorld, visit: Visit) -> None:
    """Two questions without an answer: the page says so; back online it asks at once and the notice goes."""
    _place, visitor, page = watching(still, visit, "building")
    visitor.expect_complaint("ERR_INTERNET_DISCONNECTED|Failed to fetch")
    lost = page.get_by_role("heading", name="We lost the connection to Buildhub")
    visitor.context.set_offline(True)
    for _try in range(2):
        expect(lost).to_have_count(0)
        with page.expect_event("requestfailed"):
            page.evaluate("document.querySelector('[data-watch]').dispatchEvent(new CustomEvent('bh-poll'))")
    expect(lost).to_be_visible()
    expect(page.get_by_text("Trying again in 10 seconds.")).to_be_visible()
    visitor.context.set_offline(False)  # the browser says "online", and the page asks at once
    expect(lost).to_have_count(0)


def test_whoever_was_signed_out_meanwhile_comes_to_the_sign_in(still: StillWorld, visit: Visit) -> None:
    """The next news lead the whole page to the sign-in, which knows the way back."""
    place, visitor, page = watching(still, visit, "building")
    visitor.context.clear_cookies(name="sessionid")
    still.stage("happened", build=place["build"], words="Anything")
    page.evaluate("document.querySelector('[data-watch]').dispatchEvent(new CustomEvent('bh-poll'))")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert page.url == f"{still.url}/sign-in/?next={place['publish']}"


def test_nothing_moves_for_those_who_asked_for_that(still: StillWorld, visit: Visit) -> None:
    """The ring turns by itself only where motion is welcome."""
    place = still.stage("scene", name="building")
    page = visit(still, session=place["session"]).open(place["publish"])
    assert page.evaluate(MOVING) > 0
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    assert page.evaluate(MOVING) == 0
