"""An httpx transport that connects only to checked addresses, and ends an answer that takes too long.

The name is resolved here, once, and the connection goes to the address that was checked: a name server that
answers differently a moment later changes nothing. Host and TLS name stay those of the URL.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import httpcore
import httpx

from deploys.content.sources.addresses import Guard
from deploys.content.sources.limited_socket import Limit, LimitedSocket

_PASSED_ON: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.TimeoutException: httpx.ReadTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.NetworkError: httpx.ReadError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.ProtocolError: httpx.LocalProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
}


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class GuardedTransport(httpx.BaseTransport):
    """HTTP/1.1 over checked addresses, without proxies. verify: certificates, the usual ones if None."""

    def __init__(self, guard: Guard, *, verify: ssl.SSLContext | None = None) -> None:
        self.limit = Limit()
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify or _certificates(),
            max_connections=4,
            max_keepalive_connections=2,
            keepalive_expiry=5.0,
            network_backend=_GuardedNetwork(guard, self.limit),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises httpx errors, SourceBlocked and SourceUnavailable."""
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
        with _as_httpx_errors():
            reply = self._pool.handle_request(inner)
        return httpx.Response(
            status_code=reply.status,
            headers=reply.headers,
            stream=_Stream(reply),
            extensions=reply.extensions,
        )

    def close(self) -> None:
        """End the connections."""
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, reply: httpcore.Response) -> None:
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx_errors():
            yield from self._reply.iter_stream()

    def close(self) -> None:
        with _as_httpx_errors():
            self._reply.close()


class _GuardedNetwork(httpcore.NetworkBackend):
    def __init__(self, guard: Guard, limit: Limit) -> None:
        self._guard = guard
        self._limit = limit

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("the host has no address")
        for address in self._guard.addresses(host, port):
            try:
                return LimitedSocket.connect(address, port, timeout, self._limit)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


@contextmanager
def _as_httpx_errors() -> Iterator[None]:
    try:
        yield
    except tuple(_PASSED_ON) as error:
        kind = next(ours for theirs, ours in _PASSED_ON.items() if isinstance(error, theirs))
        raise kind(str(error) or type(error).__name__) from error
