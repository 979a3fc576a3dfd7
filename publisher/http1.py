"""HTTP/1.1 over connections that are kept open: as much of it as storage hosts speak, and no more.

A first publish sends tens of thousands of small files. A general client spends three to four times the processor time
of this one on each of them, and Python lets one thread spend it at a time.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

from publisher.answers import Answers, Broken
from publisher.route import Proxy, pass_through, proxy_for, secured, trust

__all__ = ["Broken", "Pool", "Reply", "Unsendable"]

_CHUNK = 262144
_CONNECT = 10.0


class Unsendable(ValueError):
    """What was to be sent would be another request than was meant."""


@dataclass(frozen=True, slots=True)
class Reply:
    """headers: names in small letters; of a repeated one the last counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Pool:
    """Connections to one host. Safe to use from many threads, each of which has at most one at a time."""

    def __init__(self, base: str, *, timeout: float, bundle: str = "") -> None:
        """base: an address with http or https; what follows the host is left out. timeout: seconds of silence.

        bundle: file of the certificates to believe, "" for the machine's. Raises OSError, and ValueError in words.
        """
        parts = urlsplit(base)
        self._name = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._timeout = timeout
        self._tls = trust(bundle) if parts.scheme == "https" else None
        self._proxy = proxy_for(base)
        # Without TLS the proxy reads each request, and sends it to the host that stands in it.
        self._to_proxy = self._proxy.headers if self._proxy and not self._tls else ()
        self._before_target = f"http://{parts.netloc.rpartition('@')[2]}" if self._proxy and not self._tls else ""
        self._idle: list[_Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """Close every connection that is not in use; the others end with their request."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for one in idle:
            one.close()

    def request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | IO[bytes], size: int
    ) -> Reply:
        """Send one request and read its answer. size: of the body, of which no more is read. Raises OSError, and
        Unsendable when a header is none."""
        lines = [f"{method} {self._before_target}{target} HTTP/1.1", *self._to_proxy]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if size or method in ("PUT", "POST"):
            lines.append(f"Content-Length: {size}")
        head = "\r\n".join([*lines, "", ""])
        if not head.isascii() or head.count("\n") != len(lines) + 1 or head.count("\r") != len(lines) + 1:
            raise Unsendable("a header has characters that no header may have")
        connection = self._take()
        try:
            reply = connection.exchange(method, head.encode(), body, size)
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)
        return reply

    def _take(self) -> _Connection:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return _Connection(self._name, self._port, self._tls, self._timeout, self._proxy)
            if not connection.was_dropped():
                return connection
            connection.close()

    def _give_back(self, connection: _Connection) -> None:
        with self._lock:
            if connection.is_kept and not self._closed:
                self._idle.append(connection)
                return
        connection.close()


class _Connection:
    """One connection. is_kept: whether it may carry another request."""

    def __init__(self, name: str, port: int, tls: Any, timeout: float, proxy: Proxy | None) -> None:
        first = (proxy.name, proxy.port) if proxy else (name, port)
        connection = socket.create_connection(first, timeout=min(_CONNECT, timeout))
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                if proxy:
                    pass_through(connection, proxy, name, port)
                connection = secured(connection, tls, name)
        except BaseException:
            connection.close()
            raise
        self._socket = connection
        self._socket.settimeout(timeout)
        self._answers = Answers(self._socket)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self.is_kept = True

    def close(self) -> None:
        self._socket.close()

    def was_dropped(self) -> bool:
        """True when the other side closed it, or said something nobody asked for."""
        return bool(self._poll.poll(0))

    def exchange(self, method: str, head: bytes, body: bytes | IO[bytes], size: int) -> Reply:
        if isinstance(body, bytes):
            self._tell(head + body)
        elif self._tell(head):
            self._stream(body, size)
        return self._read(method)

    def _stream(self, body: IO[bytes], size: int) -> None:
        while size:
            block = body.read(min(_CHUNK, size))
            if not block:
                raise Broken("the content is shorter than was said")
            if not self._tell(block):
                return
            size -= len(block)

    def _tell(self, text: bytes) -> bool:
        """False when the other side takes no more: it refused before all of it was there, and the answer says why."""
        try:
            self._socket.sendall(text)
        except TimeoutError:
            raise
        except OSError:
            self.is_kept = False
            return False
        return True

    def _read(self, method: str) -> Reply:
        status = 100
        while 100 <= status < 200:
            first, *lines = self._answers.head() or [""]
            status = self._status(first)
        headers = _headers(lines)
        if "close" in headers.get("connection", "").lower():
            self.is_kept = False
        return Reply(status, headers, self._body(method, status, headers))

    def _status(self, line: str) -> int:
        words = line.split(None, 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
            raise Broken("the answer is no HTTP/1")
        if words[0] == "HTTP/1.0":
            self.is_kept = False
        return int(words[1])

    def _body(self, method: str, status: int, headers: Mapping[str, str]) -> bytes:
        if method == "HEAD" or status in (204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = headers.get("content-length")
        if length is None:
            self.is_kept = False
            return self._answers.rest()
        return self._answers.exactly(_number(length, 10))

    def _chunks(self) -> bytes:
        parts = []
        while size := _number(self._answers.line().partition(";")[0], 16):
            parts.append(self._answers.exactly(size))
            if self._answers.line():
                raise Broken("a chunk of the answer is longer than was said")
        self._answers.head()
        return b"".join(parts)


def _headers(lines: Iterable[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return headers


def _number(text: str, base: int) -> int:
    """Digits and nothing else: int() knows signs, underscores and 0x as well."""
    digits = text.strip()
    if not digits or digits.strip("0123456789abcdefABCDEF" if base == 16 else "0123456789"):
        raise Broken("the answer has no length that can be read")
    return int(digits, base)
