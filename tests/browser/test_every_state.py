"""Every page and every state of the card: no fault in any theme and width, nothing for the console to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.looking import colours, faults_of
from tests.browser.visitors import Visit, expect_state
from tests.browser.worlds import StillWorld
from tests.web import ask_scenes, card_scenes, copy_scenes, host_scenes, line_scenes, pause_scenes, schedule_scenes

pytestmark = pytest.mark.browser

SCENES = card_scenes.SCENES | host_scenes.SCENES | pause_scenes.SCENES | schedule_scenes.SCENES
SCENES |= copy_scenes.SCENES | ask_scenes.SCENES | line_scenes.SCENES
STATES = {scene.__name__: state for scene, (state, _words) in SCENES.items()}
# Of the scenes of one state, which differ in words, the first and the last: the others are read without a browser.
LAST = {state: name for name, state in STATES.items()}
FIRST = {state: name for name, state in reversed(STATES.items())}
SHOWN = [
    *sorted(FIRST.values()),
    *(pytest.param(name, marks=pytest.mark.endurance) for name in sorted({*LAST.values()} - {*FIRST.values()})),
]
BUILDS = (
    "building",
    "failed",
    "stopped",
    "unknown",
    "just_published",
    "unproved",
    "queued",
    "published_pages",
    "held_back",
)


@pytest.mark.parametrize("name", SHOWN)
def test_the_card_has_no_fault(name: str, still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Whatever the state, axe finds nothing in light and dark, at 1280 and 390, and 320 holds it all."""
    place = still.stage("scene", name=name)
    page = visit(still, session=place["session"]).open(place["publish"])
    expect_state(page, STATES[name])
    assert faults_of(page, shots=shots, name=f"publish-{name}") == []


@pytest.mark.parametrize("name", BUILDS)
def test_the_page_of_a_build_has_no_fault(name: str, still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The same for the page of one build, with its log open."""
    place = still.stage("scene", name=name)
    page = visit(still, session=place["session"]).open(place["build_page"])
    page.locator("#log").evaluate("log => log.open = true")
    assert faults_of(page, shots=shots, name=f"build-{name}") == []


def test_the_page_of_a_lost_build_has_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The same for a build that was given up."""
    place = still.stage("lost")
    page = visit(still, session=place["session"]).open(place["build_page"])
    expect(page.get_by_role("main")).to_contain_text("The build stopped answering")
    assert faults_of(page, shots=shots, name="build-lost") == []


def test_the_page_that_asks_before_pages_vanish_has_no_fault(
    still: StillWorld, visit: Visit, shots: Path | None
) -> None:
    """The same for the last word before much of the site goes, and it can be taken back."""
    place = still.stage("scene", name="held_back")
    page = visit(still, session=place["session"]).open(place["publish"])
    page.get_by_role("link", name="Publish anyway").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Publish anyway: 57 pages vanish")
    assert faults_of(page, shots=shots, name="held-back-ask") == []
    page.get_by_role("link", name="Keep the current version").click()
    expect_state(page, "held_back")


@pytest.mark.parametrize("name", ["host_is_well", "changed_by_hand", "public_records"])
def test_the_page_of_the_services_has_no_fault(name: str, still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The same for what is known of the build service and the web host."""
    place = still.stage("scene", name=name)
    page = visit(still, session=place["session"]).open(f"{place['publish']}service/")
    expect(page.get_by_role("heading", name="Web host", exact=True)).to_be_visible()
    assert faults_of(page, shots=shots, name=f"service-{name}") == []


def test_the_history_has_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The same for the history with builds of every kind."""
    place = still.stage("history", builds=30)
    page = visit(still, session=place["session"]).open(place["history"])
    assert faults_of(page, shots=shots, name="history") == []


def test_the_pages_of_a_person_have_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The same for the sign-in with an error, the account, and somebody without a site."""
    nobody = visit(still)
    page = nobody.open("/sign-in/")
    page.get_by_label("User name or email").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").first).to_contain_text("do not go together")
    assert faults_of(page, shots=shots, name="sign-in") == []
    stranger = visit(still, session=still.stage("stranger"))
    page = stranger.open("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are not a member of any site yet")
    assert faults_of(page, shots=shots, name="nothing") == []
    page.goto(f"{still.url}/account/")
    page.get_by_label("Show times in").fill("Nowhere/Land")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("There is no time zone of this name.")).to_be_visible()
    assert faults_of(page, shots=shots, name="account") == []


def test_the_error_pages_have_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The same for a page that is not there, one that may not be opened, and a form without its token."""
    place = still.stage("scene", name="may_not_publish")
    reader = visit(still, session=place["session"])
    reader.expect_complaint("status of 40[34]")
    page = reader.open(f"/sites/{place['site']}/builds/999/")
    expect(page.get_by_role("main")).to_contain_text("This build does not exist (any more).")
    assert faults_of(page, shots=shots, name="error-404") == []
    page.goto(f"{still.url}{place['build_page']}log.txt")
    expect(page.get_by_role("main")).to_contain_text("The log is for developers. Ask Tomás Lind.")
    assert faults_of(page, shots=shots, name="error-403") == []
    page.goto(f"{still.url}/account/")
    reader.context.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This page was open for too long")
    assert faults_of(page, shots=shots, name="error-csrf") == []


def test_the_chosen_theme_stays(still: StillWorld, visit: Visit) -> None:
    """Dark chosen on the account page holds on every page, whatever the system says."""
    place: dict[str, Any] = still.stage("scene", name="ready")
    page = visit(still, session=place["session"]).open("/account/")
    light = colours(page)
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{still.url}{place['publish']}")
    dark = colours(page)
    assert dark != light
    page.emulate_media(color_scheme="dark")
    assert colours(page) == dark
