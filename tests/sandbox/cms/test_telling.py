"""The sample CMS tells of every save, and of nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue

import pytest
from flask.testing import FlaskClient

from sandbox.cms import CMSOptions, create_cms


@pytest.fixture
def heard() -> Iterator[tuple[str, Queue[str]]]:
    """An address that hooks can be sent to, and the secrets that came with them."""
    secrets: Queue[str] = Queue()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            secrets.put(self.headers["X-Buildhub-Token"])
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", secrets
    server.shutdown()
    server.server_close()


def client_of(folder: Path, address: str) -> FlaskClient:
    """The CMS, telling this address."""
    options = CMSOptions(data=folder, content_token="token", hook_url=address, hook_token="told")
    return create_cms(options).test_client()


def test_a_save_is_told_with_the_secret(tmp_path: Path, heard: tuple[str, Queue[str]]) -> None:
    """Deleting an entry is a change."""
    address, secrets = heard
    assert client_of(tmp_path, address).post("/entries/1/delete").status_code == 303
    assert secrets.get(timeout=5) == "told"


def test_looking_and_failing_are_not_told(tmp_path: Path, heard: tuple[str, Queue[str]]) -> None:
    """Nor is choosing who edits."""
    address, secrets = heard
    client = client_of(tmp_path, address)
    client.get("/")
    client.post("/entries/1/edit", data={"title": ""})
    client.post("/editor", data={"editor": "Mei Okafor"})
    with pytest.raises(Empty):
        secrets.get(timeout=0.3)


def test_a_listener_that_is_gone_costs_nothing(tmp_path: Path) -> None:
    """The save is done all the same."""
    assert client_of(tmp_path, "http://127.0.0.1:9/hook").post("/entries/1/delete").status_code == 303
