"""A CMS of one function on a real loopback port: what a source asks, and what it is answered."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is answered. data: JSON, bytes, or pieces of bytes that are sent one by one."""

    data: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


type Answering = Callable[[Asked], Reply]


class Cms:
    """A server on this machine; `requests` holds what it was asked."""

    def __init__(self, answering: Answering, *, tls: ssl.SSLContext | None = None) -> None:
        self.answering = answering
        self.requests: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # the reader hung up, as some tests want it to
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        cms = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                address = urlsplit(self.path)
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                asked = Asked(
                    method=self.command,
                    path=address.path,
                    query=dict(parse_qsl(address.query, keep_blank_values=True)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=body,
                )
                cms.requests.append(asked)
                self._send(cms.answering(asked))

            do_POST = do_GET

            def _send(self, reply: Reply) -> None:
                pieces = _pieces(reply.data)
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                if isinstance(pieces, bytes):
                    self.send_header("Content-Length", str(len(pieces)))
                    pieces = [pieces]
                else:
                    self.send_header("Connection", "close")
                    self.close_connection = True
                self.end_headers()
                try:
                    for piece in pieces:
                        self.wfile.write(piece)
                        self.wfile.flush()
                except OSError:
                    self.close_connection = True  # the reader had enough

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


def _pieces(data: Any) -> bytes | Iterable[bytes]:
    if isinstance(data, bytes | Iterator):
        return data
    return b"" if data is None else json.dumps(data).encode()


@contextmanager
def serving(answering: Answering) -> Iterator[Cms]:
    """Run a server as long as the block."""
    cms = Cms(answering)
    try:
        yield cms
    finally:
        cms.close()


def pages_of(items: list[Any], *, size: int = 2, name: str = "items") -> Answering:
    """Answer `limit` and `offset` with a slice of the items and their number, as most REST APIs do."""

    def answer(asked: Asked) -> Reply:
        offset = int(asked.query.get("offset", 0))
        limit = min(int(asked.query.get("limit", size)), size)
        return Reply(data={"total": len(items), name: items[offset : offset + limit]})

    return answer
