"""What hosts may answer, word for word, from a server that says exactly that."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from publisher.http1 import Broken, Pool, Reply, Unsendable

type Say = Callable[..., str]


@pytest.fixture
def say() -> Iterator[Say]:
    """Start a server that gives these answers, one a request, on connections that it keeps or closes; its address."""
    listeners = []

    def start(*answers: bytes, heard: list[bytes] | None = None, close_after: int = 1000) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        left = list(answers)

        def serve() -> None:
            while left:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    for _ in range(close_after):
                        if not left or not (request := _request(connection)):
                            break
                        if heard is not None:
                            heard.append(request)
                        connection.sendall(left.pop(0))

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for one in listeners:
        one.close()


def _request(connection: socket.socket) -> bytes:
    """A request with its body."""
    text = b""
    while b"\r\n\r\n" not in text:
        more = connection.recv(65536)
        if not more:
            return b""
        text += more
    head, _, body = text.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
    size = int(lengths[0].rpartition(b" ")[2]) if lengths else 0
    while len(body) < size:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def ask(address: str, method: str = "GET", times: int = 1) -> list[Reply]:
    """The answers to so many requests over one pool."""
    pool = Pool(address, timeout=5)
    try:
        return [pool.request(method, "/", {"Host": "x"}, b"", 0) for _ in range(times)]
    finally:
        pool.close()


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=1\r\nlo\r\n0\r\nEtc: 1\r\n\r\n",
            b"hello",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b""),
        (b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
def test_an_answer_is_read_to_its_end_and_the_connection_goes_on(say: Say, answer: bytes, body: bytes) -> None:
    """The second answer over the same connection is whole too."""
    last = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nETag:  a \r\n\r\n2"
    first, second = ask(say(answer, last), times=2)
    assert (first.body, second.body, second.headers["etag"]) == (body, b"2", "a")


def test_an_answer_without_a_length_ends_with_the_connection(say: Say) -> None:
    """The next request gets a connection of its own."""
    whole = b"HTTP/1.1 200 OK\r\n\r\nhello"
    assert [one.body for one in ask(say(whole, whole, close_after=1), times=2)] == [b"hello", b"hello"]


def test_an_answer_to_head_has_no_body(say: Say) -> None:
    """Its length is that of what GET would give."""
    (reply,) = ask(say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), method="HEAD")
    assert (reply.body, reply.headers["content-length"]) == (b"", "5")


def test_a_connection_that_the_host_closed_is_not_used_again(say: Say) -> None:
    """However friendly it looked."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    pool = Pool(say(answer, answer, close_after=1), timeout=5)
    pool.request("GET", "/", {}, b"", 0)
    threading.Event().wait(0.1)
    assert pool.request("GET", "/", {}, b"", 0).body == b"ok"
    pool.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n0123456789",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 two\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\n" + b"x: 1\r\n" * 300,
    ],
)
def test_half_an_answer_is_none(say: Say, answer: bytes) -> None:
    """It is an error of the kind that a second try is for."""
    with pytest.raises(OSError):
        ask(say(answer, close_after=1))


def test_content_is_sent_with_its_length_in_one_piece_or_many(say: Say) -> None:
    """Bytes and open files arrive alike, and no more of a file than was said."""
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    heard: list[bytes] = []
    pool = Pool(say(ok, ok, heard=heard), timeout=5)
    body = b"x" * 700_000
    pool.request("PUT", "/a", {"Host": "h"}, body, len(body))
    pool.request("PUT", "/a", {"Host": "h"}, io.BytesIO(body + b"grown"), len(body))
    pool.close()
    assert heard == [b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 700000\r\n\r\n" + body] * 2


def test_a_file_that_shrank_is_an_error(say: Say) -> None:
    """The host would wait for the rest for ever."""
    pool = Pool(say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), timeout=5)
    with pytest.raises(Broken):
        pool.request("PUT", "/a", {}, io.BytesIO(b"short"), 50)
    pool.close()


@pytest.mark.parametrize("value", ["a\r\nX-Amz-Acl: public-read", "a\nb", "a\rb", "caf\u00e9"])
def test_a_header_cannot_smuggle_another_one(say: Say, value: str) -> None:
    """Nothing is sent; what is signed would be something else than what the host hears."""
    heard: list[bytes] = []
    pool = Pool(say(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", heard=heard), timeout=5)
    with pytest.raises(Unsendable):
        pool.request("PUT", "/a", {"Cache-Control": value}, b"", 0)
    pool.close()
    assert heard == []


def test_why_a_host_takes_no_more_is_heard() -> None:
    """It may refuse an upload, and close, long before all of it was sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"

    def refuse() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1_000_000):
                continue

    thread = threading.Thread(target=refuse, daemon=True)
    thread.start()
    pool = Pool(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=5)
    reply = pool.request("PUT", "/a", {}, io.BytesIO(b"x" * 3_000_000), 3_000_000)
    pool.close()
    thread.join()
    listener.close()
    assert (reply.status, reply.body) == (403, b"no")
