"""Finding builds in the history: by result and by words, by hand and by keyboard, as a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.looking import faults_of
from tests.browser.test_logs_and_history import numbers_on
from tests.browser.visitors import Visit
from tests.browser.worlds import StillWorld

pytestmark = pytest.mark.browser


def test_a_choice_is_kept_and_cleared(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Failed, then one of them by its number with Enter; then nothing matches, and one link brings all back."""
    place = still.stage("history", builds=30)
    page = visit(still, session=place["session"]).open(place["history"])
    page.get_by_role("navigation", name="Result").get_by_role("link", name="Failed").click()
    page.wait_for_url(re.compile(r"\?result=failed$"))
    failed = numbers_on(page)
    assert 0 < len(failed) < 25
    page.get_by_label("Find", exact=True).fill(str(failed[-1]))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"result=failed&q={failed[-1]}"))
    assert numbers_on(page) == [failed[-1]]
    page.get_by_label("Find", exact=True).fill("zeppelin")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="No builds match")).to_be_visible()
    assert faults_of(page, shots=shots, name="history-nothing-found") == []
    page.get_by_role("main").get_by_role("link", name="Clear the filters").last.click()
    page.wait_for_url(re.compile("/history/$"))
    assert len(numbers_on(page)) == 25


def test_the_file_can_be_saved(still: StillWorld, visit: Visit) -> None:
    """It holds what is listed, over all pages."""
    place = still.stage("history", builds=40)
    page = visit(still, session=place["session"]).open(f"{place['history']}?result=stopped")
    listed = numbers_on(page)
    with page.expect_download() as saving:
        page.get_by_role("link", name="Download CSV").click()
    lines = Path(saving.value.path()).read_text(encoding="utf-8").splitlines()
    assert [int(line.split(",")[0]) for line in lines[1:]] == listed


def test_the_chart_reads_as_one_sentence(still: StillWorld, visit: Visit) -> None:
    """A picture with words, and signs where colours would not do."""
    place = still.stage("history", builds=40)
    page = visit(still, session=place["session"], width=390).open(place["history"])
    chart = page.get_by_role("img", name=re.compile("How long the last 30 builds took"))
    expect(chart).to_be_visible()
    assert set(chart.locator(".bh-chart__marks span").all_inner_texts()) >= {"×", "✓"}
