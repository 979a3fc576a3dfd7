"""HTTP/1.1 over connections that are kept open: as much of it as storage hosts speak, and no more.

A first publish sends tens of thousands of small files. A general client spends three to four times the processor time
of this one on each of them, and Python lets one thread spend it at a time.
"""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

_LONGEST_LINE = 65536
_MOST_HEADERS = 200
_CHUNK = 262144
_CONNECT = 10.0


class Broken(OSError):
    """The other side closed the connection or said what is no HTTP."""


@dataclass(frozen=True, slots=True)
class Reply:
    """headers: names in small letters; of a repeated one the last counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Pool:
    """Connections to one host. Safe to use from many threads, each of which has at most one at a time."""

    def __init__(self, base: str, *, timeout: float) -> None:
        """base: an address with http or https; what follows the host is left out. timeout: seconds of silence."""
        parts = urlsplit(base)
        self._name = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._timeout = timeout
        self._tls = _trust() if parts.scheme == "https" else None
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
        """Send one request and read its answer. size: of the body, of which no more is read. Raises OSError."""
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        if size or method in ("PUT", "POST"):
            lines.append(f"Content-Length: {size}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        connection = self._take()
        try:
            reply = connection.exchange(method, head, body, size)
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
                return _Connection(self._name, self._port, self._tls, self._timeout)
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

    def __init__(self, name: str, port: int, tls: Any, timeout: float) -> None:
        plain = socket.create_connection((name, port), timeout=min(_CONNECT, timeout))
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket: socket.socket = tls.wrap_socket(plain, server_hostname=name) if tls else plain
        except BaseException:
            plain.close()
            raise
        self._socket.settimeout(timeout)
        self._answers = self._socket.makefile("rb")
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self.is_kept = True

    def close(self) -> None:
        self._answers.close()
        self._socket.close()

    def was_dropped(self) -> bool:
        """True when the other side closed it, or said something nobody asked for."""
        return bool(self._poll.poll(0))

    def exchange(self, method: str, head: bytes, body: bytes | IO[bytes], size: int) -> Reply:
        try:
            if isinstance(body, bytes):
                self._socket.sendall(head + body)
            else:
                self._socket.sendall(head)
                self._stream(body, size)
        except (BrokenPipeError, ConnectionResetError):
            # Refused before all of it was there: the answer says why.
            self.is_kept = False
        return self._read(method)

    def _stream(self, body: IO[bytes], size: int) -> None:
        while size:
            block = body.read(min(_CHUNK, size))
            if not block:
                raise Broken("the content is shorter than was said")
            self._socket.sendall(block)
            size -= len(block)

    def _read(self, method: str) -> Reply:
        status = 100
        while 100 <= status < 200:
            status = self._status()
            headers = self._headers()
        if "close" in headers.get("connection", "").lower():
            self.is_kept = False
        return Reply(status, headers, self._body(method, status, headers))

    def _status(self) -> int:
        words = self._line().split(None, 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
            raise Broken("the answer is no HTTP/1")
        if words[0] == "HTTP/1.0":
            self.is_kept = False
        return int(words[1])

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(_MOST_HEADERS):
            line = self._line()
            if not line:
                return headers
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        raise Broken("the answer has too many headers")

    def _line(self) -> str:
        line = self._answers.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise Broken("the answer ended too early")
        return line.rstrip(b"\r\n").decode("latin-1")

    def _body(self, method: str, status: int, headers: Mapping[str, str]) -> bytes:
        if method == "HEAD" or status in (204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = headers.get("content-length")
        if length is None:
            self.is_kept = False
            return self._answers.read()
        return self._exactly(_number(length, 10))

    def _chunks(self) -> bytes:
        parts = []
        while size := _number(self._line().partition(";")[0], 16):
            parts.append(self._exactly(size))
            self._line()
        self._headers()
        return b"".join(parts)

    def _exactly(self, size: int) -> bytes:
        body = self._answers.read(size) if size else b""
        if len(body) != size:
            raise Broken("the answer ended too early")
        return body


def _number(text: str, base: int) -> int:
    try:
        number = int(text, base)
    except ValueError:
        number = -1
    if number < 0:
        raise Broken("the answer has no length that can be read")
    return number


def _trust() -> Any:
    """Which certificates to believe: the machine's, or those that AWS_CA_BUNDLE names, as with AWS's own tools."""
    import ssl

    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
