"""Asking the web server whether it is well."""

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from buildhub.up import health


class Answering(http.server.BaseHTTPRequestHandler):
    """Well for those who ask for the right host."""

    def do_GET(self) -> None:
        """Django answers 400 to a Host that ALLOWED_HOSTS does not have."""
        is_fine = self.path == "/healthz" and self.headers["Host"] == "publish.example.com"
        self.send_response(200 if is_fine else 400)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Where such a server listens."""
    with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_it_asks_by_a_name_that_is_allowed(port: int) -> None:
    """Any other name is answered with an error, which is not well."""
    assert health.is_well("0.0.0.0", port, health.allowed_name([".publish.example.com", "x"]))
    assert not health.is_well("127.0.0.1", port, health.allowed_name(["*"]))


def test_a_server_that_does_not_answer_is_not_well(port: int) -> None:
    """Port 1 is nobody's."""
    assert not health.is_well("127.0.0.1", 1, "localhost")


@pytest.mark.process
@pytest.mark.parametrize(("name", "code"), [("publish.example.com", 0), ("other.example.com", 1)])
def test_containers_run_it_by_path(port: int, name: str, code: int) -> None:
    """The exit code is the answer; nothing of Django is imported."""
    command = [sys.executable, health.__file__]
    done = subprocess.run(command, env={"PORT": str(port), "ALLOWED_HOSTS": f"{name},localhost"})
    assert done.returncode == code
