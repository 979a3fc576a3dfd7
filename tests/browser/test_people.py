"""Inviting somebody who then publishes, the second factor, and the list of sessions, in a browser."""

from __future__ import annotations

import re
import time
from email import message_from_string, policy
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from tests.browser.looking import faults_of, focused
from tests.browser.visitors import Visit, card
from tests.browser.worlds import StillWorld, World

pytestmark = pytest.mark.browser
PASSWORD = "harbour lights"


def code_of(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app shows for this secret now, or so many steps of 30 seconds later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def mailed_link(world: World, address: str) -> str:
    """The link in the newest mail to this address."""
    for path in sorted(Path(world.place.mail_folder).iterdir(), key=lambda one: one.stat().st_mtime, reverse=True):
        mail = message_from_string(path.read_text(encoding="utf-8"), policy=policy.default)
        body = mail.get_body(("plain",))
        if mail["To"] == address and body is not None:
            found = re.search(rf"{re.escape(world.url)}\S+", body.get_content())
            assert found
            return found[0]
    raise AssertionError(f"There is no mail to {address}.")


def set_up_factor(page: Page, *, password: str) -> str:
    """Turn the second factor on, from the account; returns the secret. The page then shows the recovery codes."""
    page.get_by_role("link", name="Set up the second factor").click()
    secret = page.locator("#key").inner_text()
    picture = page.get_by_role("img", name="QR code with the key below")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    page.get_by_label("The code that the app shows").fill(code_of(secret))
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    return secret


def test_who_is_invited_joins_and_may_publish(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """From the admin's form by mail to a build in line, asked for by the new person."""
    place = still.stage("people")
    page = visit(still, session=place["session"]).open(place["people"])
    assert faults_of(page, shots=shots, name="people") == []
    page.get_by_label("Mail address").fill("jo@museum.example")
    page.get_by_label("Publisher: Does what editors do").check()
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("The invitation is on its way to jo@museum.example.")).to_be_visible()
    line = page.get_by_role("listitem").filter(has_text="jo@museum.example").filter(has_text="Send again")
    expect(line).to_contain_text("Publisher")
    jo = visit(still)
    joining = jo.open(mailed_link(still, "jo@museum.example"))
    expect(joining.get_by_role("heading", level=1)).to_contain_text("invites you to Harbour Museum")
    assert faults_of(joining, shots=shots, name="invitation") == []
    joining.get_by_label("First name").fill("Jo")
    joining.get_by_label("Last name").fill("Vale")
    joining.get_by_label("Password", exact=True).fill(PASSWORD)
    joining.get_by_label("The same password again").fill(PASSWORD)
    joining.get_by_role("button", name="Join", exact=True).click()
    expect(joining.get_by_text("Welcome to Harbour Museum.")).to_be_visible()
    expect(joining.get_by_role("link", name="People")).to_have_count(0)
    card(joining).get_by_role("link", name="Publish 7 changes").click()
    joining.get_by_role("dialog").get_by_role("button", name="Publish 7 changes").click()
    expect(card(joining)).to_have_attribute("data-state", re.compile("^(grace|queued)$"))
    page.reload()
    expect(page.get_by_role("listitem").filter(has_text="Jo Vale")).to_contain_text("Publisher")


def test_a_role_is_changed_and_taken_away_by_keyboard(still: StillWorld, visit: Visit) -> None:
    """The question is a dialog that gives the focus back."""
    place = still.stage("people")
    page = visit(still, session=place["session"]).open(place["people"])
    role = page.get_by_label("Role of Rui Costa")
    role.focus()
    page.keyboard.press("P")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Rui Costa is Publisher now.")).to_be_visible()
    opener = page.get_by_role("link", name="Take away the role of Rui Costa")
    opener.click()
    expect(page.get_by_role("heading", name="Take away the role of Rui Costa?")).to_be_focused()
    page.keyboard.press("Escape")
    assert focused(page).startswith("take-away-")
    opener.click()
    page.get_by_role("button", name="Take away the role", exact=True).click()
    expect(page.get_by_text("Rui Costa has no role on Harbour Museum any more.")).to_be_visible()


def test_links_that_do_not_work_say_why(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Too late, withdrawn, unknown."""
    place = still.stage("people")
    stranger = visit(still)
    stranger.expect_complaint("status of 4(04|10)")
    for name, heading in (("ran_out", "has run out"), ("withdrawn", "was withdrawn")):
        page = stranger.open(place["links"][name])
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    assert faults_of(page, shots=shots, name="no-invitation") == []
    page = stranger.open("/invitations/unknown/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work")


def test_the_second_factor_is_set_up_and_asked_for(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Set up, sign out, sign in with the code of the app, turn it off with the password."""
    still.stage("somebody", name="factor")
    mei = visit(still)
    page = mei.open("/account/")
    mei.sign_in(page, "factor", "correct horse")
    page.get_by_role("link", name="Set up the second factor").click()
    assert faults_of(page, shots=shots, name="second-factor") == []
    page.goto(f"{still.url}/account/")
    secret = set_up_factor(page, password="correct horse")
    assert faults_of(page, shots=shots, name="recovery-codes") == []
    page.get_by_role("link", name="I have them").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    mei.sign_in(page, "factor", "correct horse")
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter the code")
    assert focused(page) == "id_code"
    assert faults_of(page, shots=shots, name="code") == []
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    page.get_by_role("textbox", name="Code").fill(code_of(secret, steps=1))
    page.get_by_role("button", name="Go on").click()
    page.goto(f"{still.url}/account/")
    page.get_by_role("link", name="Change the second factor").click()
    expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    assert faults_of(page, shots=shots, name="second-factor-on") == []
    page.get_by_label("Your password").fill("correct horse")
    page.get_by_role("button", name="Turn the second factor off").click()
    expect(page.get_by_text("The second factor is off.")).to_be_visible()


def test_the_account_shows_and_ends_sessions(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """The phone is signed out from the desk; the desk stays."""
    still.stage("somebody", name="sessions")
    desk, phone = visit(still), visit(still, user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604.1")
    on_phone, at_desk = phone.open("/account/"), desk.open("/account/")
    phone.sign_in(on_phone, "sessions", "correct horse")
    desk.sign_in(at_desk, "sessions", "correct horse")
    line = at_desk.get_by_role("listitem").filter(has_text="Safari on iPhone")
    expect(line).to_contain_text("From 127.0.0.1. Signed in today")
    assert faults_of(at_desk, shots=shots, name="sessions") == []
    line.get_by_role("button", name="Sign out there").click()
    expect(at_desk.get_by_text("Signed out there.")).to_be_visible()
    expect(line).to_have_count(0)
    on_phone.reload()
    expect(on_phone.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_forgotten_password_page_has_no_fault(still: StillWorld, visit: Visit, shots: Path | None) -> None:
    """Asking for the link, and what is said then."""
    page = visit(still).open("/sign-in/")
    page.get_by_role("link", name="Forgot password?").click()
    assert faults_of(page, shots=shots, name="forgotten") == []
    page.get_by_label("User name or email").fill("nobody@museum.example")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    assert faults_of(page, shots=shots, name="forgotten-sent") == []
