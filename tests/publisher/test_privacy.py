"""The publisher's records must not be readable by visitors."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from publisher import publish, records_are_public
from publisher.command_line import main
from publisher.errors import Unavailable
from tests.publisher.hosts import FolderHost, Site


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """A web server for a folder."""
    servers: list[ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
        )
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_web_root_one_folder_too_high_is_found(
    serve: Callable[[Path], str], site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The target itself instead of its `current`."""
    host = FolderHost(tmp_path / "target")
    publish(site.write(), host.target, options=host.options)
    right, wrong = serve(host.root / "current"), serve(host.root)
    assert (records_are_public(right), records_are_public(wrong)) == (False, True)
    main(["status", host.target, "--address", wrong])
    assert "Visitors can read .releases/" in capsys.readouterr().out


def test_a_site_that_does_not_answer_is_no_proof() -> None:
    """Neither way."""
    with pytest.raises(Unavailable):
        records_are_public("http://127.0.0.1:9", timeout=0.2)
