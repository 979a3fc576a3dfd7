"""Watchers: open Publish pages that ask as the page does, at the pace and with the key that its HTML names.

One event loop serves them all over plain connections, to leave the processor to the server.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

NOTHING_NEW, OK = 204, 200
PATIENCE = 30.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class View:
    """What a page shows and when it asks next: `ask` is the address with the watch key, `every` is in seconds.

    `state` is the card's, `step` the name of the step under way, empty without one.
    """

    ask: str
    every: float
    state: str
    step: str

    @classmethod
    def of(cls, html: str) -> View:
        """Read it out of the element that watches. Raises LookupError when the page watches nothing."""
        finder = _Finder()
        finder.feed(html)
        pace = re.search(r"every ([\d.]+)(m?s)", finder.found.get("hx-trigger", ""))
        if pace is None:
            raise LookupError("This page has no element that asks for news.")
        every = float(pace[1]) / (1000 if pace[2] == "ms" else 1)
        state = finder.found.get("data-state", "")
        return cls(ask=finder.found["hx-get"], every=every, state=state, step=finder.step)


class _Finder(HTMLParser):
    """The attributes of the element that watches, and the first words of the current step."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.step = ""
        self._is_in_step = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look for both marks."""
        given = {name: value or "" for name, value in attrs}
        if "data-watch" in given and "hx-get" in given and not self.found:
            self.found = given
        self._is_in_step = self._is_in_step or given.get("aria-current") == "step"

    def handle_data(self, data: str) -> None:
        """Take the words that follow the mark of the current step."""
        if self._is_in_step and not self.step:
            self.step = data.strip()


@dataclass(kw_only=True)
class Tally:
    """What the watchers met since it was begun; `seconds` of every answer, connecting included."""

    seconds: list[float] = field(default_factory=list)
    unchanged: int = 0
    fresh: int = 0
    errors: list[str] = field(default_factory=list)
    connects: int = 0


class Watcher:
    """One open page. `saw` is called with the time (perf_counter) and each new view."""

    def __init__(
        self, *, host: str, port: int, session: str, page: str, saw: Callable[[float, View], None] | None = None
    ) -> None:
        self._host, self._port = host, port
        self._head = f"Host: {host}:{port}\r\nCookie: sessionid={session}\r\n"
        self._page = page
        self._saw = saw
        self._link: _Link | None = None
        self.view: View | None = None
        self.tally = Tally()

    async def open(self) -> None:
        """Open the page. Raises RuntimeError when it does not come."""
        status, body = await self._ask(self._page)
        if status != OK:
            raise RuntimeError(f"{self._page} answered {status}")
        self._take(body)

    async def watch(self, *, every: float | None = None, until: float) -> None:
        """Ask at the page's pace, or at the one given, until that moment of the event loop's clock.

        The first question comes at a random moment of the first interval, so that many watchers spread evenly.
        """
        loop = asyncio.get_running_loop()
        due = loop.time() + random.uniform(0, every or self._pace)
        while due < until:
            await asyncio.sleep(due - loop.time())
            await self._poll()
            due = max(due + (every or self._pace), loop.time())

    async def poll_once(self) -> int:
        """Ask once; the status of the answer."""
        return await self._poll()

    @property
    def _pace(self) -> float:
        assert self.view is not None
        return self.view.every

    async def _poll(self) -> int:
        assert self.view is not None
        began = time.perf_counter()
        try:
            status, body = await self._ask(self.view.ask, "HX-Request: true\r\n")
        except (OSError, EOFError, TimeoutError) as error:
            self.tally.errors.append(type(error).__name__)
            return 0
        self.tally.seconds.append(time.perf_counter() - began)
        if status == NOTHING_NEW:
            self.tally.unchanged += 1
        elif status == OK:
            self.tally.fresh += 1
            self._take(body)
        else:
            self.tally.errors.append(str(status))
        return status

    def _take(self, body: bytes) -> None:
        self.view = View.of(body.decode())
        if self._saw:
            self._saw(time.perf_counter(), self.view)

    async def _ask(self, path: str, more: str = "") -> tuple[int, bytes]:
        """Send a GET; on a connection that the server closed meanwhile, once more on a new one, as browsers do."""
        question = f"GET {path} HTTP/1.1\r\n{self._head}{more}\r\n".encode()
        if self._link is not None and not self._link.is_closed:
            try:
                return await self._link.ask(question)
            except (EOFError, OSError):
                pass
        self.tally.connects += 1
        loop = asyncio.get_running_loop()
        _, self._link = await loop.create_connection(_Link, self._host, self._port)
        return await self._link.ask(question)


class _Link(asyncio.Protocol):
    """One HTTP/1.1 connection for questions without a body, one at a time."""

    def __init__(self) -> None:
        self.is_closed = False
        self._got = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    async def ask(self, question: bytes) -> tuple[int, bytes]:
        """Status and body. Raises EOFError when the connection ends instead, TimeoutError when nothing comes."""
        self._answer = asyncio.get_running_loop().create_future()
        self._got = b""
        self._transport.write(question)
        try:
            return await asyncio.wait_for(self._answer, PATIENCE)
        except (TimeoutError, asyncio.CancelledError):
            self.is_closed = True  # the answer may still come, and must not count for the next question
            self._transport.abort()
            raise

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect until head and body are there."""
        self._got += data
        head, rule, body = self._got.partition(b"\r\n\r\n")
        if not rule or self._answer is None or self._answer.done():
            return
        status, length = int(head[9:12]), _LENGTH.search(head)
        if status == NOTHING_NEW or len(body) >= int(length[1] if length else 0):
            self._answer.set_result((status, body))

    def connection_lost(self, error: Exception | None) -> None:
        """The server closed it."""
        self.is_closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or EOFError())
