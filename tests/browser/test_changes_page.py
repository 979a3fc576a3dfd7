"""The Changes page in a browser: no fault, nothing active in hostile content, and everything by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.looking import faults_of
from tests.browser.visitors import Visit
from tests.browser.worlds import StillWorld

pytestmark = pytest.mark.browser


def test_the_page_has_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Axe finds nothing in light and dark, at 1280 and 390, and 320 holds it all."""
    place = still.stage("scene", name="changes_waiting")
    page = visit(still, session=place["session"]).open(place["changes"])
    expect(page.get_by_role("heading", level=1)).to_have_text("7 changes since the last publish")
    assert faults_of(page, shots=shots, name="changes") == []
