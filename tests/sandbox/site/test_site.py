"""The server of the published sites, asked over HTTP."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from publisher import Options, publish
from publisher.privacy import records_are_public
from sandbox.site import PortTaken, WebServer, create_site


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    running = WebServer(create_site(tmp_path / "site"), host="127.0.0.1", port=0)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """A live site with one release."""
    site = tmp_path / "site" / "live"
    release(site, "r1", {
        "index.html": "<h1>Harbour</h1>",
        "404.html": "<h1>Gone with the tide</h1>",
        "visit/index.html": "<h1>Visit</h1>",
        "images/lens.svg": "<svg/>",
        "assets/site.0a1b2c3d.css": "body{}",
        "sitemap.xml": "<urlset/>",
        "buildhub.json": '{"build": "b1"}',
        "notes.unknown": "?",
    })  # fmt: skip
    return site


def release(site: Path, name: str, files: dict[str, str]) -> None:
    """Store a release and make it the current one."""
    for path, text in files.items():
        file = site / "releases" / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    fresh = site / ".next"
    fresh.symlink_to(Path("releases") / name)
    fresh.replace(site / "current")


def get(server: WebServer, path: str, method: str = "GET", **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
    """One request exactly as written: no path is tidied up, no redirect followed."""
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=10)) as connection:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()


@pytest.mark.parametrize("path", ["/", "/visit/", "/staging/", "/buildhub.json"])
def test_before_the_first_publish_the_page_says_so(server: WebServer, path: str) -> None:
    """404 in friendly words, never kept by the browser."""
    status, headers, text = get(server, path)

    assert status == 404
    assert "Nothing has been published yet" in text
    assert headers["Cache-Control"] == "no-store"
    assert get(server, "/-/nothing.css")[0] == 200


@pytest.mark.parametrize(
    ("path", "content_type", "cache"),
    [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/visit/", "text/html; charset=utf-8", "no-cache"),
        ("/images/lens.svg", "image/svg+xml; charset=utf-8", "no-cache"),
        ("/assets/site.0a1b2c3d.css", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/sitemap.xml", "application/xml; charset=utf-8", "no-cache"),
        ("/buildhub.json", "application/json", "no-store"),
        ("/notes.unknown", "application/octet-stream", "no-cache"),
    ],
)
def test_each_file_has_its_type_and_cache_rule(
    server: WebServer, live: Path, path: str, content_type: str, cache: str
) -> None:
    """Types do not depend on the machine; nothing is guessed by the browser."""
    status, headers, _ = get(server, path)

    assert status == 200
    assert headers["Content-Type"] == content_type
    assert headers["Cache-Control"] == cache
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["ETag"]
    assert headers["Last-Modified"]


def test_an_unchanged_file_is_not_sent_again(server: WebServer, live: Path) -> None:
    """304 for the ETag that was given."""
    etag = get(server, "/visit/")[1]["ETag"]

    assert get(server, "/visit/", If_None_Match=etag)[0] == 304


def test_an_unknown_address_shows_the_sites_own_404(server: WebServer, live: Path) -> None:
    """Also when the browser asks with conditions."""
    status, headers, text = get(server, "/visit/nothing/")

    assert (status, text) == (404, "<h1>Gone with the tide</h1>")
    assert get(server, "/visit/nothing/", If_None_Match=headers["ETag"])[0] == 404


def test_a_folder_without_its_slash_is_redirected(server: WebServer, live: Path) -> None:
    """Relative links in the page stay right."""
    status, headers, _ = get(server, "/visit")

    assert (status, headers["Location"]) == (308, "/visit/")
    assert get(server, "/staging")[1]["Location"] == "/staging/"


def test_a_folder_without_a_page_is_a_404(server: WebServer, live: Path) -> None:
    """Folders are never listed."""
    assert get(server, "/images/")[0] == 404
    assert get(server, "/images")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../../secret.txt",
        "/visit/../../../../secret.txt",
        "/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "/..%2f..%2f..%2fsecret.txt",
        "/..%5c..%5csecret.txt",
        "//secret.txt",
        "/staging/../../../secret.txt",
        "/.hidden",
        "/visit/.git/config",
        "/%00",
        "/index.html%00.png",
    ],
)
def test_nothing_outside_the_release_can_be_read(server: WebServer, live: Path, tmp_path: Path, path: str) -> None:
    """Every trick ends without the secret."""
    (tmp_path / "secret.txt").write_text("SECRET")
    (live / "current" / ".hidden").write_text("SECRET")
    (live / "current" / "visit" / ".git").mkdir()
    (live / "current" / "visit" / ".git" / "config").write_text("SECRET")
    status, _, text = get(server, path)

    assert status in (301, 308, 400, 404)
    assert "SECRET" not in text


def test_a_link_that_leads_out_of_the_site_is_not_followed(server: WebServer, live: Path, tmp_path: Path) -> None:
    """Neither a file inside a release nor the release itself may be a way out."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "index.html").write_text("SECRET")
    (live / "current" / "out").symlink_to(tmp_path / "secret")
    through_file = get(server, "/out/")
    (live / "current").unlink()
    (live / "current").symlink_to(tmp_path / "secret")
    through_release = get(server, "/")

    assert through_file[0] == through_release[0] == 404
    assert "SECRET" not in through_file[2] + through_release[2]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_site_can_only_be_read(server: WebServer, live: Path, method: str) -> None:
    """405 for everything that is not a reading."""
    assert get(server, "/", method)[0] == 405


def test_head_has_the_headers_without_the_text(server: WebServer, live: Path) -> None:
    """The length is that of the page."""
    status, headers, text = get(server, "/visit/", "HEAD")

    assert (status, text) == (200, "")
    assert headers["Content-Length"] == str(len("<h1>Visit</h1>"))


def test_staging_and_live_are_apart(server: WebServer, live: Path, tmp_path: Path) -> None:
    """Each root shows its own site and its own proof."""
    release(tmp_path / "site" / "staging", "s1", {"index.html": "staged", "buildhub.json": '{"build": "s"}'})

    assert get(server, "/staging/")[2] == "staged"
    assert get(server, "/")[2] == "<h1>Harbour</h1>"
    assert get(server, "/staging/buildhub.json")[1]["Cache-Control"] == "no-store"
    assert json.loads(get(server, "/staging/buildhub.json")[2]) == {"build": "s"}


def test_readers_never_miss_a_page_while_releases_change(server: WebServer, live: Path, tmp_path: Path) -> None:
    """Twelve releases go live under four readers, the old ones vanish; each answer is a whole page of one release."""
    seen: list[tuple[int, str]] = []
    done = threading.Event()
    built = tmp_path / "public"
    built.mkdir()

    def read() -> None:
        while not done.is_set():
            status, _, text = get(server, "/")
            seen.append((status, text))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(12):
        (built / "index.html").write_text(f"<p>{number}</p>" * 500)
        publish(built, str(live), release=f"n{number}", options=Options(anyway=True))
    done.set()
    for reader in readers:
        reader.join()
    whole = {"<h1>Harbour</h1>", *(f"<p>{number}</p>" * 500 for number in range(12))}

    assert seen
    assert {status for status, _ in seen} == {200}
    assert {text for _, text in seen} <= whole


@pytest.mark.parametrize("path", ["/.releases/current.json", "/staging/.releases/current.json"])
def test_the_publishers_records_are_not_shown(server: WebServer, live: Path, path: str) -> None:
    """They lie beside what visitors see; the publisher's own check says so too."""
    publish(live / "current", str(live), release="r2")

    assert get(server, "/")[0] == 200
    assert get(server, path)[0] == 404
    assert not records_are_public(server.url)


def test_health_answers_before_anything_is_published(server: WebServer) -> None:
    """The supervisor can wait for it."""
    with urllib.request.urlopen(f"{server.url}healthz") as answer:
        assert (answer.status, answer.read()) == (200, b"ok\n")


def test_a_taken_port_is_named(server: WebServer, tmp_path: Path) -> None:
    """The second server says which port, and raises nothing but its own error."""
    with pytest.raises(PortTaken, match=f"Port {server.port} on 127.0.0.1 is used by another program"):
        WebServer(create_site(tmp_path), host="127.0.0.1", port=server.port)
