"""A TCP connection to one address whose reads and writes share one time limit; TLS can be started on it."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore


class Limit:
    """The moment (monotonic seconds) at which the answer that is under way has to be complete."""

    def __init__(self) -> None:
        self._until = float("inf")

    def start(self, seconds: float) -> None:
        """Begin to count."""
        self._until = time.monotonic() + seconds

    def left(self, at_most: float | None) -> float | None:
        """Give the seconds left, at_most these. Raises httpcore.ReadTimeout when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer came in too slowly")
        shortest = left if at_most is None else min(left, at_most)
        return None if shortest == float("inf") else shortest


class LimitedSocket(httpcore.NetworkStream):
    """What httpcore asks of a connection. Raises httpcore's timeouts and network errors."""

    def __init__(self, connected: socket.socket, limit: Limit) -> None:
        self._socket = connected
        self._limit = limit

    @classmethod
    def connect(cls, address: str, port: int, timeout: float | None, limit: Limit) -> LimitedSocket:
        """Connect to an address, given as numbers. Raises httpcore.ConnectTimeout and ConnectError."""
        with _as_errors(httpcore.ConnectTimeout, httpcore.ConnectError):
            connected = socket.create_connection((address, port), limit.left(timeout))
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connected, limit)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _as_errors(httpcore.ReadTimeout, httpcore.ReadError):
            self._socket.settimeout(self._limit.left(timeout))
            return self._socket.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _as_errors(httpcore.WriteTimeout, httpcore.WriteError):
            self._socket.settimeout(self._limit.left(timeout))
            self._socket.sendall(buffer)

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        with _as_errors(httpcore.ConnectTimeout, httpcore.ConnectError):
            self._socket.settimeout(self._limit.left(timeout))
            try:
                secure = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
            except OSError:
                self._socket.close()
                raise
        return LimitedSocket(secure, self._limit)

    def get_extra_info(self, info: str) -> object:
        """Say what httpcore asks before it uses a kept connection again."""
        if info == "is_readable":
            return self._socket.fileno() < 0 or bool(select.select([self._socket], [], [], 0)[0])
        return self._socket if info == "socket" else None


@contextmanager
def _as_errors(slow: type[Exception], broken: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise slow(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error
