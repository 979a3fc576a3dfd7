"""SENTRY_DSN: errors reach a server that speaks Sentry's protocol, with the build and without secrets."""

from __future__ import annotations

import gzip
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from buildhub.up.paths import ROOT

FAILS = """
import django; django.setup()
from deploys.log_context import about
import sentry_sdk
def start(token):
    raise RuntimeError("it broke")
with about(build_id=7):
    try:
        start("glpat-secret")
    except RuntimeError:
        sentry_sdk.capture_exception()
sentry_sdk.flush(5)
"""
NO_LIBRARY = "import sys; sys.modules['sentry_sdk'] = None\n"


class Listening(http.server.BaseHTTPRequestHandler):
    """Takes reports and keeps them."""

    received: list[bytes]

    def do_POST(self) -> None:
        """Keep the envelope."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[bytes]]]:
    """Its DSN, and what it has received."""
    received: list[bytes] = []
    handler = type("Handler", (Listening,), {"received": received})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", received
        server.shutdown()
        thread.join()


def run(code: str, dsn: str) -> subprocess.CompletedProcess[str]:
    """A process of its own with this SENTRY_DSN."""
    environ = os.environ | {
        "SENTRY_DSN": dsn,
        "SENTRY_ENVIRONMENT": "trial",
        "DJANGO_SETTINGS_MODULE": "buildhub.settings",
    }
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True)


@pytest.mark.process
def test_an_error_is_reported_with_its_build_and_without_secrets(sentry: tuple[str, list[bytes]]) -> None:
    """What broke, in which installation, for which build; no value of a variable."""
    dsn, received = sentry
    done = run(FAILS, dsn)
    assert done.returncode == 0, done.stderr
    (report,) = [each for each in received if b"it broke" in each]
    assert b'"environment":"trial"' in report
    assert b'"build_id":"7"' in report
    assert b"glpat-secret" not in report


@pytest.mark.process
def test_without_the_setting_nothing_leaves(sentry: tuple[str, list[bytes]]) -> None:
    """The library may be there all the same."""
    assert run(FAILS, "").returncode == 0
    assert sentry[1] == []


@pytest.mark.process
@pytest.mark.parametrize(
    ("before", "dsn", "words"),
    [(NO_LIBRARY, "http://key@127.0.0.1:1/1", "sentry-sdk is not installed: pip install"),
     ("", "no address", "SENTRY_DSN is no address of a Sentry project")],
)  # fmt: skip
def test_what_cannot_work_is_said_at_the_start(before: str, dsn: str, words: str) -> None:
    """A sentence with what to do, and not a silent installation that reports nothing."""
    done = run(before + FAILS, dsn)
    assert done.returncode != 0
    assert words in done.stderr
