"""The Health page: what does not run, how to start it, and that the page and the card notice when it is back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.looking import faults_of
from tests.browser.visitors import Visit, card, expect_state
from tests.browser.worlds import LiveWorld, StillWorld

pytestmark = pytest.mark.browser


def test_what_stopped_is_told_and_so_is_that_it_is_back(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """From the card to Health, where the page follows by itself; then the card does."""
    place = still.stage("unwell")
    admin = visit(still, session=place["session"])
    page = admin.open(place["publish"])
    expect_state(page, "service_down")
    expect(card(page)).to_contain_text("We cannot follow this publish: a part of Buildhub is not running")
    expect(card(page)).to_contain_text("Neither the worker nor beat")
    assert faults_of(page, shots=shots, name="part-missing") == []
    page.get_by_role("link", name="Open Health").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Health")
    expect(page.get_by_role("heading", name="2 parts need somebody")).to_be_visible()
    worker = page.locator('[data-part="running.worker"]')
    expect(worker).to_contain_text("Last seen 5 minutes ago.")
    expect(worker.locator("code").first).to_have_text("docker compose up -d worker")
    expect(page.get_by_text("120 of 2,000")).to_be_visible()
    assert faults_of(page, shots=shots, name="unwell") == []
    still.stage("well")
    expect(page.get_by_role("heading", name="Everything runs")).to_be_visible(timeout=30_000)
    assert faults_of(page, shots=shots, name="well") == []
    page.goto(f"{still.url}{place['publish']}")
    expect(card(page)).not_to_have_attribute("data-state", "service_down")


def test_where_everything_runs_it_says_so(live: LiveWorld, visit: Visit) -> None:
    """A real worker with beat on a real broker: `/readyz` and the page agree."""
    place = live.stage("workplace", like="demo")
    admin = visit(live, session=place["sessions"]["admin"])
    page = admin.open(f"/sites/{place['site']}/health/")
    expect(page.get_by_role("heading", name="Everything runs")).to_be_visible(timeout=30_000)
    assert page.request.get(f"{live.url}/readyz").json()["ready"] is True
