"""Previews in a browser: made of drafts, shown to those who have the link, shared, published as they are, deleted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults_of, focused
from tests.browser.visitors import Visit, Visitor, card, expect_state
from tests.browser.worlds import LiveWorld, StillWorld

pytestmark = pytest.mark.browser

DRAFT, ADDRESS = "Spring boat parade", "events/spring-boat-parade/"
HIDDEN = (DRAFT, "What we did with your money this year", "A night at the harbour", "Storm closes the roof terrace")
SOON = 60_000  # milliseconds for a pipeline
A_TICK = 150_000  # until the worker has looked for previews whose time is over, twice


@pytest.fixture
def museum(live: LiveWorld) -> dict[str, Any]:
    """A site of this test's own that makes previews."""
    made: dict[str, Any] = live.stage("workplace", like="demo", previews=True)
    return made


def folder_of(live: LiveWorld, address: str) -> Path:
    """Where the files of the preview with this address lie."""
    label = (urlsplit(address).hostname or "").partition(".")[0]
    return Path(live.outside["site_folder"], "previews", label)


def ready(page: Page) -> str:
    """Wait until the preview of this page can be opened; returns its address."""
    link = page.get_by_role("link", name="Open the preview")
    expect(link).to_be_visible(timeout=SOON)
    return str(link.get_attribute("href"))


def make(page: Page, museum: dict[str, Any], live: LiveWorld) -> str:
    """Ask for a preview on the publish card and wait for it."""
    page.goto(f"{live.url}{museum['publish']}")
    page.get_by_role("button", name="Preview", exact=True).click()
    return ready(page)


def save(page: Page, live: LiveWorld, title: str, *, status: str) -> None:
    """Save an entry of the CMS as a draft, or published without dates."""
    page.goto(live.cms)
    page.get_by_role("link", name=title, exact=True).first.click()
    page.get_by_label(status, exact=True).check()
    page.locator("#publish_at").fill("")
    page.locator("#expires_at").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")


def test_an_editor_sees_a_draft_before_anybody_else(live: LiveWorld, museum: dict[str, Any], visit: Visit) -> None:
    """From the card: under an address of its own, for those who have the link; then deleted, and really gone."""
    mei = visit(live, session=museum["sessions"]["editor"])
    mei.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = mei.open("/account/")
    address = make(page, museum, live)
    main = page.get_by_role("main")
    expect(main).to_contain_text("Everybody who has this link can see it; it is not listed and search engines are told")
    expect(main).to_contain_text("It stays until tomorrow at")
    expect(page.get_by_role("navigation", name="Main").locator("[aria-current]")).to_have_text("Previews")
    expect(page.get_by_role("region", name="What happened when")).to_contain_text("Putting the preview up")
    expect(main).not_to_contain_text("Going live")
    page.get_by_role("button", name="Copy the preview's link").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address
    share(page, museum, live)
    look(mei, address)
    delete(mei, museum, live, address)


def share(page: Page, museum: dict[str, Any], live: LiveWorld) -> None:
    """Note who got the link; the list of previews says it, and until when they have."""
    page.get_by_label("Shared with").fill("The board\nana@museum.example")
    page.get_by_role("button", name="Save the list").click()
    expect(page.get_by_label("Shared with")).to_have_value("The board\nana@museum.example\n")
    page.get_by_role("button", name="Keep a day longer").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Previews").click()
    line = page.get_by_role("listitem").filter(has_text="Build 1")
    expect(line).to_contain_text("Shared with The board, ana@museum.example.")
    expect(line).to_contain_text("It stays until")
    expect(line).not_to_contain_text("tomorrow")


def look(mei: Visitor, address: str) -> None:
    """Whoever has the link reads the draft, without signing in, and links lead on within the preview."""
    stranger = mei.context.new_page()
    answer = stranger.goto(f"{address}{ADDRESS}")
    assert answer is not None and answer.headers["x-robots-tag"] == "noindex, nofollow"
    expect(stranger.get_by_role("heading", level=1)).to_have_text(DRAFT)
    stranger.get_by_role("link", name="Visit", exact=True).first.click()
    assert stranger.url == f"{address}visit/"
    stranger.close()


def delete(mei: Visitor, museum: dict[str, Any], live: LiveWorld, address: str) -> None:
    """The dialog says what follows; the press takes the files away and the link ends."""
    page = mei.open(museum["previews"])
    page.get_by_role("link", name="Build 1").click()
    page.get_by_role("link", name="Delete now").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Its link stops working within a minute for everybody who has it")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert focused(page) == "ask-delete-preview"
    assert folder_of(live, address).exists()
    page.get_by_role("link", name="Delete now").click()
    page.get_by_role("button", name="Delete the preview").click()
    expect(page.get_by_role("main")).to_contain_text("This preview was deleted")
    wait_until_gone(page, mei, address, live)
    expect(page.get_by_role("link", name="Open the preview")).to_have_count(0)


def wait_until_gone(page: Page, visitor: Visitor, address: str, live: LiveWorld) -> None:
    """Look again until the page says that the files left, and see that they have."""
    visitor.expect_complaint("status of 404")
    said = page.get_by_role("main").get_by_text(re.compile("^Its files left the web host"))
    for _ in range(A_TICK // 1000):
        if said.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(said).to_be_visible()
    assert not folder_of(live, address).exists()
    answer = visitor.context.new_page().goto(address)
    assert answer is not None and answer.status == 404


def test_an_entry_leads_to_its_own_page(live: LiveWorld, museum: dict[str, Any], visit: Visit) -> None:
    """From the page of a draft: asked for there, and when it is ready the same button leads to the draft itself."""
    mei = visit(live, session=museum["sessions"]["editor"])
    page = mei.open("/account/")
    page.goto(live.cms)
    page.get_by_role("link", name=DRAFT, exact=True).first.click()
    key = re.findall(r"/entries/(\d+)/", page.url)[0]
    entry = f"{live.url}{museum['entries']}{key}/"
    mei.expect_complaint("status of 404")  # until the worker has read the CMS
    while (answer := page.goto(entry)) is None or not answer.ok:
        page.wait_for_timeout(500)
    page.get_by_role("button", name="Preview").click()
    address = ready(page)
    page.goto(entry)
    page.get_by_role("link", name="See it in the preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(DRAFT)
    assert page.url == f"{address}{ADDRESS}"


def test_a_preview_goes_away_when_its_time_is_over(live: LiveWorld, museum: dict[str, Any], visit: Visit) -> None:
    """Nobody presses anything: the worker takes the files away, and the page says when."""
    mei = visit(live, session=museum["sessions"]["editor"])
    page = mei.open("/account/")
    address = make(page, museum, live)
    live.stage("expire", site=museum["site"])
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("The time of this preview is over")
    wait_until_gone(page, mei, address, live)


def test_a_preview_is_published_as_it_is(live: LiveWorld, museum: dict[str, Any], visit: Visit) -> None:
    """Not while a draft is in it; when the draft is published in the CMS, the very same files go live in one step."""
    page = visit(live, session=museum["sessions"]["editor"]).open(museum["publish"])
    page.get_by_role("button", name="Publish the site").click()
    expect_state(page, "just_published")
    make(page, museum, live)
    preview, off = page.url, page.get_by_role("button", name="Publish this preview")
    expect(page.get_by_role("main")).to_contain_text("Not everything in it is published: “")
    expect(off).to_have_attribute("aria-disabled", "true")
    try:
        for title in HIDDEN:
            save(page, live, title, status="Published")
        make(page, museum, live)
        page.get_by_role("link", name="Publish this preview").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_have_accessible_name("Publish this preview?")
        expect(dialog).to_contain_text("4 changes will be visible")
        expect(dialog.get_by_role("button", name="Not yet")).to_be_visible()
        dialog.get_by_role("button", name="Publish this preview").click()
        expect(page.get_by_role("main")).to_contain_text("published the preview of build 3 as it was", timeout=SOON)
        page.get_by_role("link", name="Publish", exact=True).click()
        expect_state(page, "just_published")
        expect(card(page)).to_contain_text("Your 4 changes are live")
        page.goto(f"{live.site}/{ADDRESS}")
        expect(page.get_by_role("heading", level=1)).to_have_text(DRAFT)
    finally:
        for title in HIDDEN:
            save(page, live, title, status="Draft")
    page.goto(preview)
    assert live.stage("states", site=museum["site"]) == ["succeeded"] * 4


@pytest.mark.parametrize("name", ["failed", "over", "troubled", "running", "draft", "ready"])
def test_the_page_of_a_preview_has_no_fault(name: str, still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Axe finds nothing in light and dark, at 1280 and 390, and 320 holds it all."""
    place = still.stage("previews")
    page = visit(still, session=place["session"]).open(place[f"{name}_page"])
    expect(page.get_by_role("heading", name="The preview", exact=True)).to_be_visible()
    assert faults_of(page, shots=shots, name=f"preview-{name}") == []


def test_the_list_and_the_questions_have_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The same for the list, and for the questions before one is published or deleted, as dialogs and as pages."""
    place = still.stage("previews")
    visitor = visit(still, session=place["session"])
    page = visitor.open(place["previews"])
    assert faults_of(page, shots=shots, name="previews") == []
    for link, name in (("Publish this preview", "publish"), ("Delete now", "delete")):
        page = visitor.open(place["ready_page"])
        address = page.get_by_role("link", name=link).get_attribute("href")
        page.get_by_role("link", name=link).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert faults_of(page, shots=shots, name=f"preview-{name}-dialog") == []
        page = visitor.open(str(address))
        assert faults_of(page, shots=shots, name=f"preview-{name}-page") == []


def test_a_site_without_previews_yet_has_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """An invitation in place of a list."""
    place = still.stage("scene", name="ready")
    page = visit(still, session=place["session"]).open(f"/sites/{place['site']}/previews/")
    expect(page.get_by_role("main")).to_contain_text("This site has no place for previews yet.")
    assert faults_of(page, shots=shots, name="previews-none") == []


def test_without_script_a_preview_is_asked_for_and_published(still: StillWorld, visit: Visit) -> None:
    """Everything is a link or a form."""
    place = still.stage("previews")
    page = visit(still, session=place["session"], java_script_enabled=False).open(place["ready_page"])
    page.get_by_role("link", name="Publish this preview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Publish this preview?")
    page.get_by_role("button", name="Publish this preview").click()
    expect(page.get_by_role("main")).to_contain_text("asked to publish the preview of build 7 as it is")
    page.goto(f"{still.url}{place['ready_page']}")
    expect(page.get_by_role("main")).to_contain_text("It is being published.")
    page.goto(f"{still.url}{place['previews']}")
    page.get_by_role("button", name="Make a preview").click()
    expect(page.get_by_role("main")).to_contain_text("The link appears here when the preview is ready.")
