"""A visitor who never rests: asks every page, and every hashed asset that it names, again and again."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from urllib.parse import quote

from publisher.http1 import Pool
from publisher.signing import Keys, signed
from publisher.wire import EMPTY
from tests.publisher import servers

_NAMED = re.compile(rb'(?:href|src)="/(_astro/[^"]+)"')
type Fetch = Callable[[str], bytes | None]


class Prober:
    """Works while its `with` block runs. fetch: a file by its path, None when it is not there."""

    def __init__(self, fetch: Fetch, pages: Iterable[str], *, threads: int = 4) -> None:
        """pages: those that the site has before and after, so that there is no moment without them."""
        self.pages = sorted(pages)
        self.asked = 0
        self.broken: dict[str, str] = {}
        self._fetch = fetch
        self._threads = [threading.Thread(target=self._ask_some, args=(number, threads)) for number in range(threads)]
        self._over = threading.Event()
        self._counting = threading.Lock()
        self._failure: list[BaseException] = []

    def __enter__(self) -> Prober:
        for one in self._threads:
            one.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for one in self._threads:
            one.join()
        if self._failure and error is None:
            raise self._failure[0]

    def _ask_some(self, first: int, every: int) -> None:
        """All pages in turns, until it is over; each at least once."""
        try:
            while True:
                for page in self.pages[first::every]:
                    self._ask(page)
                if self._over.is_set():
                    return
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
            self._failure.append(error)

    def _ask(self, page: str) -> None:
        body = self._fetch(page)
        lost = "is not there" if body is None else ""
        for name in _NAMED.findall(body or b""):
            if self._fetch(name.decode()) is None:
                lost = f"names {name.decode()}, which is not there"
        with self._counting:
            self.asked += 1
            if lost:
                self.broken[page] = lost


def of_bucket(url: str, bucket: str) -> tuple[Fetch, Callable[[], None]]:
    """Asks a bucket over few connections that are kept; the second closes them."""
    pool = Pool(url, timeout=30)
    host = url.partition("//")[2]
    keys = Keys(servers.KEY, servers.SECRET)

    def fetch(path: str) -> bytes | None:
        target = f"/{bucket}/{quote(path, safe='/-_.~')}"
        headers = signed("GET", target, "", {}, host=host, sha256=EMPTY, keys=keys, region="us-east-1")
        reply = pool.request("GET", target, headers, b"", 0)
        if reply.status not in (200, 404):
            raise OSError(f"{path}: {reply.status}")
        return reply.body if reply.status == 200 else None

    return fetch, pool.close
