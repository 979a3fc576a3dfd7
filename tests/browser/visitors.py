"""People with a browser: signed in, and with an ear for everything that a page may complain about."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError, expect

TELL_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', event =>
  console.error(`The policy forbids ${event.violatedDirective}: ${event.blockedURI} at ${event.sourceFile}`));
"""


class Visitor:
    """One person's browser at one dashboard. `complaints` are errors and warnings of every page they opened."""

    def __init__(self, url: str, context: BrowserContext, *, session: str = "") -> None:
        self.url, self.context, self.complaints = url, context, list[str]()
        self._expected: list[str] = []
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._hear)
        context.on("weberror", self._hear_error)
        if session:
            name = urlsplit(url).hostname or ""
            context.add_cookies([{"name": "sessionid", "value": session, "domain": name, "path": "/"}])

    def open(self, address: str) -> Page:
        """A new tab; an address without a host is one of the dashboard."""
        page = self.context.new_page()
        page.goto(address if "://" in address else f"{self.url}{address}")
        return page

    def sign_in(self, page: Page, username: str, password: str) -> None:
        """Fill in the sign-in form that the page shows and send it."""
        page.get_by_label("User name or email").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)

    def expect_complaint(self, pattern: str) -> None:
        """This page is meant to be answered with an error; the browser may say so."""
        self._expected.append(pattern)

    def unexpected(self) -> list[str]:
        """Complaints that no test asked for."""
        return [told for told in self.complaints if not any(re.search(known, told) for known in self._expected)]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _hear_error(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")


type Visit = Callable[..., Visitor]


def options_for(*, width: int = 1280, dark: bool = False, **more: Any) -> dict[str, Any]:
    """Options of a browser context: a window of this width, in this theme."""
    return {
        "viewport": {"width": width, "height": 900},
        "color_scheme": "dark" if dark else "light",
        "locale": "en-GB",
        **more,
    }


def card(page: Page) -> Any:
    """The publish card."""
    return page.locator("#publish")


def expect_state(page: Page, state: str, *, seconds: float = 60) -> None:
    """Wait until the card is at this state."""
    expect(card(page)).to_have_attribute("data-state", state, timeout=seconds * 1000)
