"""A browser of one person: one connection kept alive, cookies, and the form of the page. Knows nothing of Django.

So it can press from a process of its own, whose clock nobody else holds up.
"""

from __future__ import annotations

import http.client
import select
import socket
import time
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; `asked_at` and `seconds` are of this process's performance counter."""

    status: int
    text: str
    asked_at: float
    seconds: float


class Browser:
    """Somebody's browser with a session. Not for several threads at once."""

    def __init__(self, session: str, *, host: str, port: int) -> None:
        self._cookies = {"sessionid": session}
        self._connection = http.client.HTTPConnection(host, port, timeout=30)

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._ask("GET", path, b"", {})

    def press(self, page: Answer) -> Answer:
        """Press the first button of the page's card that starts a build, as htmx does."""
        form = Form.of(page.text)
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "HX-Request": "true",
            "Origin": f"http://{self._connection.host}:{self._connection.port}",
        }
        return self._ask("POST", form.action, urlencode(form.fields).encode(), headers)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Cookie": cookies} | headers
        self._drop_if_closed()
        asked_at = time.perf_counter()
        try:
            reply = self._reply(method, path, body, headers)
        except ConnectionError:  # the server ended the resting connection this very moment: a browser asks again
            self._connection.close()
            reply = self._reply(method, path, body, headers)
        text = reply.read().decode()
        seconds = time.perf_counter() - asked_at
        for cookie in reply.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(status=reply.status, text=text, asked_at=asked_at, seconds=seconds)

    def _reply(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> http.client.HTTPResponse:
        self._connection.request(method, path, body or None, headers)
        return self._connection.getresponse()

    def _drop_if_closed(self) -> None:
        """The server ends connections that rest: a readable one without a question is over."""
        link: socket.socket | None = self._connection.sock
        if link is not None and select.select([link], [], [], 0)[0]:
            self._connection.close()


class Form(HTMLParser):
    """The first form of a page that asks for a build: where it goes and what it carries."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._is_inside = False

    @classmethod
    def of(cls, html: str) -> Form:
        """Read it out of a page. Raises LookupError when there is none."""
        form = cls()
        form.feed(html)
        if not form.action:
            raise LookupError("This page has no button that starts a build.")
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the form's address and its hidden fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action and given.get("action", "").endswith("/request/"):
            self.action, self._is_inside = given["action"], True
        if tag == "input" and self._is_inside:
            self.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Leave the form."""
        self._is_inside = self._is_inside and tag != "form"
