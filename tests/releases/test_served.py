"""How the public site is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploys.releases import served


class Echo(BaseHTTPRequestHandler):
    """Answers with the name that was asked for."""

    def do_GET(self) -> None:
        """The marker of whatever site has this name."""
        body = f'{{"release": "{self.headers["Host"]}"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """Where a server of this machine listens."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_names_below_localhost_are_this_machine(port: int) -> None:
    """As in browsers, also where the resolver does not know them; the name still says which site is meant."""
    address = f"b7-k3q9x2m7w4ab.localhost:{port}"
    with served.client() as http:
        assert served.read_marker(f"http://{address}/buildhub.json", http) == address
