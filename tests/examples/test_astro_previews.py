"""Previews by the shipped CI file and Astro: drafts are in them and nowhere else, and no link leads out of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pytest
from django.utils.timezone import now

from deploys.models import Proof
from sandbox import node
from tests.examples.museum import ADDRESS, BELOW_A_PATH, BY_HOST_NAME, Museum
from tests.publisher import servers
from tests.publisher.hosts import BucketHost

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.endurance,
    pytest.mark.skipif(node.folder() is None, reason=f"THE ASTRO SITE WAS NOT BUILT: {node.MISSING}"),
]

KEYS = {"AWS_ACCESS_KEY_ID": servers.KEY, "AWS_SECRET_ACCESS_KEY": servers.SECRET, "AWS_REGION": "us-east-1"}
DRAFT = "Spring boat parade"
DRAFT_TEXT = "Waiting for the harbour master"
LINKS = """<p><a href="/visit/cafe-menu/">By path</a>,
<a href="http://museum.example/visit/cafe-menu/#lunch">in full</a>,
<a href=/visit/ticket-prices/>Without marks</a> <a href='/visit/ticket-prices/'>single</a>
<img src="/favicon.svg" srcset="/favicon.svg 1x, /favicon.svg 2x" alt=""><img src="/media/hall.jpg" alt="">
<a style="background: url('/favicon.svg')" href="//museum.example/visit/opening-hours/">no scheme</a>
<a href="https://elsewhere.example/visit/">elsewhere</a> <a href="mailto:a@museum.example">mail</a></p>
"""


@pytest.fixture
def usual(bucket: BucketHost) -> dict[str, str]:
    """What the project's variables say of the bucket."""
    return {"SITE_BUCKET": bucket.bucket, "AWS_ENDPOINT_URL": bucket.url, **KEYS}


def texts(pages: dict[str, bytes]) -> str:
    """All pages in one text."""
    return "\n".join(body.decode() for path, body in pages.items() if path.endswith((".html", ".xml", ".txt")))


def test_a_preview_below_a_path_keeps_its_drafts_and_its_readers(
    make_museum: Callable[..., Museum], bucket: BucketHost, usual: dict[str, str]
) -> None:
    """Drafts are on its pages alone, and links of every kind stay below its base."""
    museum = make_museum(bucket, **usual)
    museum.previews_at(BELOW_A_PATH)
    museum.change("Getting here", body=LINKS)
    museum.publish()
    live = museum.pages()

    preview, pages, log = museum.preview()
    assert preview.can_be_opened(now()) and preview.build.release.proof == Proof.MARKER
    assert DRAFT_TEXT in texts(pages) and ", 0 broken" in log
    base = f"/previews/{preview.label}/"
    assert pages_that_leave(pages, base) == []
    moved = pages["visit/getting-here/index.html"].decode()
    assert (
        moved.count(f"{base}visit/cafe-menu/") >= 2 and f'srcset="{base}favicon.svg 1x, {base}favicon.svg 2x"' in moved
    )
    assert 'src="/media/hall.jpg"' in moved and "https://elsewhere.example/visit/" in moved
    assert all(b'content="noindex, nofollow"' in body for path, body in pages.items() if path.endswith(".html"))
    assert museum.pages() == live
    assert hidden_in(live) == []


def hidden_in(pages: dict[str, bytes]) -> list[str]:
    """What visitors must not find on pages that are for them."""
    return [words for words in (DRAFT, DRAFT_TEXT, "noindex", "/previews/") if words in texts(pages)]


def pages_that_leave(pages: dict[str, bytes], base: str) -> list[str]:
    """Links of this host that are not below the base, found in another way than the site's own check does."""
    found = []
    for path, body in pages.items():
        here = urljoin(f"{ADDRESS}{base.lstrip('/')}", path)
        for link in re.findall(rb"(?:href|src|srcset|content|url)\s*[=(]\s*[\"']?([^\"' >)]+)", body):
            to = urlsplit(urljoin(here, link.decode()))
            inside = to.path.startswith((base, "/media/"))
            if to.hostname == "museum.example" and not inside and path.endswith((".html", ".css")):
                found.append(f"{path}: {link.decode()}")
    return found


def test_a_preview_by_host_name_is_what_may_go_live(
    make_museum: Callable[..., Museum], bucket: BucketHost, usual: dict[str, str]
) -> None:
    """Drafts leave no trace in what visitors get, though all builds share one cache; same content, same bytes."""
    museum = make_museum(bucket, **usual)
    text = museum.previews_at(BY_HOST_NAME)
    museum.rewrite_ci(re.sub(r"key: astro-(previews-)?\$CI_COMMIT_REF_SLUG", "key: one", text))
    museum.publish()
    preview, pages, _ = museum.preview()
    assert preview.can_be_opened(now()) and DRAFT_TEXT in texts(pages)

    museum.trash_hidden()
    museum.rename("Café menu", "What the café cooks")
    _, job = museum.publish()
    assert "Successfully extracted cache" in museum.gitlab.trace(job)
    live = museum.pages()
    assert "What the café cooks" in texts(live) and hidden_in(live) == []

    _, pages, _ = museum.preview()
    assert [path for path in pages.keys() | live.keys() if pages.get(path) != live.get(path)] == []


def test_a_link_out_of_a_preview_ends_its_build(
    make_museum: Callable[..., Museum], bucket: BucketHost, usual: dict[str, str]
) -> None:
    """Nothing is published then; the log says which link of which page."""
    museum = make_museum(bucket, **usual)
    museum.previews_at(BELOW_A_PATH)
    layout = museum.folder / "src" / "layouts" / "Base.astro"
    layout.write_text(layout.read_text().replace("href={under('tags/')}", 'href="/tags/"'))
    log = museum.failed_preview()
    assert "/tags/ leaves /previews/" in log and '"class":"link_broken"' in log
    assert bucket.served() == {}
