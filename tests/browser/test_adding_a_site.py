"""Somebody who never saw the product connects a second site through the browser alone, and publishes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults_of, focused
from tests.browser.visitors import Visit, Visitor, expect_state
from tests.browser.worlds import LiveWorld, StillWorld

pytestmark = pytest.mark.browser
CHANGED = "Saved."


def from_gitlab(visitor: Visitor, second: dict[str, str]) -> dict[str, str]:
    """What the admin reads in GitLab: the project's number and its two tokens."""
    page = visitor.open(second["settings_url"])
    found = {
        "Project ID": page.locator("#project-id").inner_text(),
        "Trigger token": page.locator("#triggers code").inner_text(),
        "API token": page.locator("#tokens code").inner_text(),
    }
    page.close()
    return found


def wide(page: Page) -> None:
    """Back to the usual window after the faults were looked for."""
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_second_site_is_connected_and_goes_live(live: LiveWorld, visit: Visit, shots: Path | None) -> None:
    """Sign in, Add a site, five steps with a mistake on the way, a test build that is live, and the log of changes."""
    second, gitlab = live.outside["second"], live.outside["gitlab"]["url"]
    admin = live.person("admin")
    tomas = visit(live)
    page = tomas.open("/")
    tomas.sign_in(page, admin["username"], admin["password"])
    page.goto(f"{live.url}/sites/demo/settings/")
    page.get_by_role("link", name="Add a site").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Name and addresses")
    assert faults_of(page, shots=shots, name="setup-names") == []
    wide(page)
    page.get_by_label("Name", exact=True).fill("Town Archive")
    page.get_by_label("Address of the site").fill(second["site_url"])
    page.get_by_label("Time zone").fill("Europe/Lisbon")
    page.get_by_role("button", name="Save and go on").click()
    connects(page, gitlab, from_gitlab(tomas, second), shots)
    publishes(page, second["target"], shots)
    page.get_by_role("button", name="Go on without a source for now").click()
    expect(page.get_by_role("listitem").filter(has_text="Test build")).to_have_attribute("aria-current", "step")
    expect_state(page, "first_run")
    assert faults_of(page, shots=shots, name="setup-test") == []
    wide(page)
    page.get_by_role("button", name="Publish the site").click()
    expect_state(page, "building")
    expect_state(page, "just_published", seconds=120)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your publish is live")
    page.get_by_role("button", name="Finish the set-up").click()
    expect(page.get_by_text("The set-up is finished.")).to_be_visible()
    site = tomas.open(f"{second['site_url']}visit/opening-hours/")
    expect(site.get_by_role("heading", level=1)).to_have_text("Opening hours")
    adds_the_webhook(tomas, page, second["settings_url"], shots)


def connects(page: Page, gitlab: str, known: dict[str, str], shots: Path | None) -> None:
    """The second step: a wrong token is named by Check now, then the right one works and is saved."""
    expect(page.get_by_role("heading", level=1)).to_have_text("GitLab")
    page.get_by_label("GitLab address").fill(gitlab)
    for label, value in known.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Trigger token", exact=True).fill("glptt-mistyped")
    page.get_by_role("button", name="Check now").click()
    check = page.locator("#check")
    expect(check.get_by_text("GitLab does not know the trigger token")).to_be_visible()
    assert focused(page) == "check-title"
    expect(check.locator("[data-finding='gitlab.api_token']")).to_have_attribute("data-state", "ok")
    assert faults_of(page, shots=shots, name="setup-gitlab-wrong") == []
    wide(page)
    page.get_by_label("Trigger token", exact=True).fill(known["Trigger token"])
    page.get_by_role("button", name="Check now").click()
    expect(check.get_by_role("heading", name="Everything that was looked at works")).to_be_visible()
    assert faults_of(page, shots=shots, name="setup-gitlab-right") == []
    wide(page)
    page.get_by_role("button", name="Save and go on").click()


def publishes(page: Page, target: str, shots: Path | None) -> None:
    """The third step: where the pipeline puts the site."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Where it is published")
    page.get_by_label("Target").fill(target)
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("[data-finding='host.answers']")).to_contain_text("nothing is published yet")
    assert faults_of(page, shots=shots, name="setup-hosting") == []
    wide(page)
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Content")
    assert faults_of(page, shots=shots, name="setup-content") == []
    wide(page)
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_label("Target")).to_have_value(target)
    page.get_by_role("button", name="Save and go on").click()


def adds_the_webhook(visitor: Visitor, page: Page, gitlab_page: str, shots: Path | None) -> None:
    """Address and a new secret from Settings → GitLab go into GitLab; Check now sees the webhook; all is in the log."""
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    assert faults_of(page, shots=shots, name="settings") == []
    wide(page)
    page.get_by_role("link", name="GitLab", exact=True).click()
    address = page.locator("#hook-url").inner_text()
    assert faults_of(page, shots=shots, name="settings-gitlab") == []
    wide(page)
    page.locator("#renew-hook_token").click()
    secret = page.locator("#secret").inner_text()
    assert faults_of(page, shots=shots, name="settings-secret") == []
    wide(page)
    theirs = visitor.open(gitlab_page)
    theirs.get_by_label("URL").fill(address)
    theirs.get_by_label("Secret token").fill(secret)
    theirs.get_by_role("button", name="Add webhook").click()
    page.get_by_role("link", name="I have it").click()
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("[data-finding='gitlab.hook']")).to_contain_text("It leads here and tells of builds.")
    page.get_by_role("link", name="Settings", exact=True).first.click()
    page.get_by_role("link", name="Changes of settings").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("Secret token of the webhook")
    assert secret not in page.content()
    assert faults_of(page, shots=shots, name="settings-changes") == []


def test_the_pages_of_settings_have_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Each of them, and a form with mistakes."""
    place = still.stage("settings")
    visitor = visit(still, session=place["session"])
    for name in ("site/", "gitlab/new/", "environments/new/", *place["pages"]):
        page = visitor.open(f"{place['settings']}{name}")
        assert faults_of(page, shots=shots, name=f"settings-{name.strip('/').replace('/', '-')}") == []
        page.close()
    page = visitor.open(f"{place['settings']}site/")
    page.get_by_label("Time zone").fill("Nowhere/Land")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("There is no time zone of this name.")).to_be_visible()
    assert faults_of(page, shots=shots, name="settings-mistake") == []


def test_two_admins_at_once_are_told_of_each_other(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The second sees what the first saved, and saves again knowingly; without script as well."""
    place = still.stage("settings")
    first, second = (visit(still, session=place["session"], java_script_enabled=is_on) for is_on in (True, False))
    pages: list[Any] = [one.open(f"{place['settings']}site/") for one in (first, second)]
    for page, name in zip(pages, ("Museum of Boats", "Museum by the Harbour"), strict=True):
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_role("button", name="Save").click()
    expect(pages[0].get_by_text(CHANGED)).to_be_visible()
    late = pages[1]
    expect(late.get_by_role("main").get_by_role("alert")).to_contain_text("Name: Museum of Boats")
    late.get_by_role("button", name="Save").click()
    expect(late.get_by_text(CHANGED)).to_be_visible()
    expect(late.get_by_label("Name", exact=True)).to_have_value("Museum by the Harbour")
