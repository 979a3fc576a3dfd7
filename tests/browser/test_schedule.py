"""What goes live without a press: a dated post for real, a chosen time with its undo, and the pages without fault."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults_of, focused
from tests.browser.visitors import Visit, card, expect_state
from tests.browser.worlds import LiveWorld, StillWorld

pytestmark = pytest.mark.browser

LISBON = ZoneInfo("Europe/Lisbon")
IN_TIME = 180_000  # milliseconds: up to two minutes until the date, then a publish


def publish_everything(page: Page, live: LiveWorld) -> None:
    """Have the demo's site live with all that is saved."""
    page.goto(f"{live.url}/sites/demo/publish/live/")
    expect(card(page)).not_to_have_attribute("data-state", re.compile("queued|building|going_live|confirming"))
    asks = page.get_by_role("link", name=re.compile(r"^Publish \d"))  # what others changed is asked about first
    at_once = page.get_by_role("button", name=re.compile("^(Publish|Build again)"))
    asks.or_(at_once.and_(page.locator(":not([aria-disabled])"))).first.click()
    if asks.count():
        page.get_by_role("dialog").get_by_role("button", name=re.compile("^Publish")).click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("is live")
    expect_state(page, "just_published", seconds=120)


def date_a_post(page: Page, live: LiveWorld, title: str, at: datetime) -> None:
    """Write a post in the CMS that is to go live then."""
    page.goto(f"{live.cms}/entries/new")
    page.get_by_label("Section").select_option("news")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text", exact=True).fill("It opens by itself.")
    page.get_by_label("Published", exact=True).check()
    page.get_by_label("Publish date").fill(f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")


def test_a_post_dated_two_minutes_ahead_goes_live_by_itself(live: LiveWorld, visit: Visit) -> None:
    """Nobody presses anything; visitors read it, and the plan says when it was planned, when live, in which build."""
    mei = visit(live, session=live.stage("session", username="editor"))
    page = mei.open("/sites/demo/publish/live/")
    publish_everything(page, live)
    at = datetime.now(LISBON).replace(second=0, microsecond=0) + timedelta(minutes=2)
    date_a_post(page, live, "The night opens", at)
    page.goto(f"{live.url}/sites/demo/publish/live/schedule/")
    mei.expect_complaint("status of 404")
    visitor = mei.context.new_page()
    answer = visitor.goto(f"{live.site}/news/the-night-opens/")
    assert answer is not None
    assert answer.status == 404
    line = page.locator(".bh-build", has_text="“The night opens” goes live")
    for _ in range(IN_TIME // 3000):
        page.reload()
        if line.get_by_text(re.compile(r", live \d\d:\d\d, build \d+")).count():
            break
        page.wait_for_timeout(3000)
    expect(line).to_contain_text(re.compile(rf"Planned today at {at:%H:%M}, live \d\d:\d\d, build \d+"))
    visitor.goto(f"{live.site}/news/the-night-opens/")
    expect(visitor.locator("body")).to_contain_text("It opens by itself.")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("row", name=re.compile("Schedule")).first).to_be_visible()


def test_an_editor_chooses_a_time_changes_it_and_takes_it_back(still: StillWorld, visit: Visit) -> None:
    """From the card and back to it, with the keyboard's focus on the headline and an undo for some seconds."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"]).open(place["publish"])
    page.get_by_role("link", name="Schedule", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("When should 7 changes go live?")
    page.get_by_role("button", name="Schedule").click()
    expect_state(page, "scheduled")
    expect(page.get_by_role("heading", level=1)).to_have_text("7 changes go live tomorrow at 07:00")
    page.get_by_role("link", name="Change time").click()
    page.get_by_label("Time", exact=True).fill("09:30")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("7 changes go live tomorrow at 09:30")
    page.get_by_role("button", name="Cancel schedule").click()
    expect_state(page, "changes_waiting")
    expect(card(page)).to_contain_text("Schedule canceled.")
    assert focused(page) == "say"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("7 changes go live tomorrow at 09:30")
    page.get_by_role("button", name="Cancel schedule").click()
    expect(card(page)).to_contain_text("Schedule canceled.")
    expect(card(page)).not_to_contain_text("Schedule canceled.", timeout=25_000)


def test_what_publishes_by_itself_can_be_put_off(still: StillWorld, visit: Visit) -> None:
    """The card says in how many minutes; "Not now" leaves it to a person; Undo takes that back."""
    place = still.stage("scene", name="by_itself")
    page = visit(still, session=place["session"]).open(place["publish"])
    expect(page.get_by_role("heading", level=1)).to_have_text("7 changes will publish by themselves in 4 minutes")
    page.get_by_role("button", name="Not now").click()
    expect_state(page, "changes_waiting")
    page.get_by_role("button", name="Undo").click()
    expect_state(page, "scheduled")


@pytest.mark.parametrize("name", ["planned", "nothing_planned", "late"])
def test_the_schedule_has_no_fault(name: str, still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Axe finds nothing in light and dark, at 1280 and 390, and 320 holds it all."""
    place = still.stage("scene", name=name)
    page = visit(still, session=place["session"]).open(f"{place['publish']}schedule/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Schedule")
    assert faults_of(page, shots=shots, name=f"schedule-{name}") == []


@pytest.mark.parametrize("kind", ["once", "weekly"])
def test_the_form_has_no_fault(kind: str, still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The same for choosing a time, as it comes and with a fault of the person."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"]).open(f"{place['publish']}schedule/new/?kind={kind}")
    assert faults_of(page, shots=shots, name=f"schedule-{kind}") == []
    page.get_by_label("By the clock in").fill("Nowhere/Land")
    page.get_by_role("button", name="Schedule").click()
    expect(page.get_by_text("There is no time zone of this name.")).to_be_visible()
    assert faults_of(page, shots=shots, name=f"schedule-{kind}-refused") == []


def test_without_script_a_cancelation_can_be_taken_back(still: StillWorld, visit: Visit) -> None:
    """Every step is a form or a link."""
    place = still.stage("scene", name="scheduled")
    page = visit(still, session=place["session"], java_script_enabled=False).open(f"{place['publish']}schedule/")
    page.get_by_role("button", name="Cancel schedule").click()
    expect(page.get_by_text("Schedule canceled.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Once, on")).to_be_visible()
