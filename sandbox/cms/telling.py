"""Telling whoever wants to know that content changed: a POST after every save, from a thread, so that nobody waits."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from urllib.error import URLError
from urllib.request import Request, urlopen

from flask import Flask, Response, request

TIMEOUT_SECONDS = 3
logger = logging.getLogger(__name__)


class Teller:
    """Sends hooks to one address with a secret; a hook that fails is logged and forgotten, as CMSs do."""

    def __init__(self, address: str, secret: str) -> None:
        self._address = address
        self._secret = secret
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hook")

    def attach(self, app: Flask) -> None:
        """Tell after each request of an editor that changed something."""
        app.after_request(self._after)

    def _after(self, response: Response) -> Response:
        is_content = request.path != "/editor" and request.blueprint != "mailbox"
        saved = request.method == "POST" and response.status_code == 303 and is_content
        if saved and self._address:
            self._threads.submit(self._tell)
        return response

    def _tell(self) -> None:
        headers = {"X-Buildhub-Token": self._secret, "Content-Type": "application/json"}
        message = Request(self._address, data=b'{"event": "content.changed"}', headers=headers, method="POST")
        try:
            with urlopen(message, timeout=TIMEOUT_SECONDS):
                pass
        except (URLError, OSError) as error:
            logger.info("The hook was not delivered: %s", error)
