"""The demo's pipeline makes previews: drafts are in them, links stay inside, and search engines are sent away."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from publisher import bound_to, release_files
from publisher.model import Bound
from sandbox.cms.clock import now
from sandbox.site import WebServer, create_site
from tests.sandbox.repository.conftest import Museum, Pipeline

LABEL = "b7-k3q9x2m7w4ab"
VARIABLES = {
    "BUILDHUB_ENVIRONMENT": "previews",
    "BUILDHUB_PREVIEW": LABEL,
    "SITE_URL_PREVIEWS": "http://127.0.0.1:8003/previews/",
}


def test_a_preview_has_drafts_and_its_own_base(museum: Museum, pipeline: Pipeline, tmp_path: Path) -> None:
    """At its own address on the site server, marked for nobody else; the live site has no trace of it."""
    museum.change("Café menu", status="draft", summary="Only a draft")
    published = pipeline.until("publish", **VARIABLES)
    assert published.code == 0, published.log
    server = WebServer(create_site(tmp_path / "site"), host="127.0.0.1", port=0)
    server.start()
    try:
        page = httpx.get(f"{server.url}previews/{LABEL}/visit/cafe-menu/")
        marker = httpx.get(f"{server.url}previews/{LABEL}/buildhub.json")
        assert marker.json() == {"release": "build-7"}
        assert "Only a draft" in page.text
        assert '<meta name="robots" content="noindex, nofollow">' in page.text
        assert f'href="/previews/{LABEL}/visit/"' in page.text
        for answer in (page, marker, httpx.get(f"{server.url}previews/{LABEL}/nothing/")):
            assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
            assert answer.headers["Cache-Control"] == "no-store"
        for path in ("previews/", "previews/..%2Flive/", "previews/b7-another0one/", f"previews/{LABEL}/.releases/"):
            assert httpx.get(f"{server.url}{path}").status_code == 404
    finally:
        server.stop()
    assert not (tmp_path / "site" / "live").exists()


def test_a_link_that_leaves_the_preview_fails_it(pipeline: Pipeline) -> None:
    """An editor would land on the live site without noticing."""
    assert pipeline.until("build", **VARIABLES).code == 0
    page = pipeline.folder / "public" / "index.html"
    page.write_text(page.read_text().replace(f'"/previews/{LABEL}/visit/"', '"/visit/"'))
    checked = pipeline.job("check", **VARIABLES)
    assert checked.code == 5
    assert checked.errors[0]["file"] == "/visit/"


@pytest.mark.parametrize(
    ("environment", "label"), [("previews", ""), ("live", LABEL), ("previews", "../live"), ("previews", "B7")]
)
def test_labels_are_for_previews_and_nothing_else(pipeline: Pipeline, environment: str, label: str) -> None:
    """Else drafts could land on the live site."""
    ran = pipeline.job("collect", BUILDHUB_ENVIRONMENT=environment, BUILDHUB_PREVIEW=label)
    assert ran.code == 1
    assert "BUILDHUB_PREVIEW" in ran.log


def test_one_with_a_host_name_of_its_own_has_the_bytes_of_the_live_site(
    museum: Museum, pipeline: Pipeline, tmp_path: Path
) -> None:
    """Without drafts there is no difference, so it can go live as it is. Search engines are sent away by a header."""
    for entry in museum.store.entries():
        if entry.state(now()) != "published":
            museum.change(entry.title, status="published", publish_at=None, expires_at=None)
    by_host = VARIABLES | {"SITE_URL_PREVIEWS": "http://{label}.localhost:8003/"}
    for variables in ({"BUILDHUB_ENVIRONMENT": "live"}, by_host):
        published = pipeline.until("publish", **variables)
        assert published.code == 0, published.log
    places = [tmp_path / "site" / "live", tmp_path / "site" / "previews" / LABEL]
    live, preview = (release_files(str(place), "build-7") for place in places)
    assert {path: file.sha256 for path, file in live.items()} == {path: file.sha256 for path, file in preview.items()}
    assert bound_to(str(places[1]), "build-7") == Bound(address=f"{LABEL}.localhost:8003", files=0, noindex=0)
    server = WebServer(create_site(tmp_path / "site"), host="127.0.0.1", port=0)
    server.start()
    try:
        for path in ("", "visit/", "nothing/", "previews/", "staging/"):
            answer = httpx.get(f"{server.url}{path}", headers={"Host": f"{LABEL}.localhost:8003"})
            assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
            assert answer.headers["Cache-Control"] == "no-store"
            assert (answer.status_code, path) in {(200, ""), (200, "visit/"), (404, path)}
        assert httpx.get(server.url, headers={"Host": "live.localhost"}).status_code == 404
    finally:
        server.stop()


def test_a_draft_is_in_it(museum: Museum, pipeline: Pipeline, tmp_path: Path) -> None:
    """With links that stay in the preview, as its host is its own."""
    museum.change("Café menu", status="draft", summary="Only a draft")
    published = pipeline.until("publish", **VARIABLES | {"SITE_URL_PREVIEWS": "http://{label}.localhost:8003/"})
    assert published.code == 0, published.log
    text = (tmp_path / "site" / "previews" / LABEL / "current" / "visit" / "cafe-menu" / "index.html").read_text()
    assert "Only a draft" in text and 'href="/visit/"' in text and LABEL not in text
