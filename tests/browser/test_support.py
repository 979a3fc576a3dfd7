"""Django's admin in a browser, under the same strict policy as every other page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import Visit
from tests.browser.worlds import StillWorld

pytestmark = pytest.mark.browser

PAGES = ("", "build/", "build/?q=1&state__exact=running", "event/", "delivery/", "auditentry/", "user/")


def test_support_looks_at_everything_and_the_policy_holds(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """No script, style or picture is blocked, wide and narrow; the visitor's ear fails the test for any complaint."""
    place = still.stage("supported")
    root = visit(still, session=place["session"])
    page = root.open("/django-admin/")
    expect(page.get_by_role("heading", name="Look at everything")).to_be_visible()
    rows = (f"build/{place['build']}/change/", f"user/{place['person']}/change/")
    for at, part in enumerate(
        (*(f"deploys/{one}" if one else "" for one in PAGES), *(f"deploys/{one}" for one in rows))
    ):
        answer = page.goto(f"{still.url}/django-admin/{part}")
        assert answer is not None
        assert answer.status == 200
        look(page, shots, f"support-{at}")


def look(page: Page, shots: Path | None, name: str) -> None:
    """Wide and narrow."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator("#content")).to_be_visible()
        if shots:
            page.screenshot(path=shots / f"{name}-{width}.png")


def test_a_person_is_corrected_in_a_browser(still: StillWorld, visit: Visit) -> None:
    """The one form of the admin works with scripts and pictures of its own host alone."""
    place = still.stage("supported")
    page = visit(still, session=place["session"]).open(f"/django-admin/deploys/user/{place['person']}/change/")
    page.get_by_label("First name").fill("Ana Maria")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
