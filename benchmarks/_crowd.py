"""People who press in a process of their own: the stand-in and the benchmark must not hold their clocks up.

Run as a program it takes one order per line of standard input and answers each with one line, both JSON.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from _browser import Answer, Browser


class Crowd:
    """A context manager: the process with everybody's browser, one page for each of the sessions."""

    def __init__(self, *, host: str, port: int, sessions: list[str], pages: list[str]) -> None:
        self._who = {"host": host, "port": port, "sessions": sessions, "pages": pages}

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([sys.executable, __file__], stdin=pipe, stdout=pipe, text=True)
        self._order(self._who)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def open_pages(self) -> None:
        """Everybody opens their page."""
        self._order({"do": "open"})

    def press(self, *, window: float | None) -> list[float]:
        """Everybody presses at a random moment of so many seconds, or, with None, one after the other.

        The seconds from each press to its answer. Raises RuntimeError when an answer is not the card.
        """
        told = self._order({"do": "press", "window": window})
        refused = [status for status in told["statuses"] if status != 200]
        if refused:
            raise RuntimeError(f"{len(refused)} presses were answered with {sorted(set(refused))}.")
        return list(told["seconds"])

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The people's process ended; what it said is above.")
        told: dict[str, Any] = json.loads(line)
        return told


def _serve() -> None:
    """The program: who is here first, then one order after the other until the input ends."""
    who = json.loads(sys.stdin.readline())
    browsers = [Browser(session, host=who["host"], port=who["port"]) for session in who["sessions"]]
    _tell({})
    pages: list[Answer] = []
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "open":
            pages = [browser.get(page) for browser, page in zip(browsers, who["pages"], strict=True)]
            _tell({})
        else:
            answers = _press(browsers, pages, order["window"])
            _tell({"seconds": [one.seconds for one in answers], "statuses": [one.status for one in answers]})


def _press(browsers: list[Browser], pages: list[Answer], window: float | None) -> list[Answer]:
    if window is None:
        return [browser.press(page) for browser, page in zip(browsers, pages, strict=True)]
    start = threading.Barrier(len(browsers))

    def press(browser: Browser, page: Answer) -> Answer:
        pause = random.uniform(0, window)
        start.wait(timeout=30)
        time.sleep(pause)
        return browser.press(page)

    with ThreadPoolExecutor(len(browsers)) as pool:
        return list(pool.map(press, browsers, pages))


def _tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve()
