"""A CMS over HTTP whose content and behaviour a test decides: `with Feed() as feed: feed.entries = [...]`."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from deploys.models import ContentSource, Site

MAPPING = {
    "key": "id",
    "kind": "type",
    "title": "title",
    "url": "url",
    "status": "status",
    "publish_at": "publish_at",
    "expire_at": "expire_at",
    "changed_at": "changed_at",
    "changed_by": "changed_by",
}


def page(key: str, **facts: Any) -> dict[str, Any]:
    """An entry as this CMS gives it."""
    return {"id": key, "type": "page", "title": key.title(), "url": f"/{key}/", "body": f"About {key}."} | facts


class Feed:
    """Serves `entries` in pages of `size`. `refuse` is a status to answer with; `before` runs before each answer."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.size = 100
        self.refuse = 0
        self.before: Callable[[], None] = lambda: None
        self.total: int | None = None
        self.calls: list[str] = []

    def __enter__(self) -> Self:
        feed = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                feed.answer(self)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One page of the list, or the refusal that was ordered; 304 for the ETag of the same page."""
        self.calls.append(handler.path)
        self.before()
        first = int(parse_qs(urlsplit(handler.path).query).get("offset", ["0"])[0])
        total = len(self.entries) if self.total is None else self.total
        body = json.dumps({"items": self.entries[first : first + self.size], "total": total}).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        status = self.refuse or (304 if handler.headers["If-None-Match"] == etag else 200)
        handler.send_response(status)
        handler.send_header("ETag", etag)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        if status != 304:
            handler.wfile.write(body if status == 200 else b'{"message": "no"}')

    def source(self, site: Site, **facts: Any) -> ContentSource:
        """A row that reads this feed."""
        config = {
            "url": f"http://{self.host}/entries",
            "items": "items",
            "total": "total",
            "mapping": MAPPING,
            "paging": {"kind": "offset", "at_name": "offset", "size": self.size},
        }
        given = {"config": config, "allowed_private_hosts": [self.host], "name": "Feed"}
        return ContentSource.objects.create(site=site, **given | facts)
