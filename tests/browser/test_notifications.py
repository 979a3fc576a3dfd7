"""Choosing what to hear of, sending a test, the bell on the card, and the mailbox of the demo, in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import ask_now, faults_of, focused
from tests.browser.visitors import Visit, Visitor, expect_state
from tests.browser.worlds import LiveWorld, StillWorld

pytestmark = pytest.mark.browser

# The headless browser has no notifications: in its place one that notes what is asked of it. `say` is its answer.
BROWSER_MESSAGES = """say => {
  window.asked = 0;
  window.shown = [];
  window.Notification = class {
    static permission = say;
    static async requestPermission() { window.asked += 1; return say; }
    constructor(words) { window.shown.push(words); }
  };
}"""


def with_messages(visitor: Visitor, answer: str) -> None:
    """The browser asks the person, who answers so."""
    visitor.context.add_init_script(f"({BROWSER_MESSAGES})('{answer}')")


def hide_tab(page: Page) -> None:
    """The person looks at another tab."""
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")


def ask_though_hidden(page: Page) -> None:
    """Let the page ask for news as it does when the line is back."""
    with page.expect_response(lambda answer: "/card/" in answer.url):
        page.evaluate("window.dispatchEvent(new Event('online'))")


@pytest.mark.parametrize("name", ["mine", "team", "log", "mail", "hook", "choose", "new_hook", "remove", "stop"])
def test_no_page_has_a_fault(still: StillWorld, visit: Visit, shots: Path | None, name: str) -> None:
    """Axe finds nothing in light and dark, at 1280 and 390, and 320 holds it all."""
    place = still.stage("notifications")
    page = visit(still, session=place["session"]).open(place[name])
    assert faults_of(page, shots=shots, name=f"notifications-{name}") == []


def test_topics_are_chosen_by_keyboard_and_stay(still: StillWorld, visit: Visit) -> None:
    """Each environment has a group of its own."""
    place = still.stage("notifications")
    page = visit(still, session=place["session"]).open(place["mine"])
    group = page.get_by_role("group", name="Harbour Museum", exact=True)
    mine = group.get_by_label("A publish that I asked for is live")
    expect(group.get_by_label("A publish failed, or works again")).to_be_checked()
    mine.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(mine).to_be_checked()
    expect(
        page.get_by_role("group", name="Harbour Museum (Staging)").get_by_role("checkbox", checked=True)
    ).to_have_count(0)


def test_a_place_is_removed_after_a_question(still: StillWorld, visit: Visit) -> None:
    """In a dialog; keeping it gives the focus back."""
    place = still.stage("notifications")
    page = visit(still, session=place["session"]).open(place["team"])
    opener = page.get_by_role("link", name="Remove Newsroom")
    opener.click()
    expect(page.get_by_role("heading", name="Remove “Newsroom”?")).to_be_focused()
    page.get_by_role("button", name="Keep the place").click()
    assert focused(page).startswith("remove-")
    opener.click()
    page.get_by_role("button", name="Remove the place").click()
    expect(page.get_by_text("Removed.")).to_be_visible()
    expect(page.get_by_text("Newsroom")).to_have_count(0)


def test_the_bell_asks_on_the_click_alone_and_tells_once(still: StillWorld, visit: Visit) -> None:
    """Not on load; the word stays over polls; one message, and none while the tab is in front."""
    place = still.stage("scene", name="building")
    visitor = visit(still, session=place["session"])
    with_messages(visitor, "granted")
    page = visitor.open(place["publish"])
    assert page.evaluate("window.asked") == 0
    bell = page.get_by_role("button", name="Tell me when it is done")
    bell.click()
    pressed = page.get_by_role("button", name="We will tell you here")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    pressed.click()
    assert page.evaluate("window.asked") == 1
    still.stage("happened", build=place["build"], words="Something")
    ask_now(page)
    expect(pressed).to_be_visible()
    hide_tab(page)
    still.stage("ends", build=place["build"], state="failed")
    ask_though_hidden(page)
    expect_state(page, "failed")
    page.wait_for_function("window.shown.length === 1")
    assert page.evaluate("window.shown") == ["The site could not be built"]
    ask_though_hidden(page)
    assert page.evaluate("window.shown.length") == 1
    assert still.stage("wishes", build=place["build"]) == 0


def test_no_message_comes_while_the_tab_is_in_front(still: StillWorld, visit: Visit) -> None:
    """The page itself says it."""
    place = still.stage("scene", name="building")
    visitor = visit(still, session=place["session"])
    with_messages(visitor, "granted")
    page = visitor.open(place["publish"])
    page.get_by_role("button", name="Tell me when it is done").click()
    expect(page.get_by_role("button", name="We will tell you here")).to_be_visible()
    still.stage("ends", build=place["build"], state="failed")
    ask_now(page)
    expect_state(page, "failed")
    assert page.evaluate("window.shown") == []


def test_where_the_browser_says_no_a_mail_comes(still: StillWorld, visit: Visit) -> None:
    """Noted once; the word stays over polls and when the page is loaded anew."""
    place = still.stage("scene", name="building")
    still.stage("mailed", site=place["site"])
    visitor = visit(still, session=place["session"])
    with_messages(visitor, "denied")
    page = visitor.open(place["publish"])
    page.get_by_role("button", name="Tell me when it is done").click()
    expect(page.get_by_role("button", name="We will send you a mail")).to_be_visible()
    assert still.stage("wishes", build=place["build"]) == 1
    page.reload()
    expect(page.get_by_role("button", name="We will send you a mail")).to_be_visible()


def test_where_nothing_can_reach_the_person_the_bell_says_so(still: StillWorld, visit: Visit) -> None:
    """No message of the browser, and no mail address."""
    place = still.stage("scene", name="building")
    visitor = visit(still, session=place["session"])
    visitor.expect_complaint("409")
    with_messages(visitor, "denied")
    page = visitor.open(place["publish"])
    page.get_by_role("button", name="Tell me when it is done").click()
    expect(page.get_by_role("button", name="No message can reach you")).to_be_visible()


def test_without_script_the_bell_is_a_form(still: StillWorld, visit: Visit) -> None:
    """It asks for the mail."""
    place = still.stage("scene", name="building")
    still.stage("mailed", site=place["site"])
    page = visit(still, session=place["session"], java_script_enabled=False).open(place["publish"])
    page.get_by_role("button", name="Tell me when it is done").click()
    expect(page.get_by_text("You get a mail when this publish is done.")).to_be_visible()


def test_a_test_reaches_the_mailbox_of_the_demo(live: LiveWorld, visit: Visit, shots: Path | None) -> None:
    """By Slack, Teams, webhook and mail: the page says that it arrived, and the mailbox shows it."""
    person = live.person("admin")
    visitor = visit(live)
    visitor.expect_complaint("postMessage")  # axe knocks at the frame with the mail, in which no script runs
    page = visitor.open("/sites/demo/notifications/")
    visitor.sign_in(page, person["username"], person["password"])
    for name in ("Newsroom", "Web team", "Status display"):
        page.get_by_role("button", name=f"Send a test ({name})").click()
        line = page.get_by_role("listitem").filter(has=page.get_by_text(name, exact=True))
        expect(line).to_contain_text("The last message arrived", timeout=30_000)
    page.goto(f"{live.url}/notifications/")
    page.get_by_role("button", name="Send a test (Email)").click()
    expect(page.get_by_text("The last message arrived")).to_be_visible(timeout=30_000)
    box = visitor.open(f"{live.cms}/mailbox/")
    for kind in ("Slack", "Microsoft Teams", "Webhook", "Email"):
        expect(box.locator(".row").filter(has_text="test").filter(has_text=kind).first).to_be_visible()
    assert faults_of(box, shots=shots, name="mailbox") == []
    box.get_by_role("link", name="Test · This is a test", exact=True).click()
    expect(box.frame_locator("iframe.mail").get_by_role("heading", name="This is a test")).to_be_visible()
    assert faults_of(box, shots=shots, name="mailbox-mail") == []
