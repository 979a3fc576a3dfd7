"""A proxy in front of a server: notes every request, and does to chosen ones what networks and busy hosts do."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit


class Fault(Enum):
    """What may happen to a request."""

    SLOW_DOWN = "503 without asking the server"
    LOST_ANSWER = "the server does it, the answer is lost"
    NO_ANSWER = "the connection closes before the server hears of it"
    HALF_UPLOAD = "the server gets half of the body, then the connection closes"
    IGNORE_CONDITIONS = "the server never hears of If-Match and If-None-Match"
    ACCESS_DENIED = "403 without asking the server"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it came. path: decoded, without the query; bucket first."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    size: int

    @property
    def copies(self) -> bool:
        """True for a copy on the host."""
        return "x-amz-copy-source" in self.headers


class Proxy:
    """`judge` is asked about each request before it goes on; None lets it pass."""

    def __init__(self, upstream: str, *, delay: float = 0.0) -> None:
        self.upstream = urlsplit(upstream)
        self.delay = delay
        self.judge: Callable[[Request], Fault | None] = lambda request: None
        self.requests: list[Request] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def forget(self) -> None:
        """Start a new list of requests."""
        self.requests = []

    def seen(self, method: str, *, copies: bool | None = None) -> list[str]:
        """The paths asked for with this method, in order, records left out."""
        return [
            one.path
            for one in self.requests
            if one.method == method and "/.releases/" not in one.path and (copies is None or one.copies is copies)
        ]


class _Handler(BaseHTTPRequestHandler):
    """Passes one request on, or does to it what was judged."""

    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(method=self.command, path=unquote(path), query=query, headers=headers, size=size)
        self.proxy.requests.append(request)
        fault = self.proxy.judge(request)
        time.sleep(self.proxy.delay)
        if fault is Fault.SLOW_DOWN:
            return self.answer(503, {}, b"<Error><Code>SlowDown</Code><Message>Please reduce</Message></Error>")
        if fault is Fault.ACCESS_DENIED:
            return self.answer(403, {}, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        if fault is Fault.NO_ANSWER:
            return self.hang_up()
        if fault is Fault.HALF_UPLOAD:
            self.send_half(body)
            return self.hang_up()
        status, answered, content = self.ask(body, plain=fault is Fault.IGNORE_CONDITIONS)
        if fault is Fault.LOST_ANSWER:
            return self.hang_up()
        return self.answer(status, answered, content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

    def ask(self, body: bytes, *, plain: bool) -> tuple[int, dict[str, str], bytes]:
        upstream = http.client.HTTPConnection(self.proxy.upstream.netloc, timeout=60)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "keep-alive"):
                    if plain and name.lower().startswith("if-"):
                        continue
                    upstream.putheader(name, value)
            upstream.endheaders(body or None)
            reply = upstream.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            upstream.close()

    def send_half(self, body: bytes) -> None:
        with socket.create_connection((self.proxy.upstream.hostname, self.proxy.upstream.port)) as upstream:
            head = f"{self.command} {self.path} HTTP/1.1\r\n" + "".join(
                f"{name}: {value}\r\n" for name, value in self.headers.items()
            )
            upstream.sendall(head.encode() + b"\r\n" + body[: len(body) // 2])

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        dropped = ("transfer-encoding", "connection", "content-length")
        for name, value in headers.items():
            if name.lower() not in dropped:
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read `requests`, not a log."""
