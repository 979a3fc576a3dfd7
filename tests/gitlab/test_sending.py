"""What happens on a real connection: nobody there, silence, a broken line, slow and broken answers."""

import logging
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from deploys.gitlab import GitLab, GitLabUnavailable

PIPELINE = b'{"id": 5, "status": "created"}'
SHORT = httpx.Timeout(0.3, connect=2.0)

type Behaviour = Callable[[socket.socket], None]


def answer(connection: socket.socket) -> None:
    """Send a pipeline and close."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(PIPELINE)}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode() + PIPELINE)


def hang_up(connection: socket.socket) -> None:
    """Close without a word."""


def reset(connection: socket.socket) -> None:
    """Break the line hard."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def break_off(connection: socket.socket) -> None:
    """Promise more than is sent."""
    connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 999\r\n\r\n" + PIPELINE[:9])


def talk_nonsense(connection: socket.socket) -> None:
    """Speak another protocol."""
    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")


def send_broken_gzip(connection: socket.socket) -> None:
    """Name an encoding that the body does not have."""
    connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope")


def whole_request(connection: socket.socket) -> bytes:
    """Read head and body, as far as the other side speaks HTTP."""
    if not connection.recv(4, socket.MSG_PEEK).startswith((b"GET", b"POST")):
        return connection.recv(65536)
    with connection.makefile("rb") as stream:
        head = b"".join(iter(stream.readline, b"\r\n"))
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        return head + (stream.read(int(length.group(1))) if length else b"")


class Server:
    """A loopback server that meets each connection with the next behaviour of its script."""

    def __init__(self, script: list[Behaviour]) -> None:
        self.requests: list[bytes] = []
        self.done = threading.Event()
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def wait(self, connection: socket.socket) -> None:
        """A behaviour: say nothing until the test is over."""
        self.done.wait()

    def add(self, behaviour: Behaviour) -> None:
        self._script.append(behaviour)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with closing(connection):
                if self.done.is_set():
                    return
                self.requests.append(whole_request(connection))
                self._script.pop(0)(connection)

    def stop(self) -> None:
        self.done.set()
        with closing(socket.create_connection(self._listener.getsockname())):
            self._thread.join()
        self._listener.close()


@contextmanager
def serving(*script: Behaviour) -> Iterator[Server]:
    server = Server(list(script))
    try:
        yield server
    finally:
        server.stop()


def client(url: str, timeout: httpx.Timeout | None = None) -> GitLab:
    return GitLab(url=url, project=7, trigger_token="glptt-secret", api_token="glpat-secret", timeout=timeout)


def failure(call: Callable[[], object]) -> GitLabUnavailable:
    with pytest.raises(GitLabUnavailable) as caught:
        call()
    return caught.value


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        assert isinstance(port, int)
        return port


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nobody_there_means_surely_not_sent(scheme: str) -> None:
    """Connection refused: nothing was made, so it may be sent again."""
    with client(f"{scheme}://127.0.0.1:{free_port()}") as gitlab:
        error = failure(lambda: gitlab.trigger_pipeline(ref="main"))
    assert (error.sent, error.status, error.error_class) == ("no", 0, "service_down")
    assert str(error) == "We could not start a pipeline: GitLab cannot be reached."


def test_plain_text_on_a_tls_port_means_surely_not_sent() -> None:
    """The request was never written, as the encrypted connection did not come about."""
    with serving(talk_nonsense) as server, client(server.url.replace("http:", "https:")) as gitlab:
        assert failure(lambda: gitlab.trigger_pipeline(ref="main")).sent == "no"


@pytest.mark.parametrize("behaviour", [hang_up, reset, break_off, talk_nonsense, send_broken_gzip])
def test_a_broken_start_leaves_doubt_and_is_not_repeated(behaviour: Behaviour) -> None:
    """GitLab may have made the pipeline before the line broke; sending again could make a second one."""
    with serving(behaviour, answer) as server, client(server.url) as gitlab:
        error = failure(lambda: gitlab.trigger_pipeline(ref="main"))
        assert error.sent == "maybe"
        assert len(server.requests) == 1
        assert "it may have been done all the same" in str(error)


def test_a_silent_start_leaves_doubt_and_is_not_repeated() -> None:
    """A read timeout says nothing about what GitLab did."""
    with serving() as server, client(server.url, SHORT) as gitlab:
        server.add(server.wait)
        error = failure(lambda: gitlab.trigger_pipeline(ref="main"))
        assert error.sent == "maybe"
        assert "in time" in str(error)
        assert len(server.requests) == 1


@pytest.mark.parametrize("behaviour", [hang_up, reset, break_off, talk_nonsense])
def test_reading_is_tried_a_second_time(behaviour: Behaviour) -> None:
    """A connection that GitLab closed in the meantime does not disturb a reader."""
    with serving(behaviour, answer) as server, client(server.url) as gitlab:
        assert gitlab.get_pipeline(5).id == 5
        assert len(server.requests) == 2


def test_reading_is_not_tried_a_third_time() -> None:
    """Two broken lines are an error, and one that means nothing was made."""
    with serving(hang_up, hang_up, answer) as server, client(server.url) as gitlab:
        assert failure(lambda: gitlab.get_pipeline(5)).sent == "no"
        assert len(server.requests) == 2


def test_a_slow_reading_is_not_tried_again() -> None:
    """A server that is too slow is not asked twice."""
    with serving() as server, client(server.url, SHORT) as gitlab:
        server.add(server.wait)
        failure(lambda: gitlab.get_pipeline(5))
        assert len(server.requests) == 1


def test_the_other_posts_are_not_repeated_either() -> None:
    """Only reading is safe to repeat."""
    with serving(hang_up, answer) as server, client(server.url) as gitlab:
        assert failure(lambda: gitlab.retry_pipeline(5)).sent == "maybe"
        assert len(server.requests) == 1


def test_no_token_reaches_the_log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither our HTTP library's log lines nor an error's whole chain show a token."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "handlers", [caplog.handler])
        monkeypatch.setattr(logger, "disabled", False)
        caplog.set_level(logging.DEBUG, logger=name)
    with serving(answer, answer, hang_up) as server, client(server.url) as gitlab:
        gitlab.trigger_pipeline(ref="main")
        gitlab.get_pipeline(5)
        error = failure(lambda: gitlab.trigger_pipeline(ref="main"))
        assert b"glptt-secret" in server.requests[0]
        assert b"glpat-secret" in server.requests[1]
    assert "HTTP Request" in caplog.text
    assert "send_request_body" in caplog.text
    assert "secret" not in caplog.text
    assert "secret" not in f"{error!r}{error}{error.detail}{error.__cause__!r}{error.__cause__}"
