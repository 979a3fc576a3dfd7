"""What visitors are served: the marker of the site, and pages compared byte by byte with those of a release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urljoin
from uuid import uuid4

import httpx

from deploys.models import Page, Release

TIMEOUT = httpx.Timeout(5)
MOST_BYTES = 64 * 1024
LARGEST_PAGE = 5 * 1024 * 1024
MOST_PAGES = 3  # changed pages that are looked at, beside the front page
FRONT_PAGE = "index.html"
_NOT_ASKED_FOR = ("404.html", "403.html", "500.html")  # served for other addresses, with another status


class OwnMachine(httpx.HTTPTransport):
    """Finds every name below .localhost on this machine, as browsers do, also where the resolver does not.

    https://www.rfc-editor.org/rfc/rfc6761#section-6.3
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; the Host header still says which site is asked for."""
        if request.url.host.endswith(".localhost"):
            request.extensions = {**request.extensions, "sni_hostname": request.url.host}
            request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


class NotServed(Exception):
    """The site does not show what it should, or cannot be asked; str() says so in plain words."""


def client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client that carries nothing that a visitor would not send."""
    return httpx.Client(transport=transport or OwnMachine(), timeout=TIMEOUT, follow_redirects=False)


def read_marker(url: str, http: httpx.Client) -> str:
    """Return the release or build that the marker file at this address names, past any cache. Raises NotServed."""
    headers = {"Cache-Control": "no-cache", "Accept": "application/json"}
    try:
        with http.stream("GET", url, headers=headers, params={"buildhub": uuid4().hex}) as reply:
            if reply.status_code != httpx.codes.OK:
                raise NotServed(f"The site answers {reply.status_code} for its marker.")
            body = b"".join(_up_to(reply, MOST_BYTES, "The site's marker is too large."))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotServed("The site does not answer.") from error
    try:
        named = json.loads(body)
        return str(named["release"] if "release" in named else named["build"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotServed("The site's marker cannot be read.") from error


def check_pages(site_url: str, pages: Mapping[str, Page], paths: Iterable[str], http: httpx.Client) -> int:
    """Ask for pages as visitors do and compare them with the release. Returns how many; raises NotServed."""
    looked_at = 0
    for path in paths:
        _check_page(page_at(site_url, path), path, pages[path], http)
        looked_at += 1
    return looked_at


def sample(release: Release, pages: Mapping[str, Page]) -> list[str]:
    """The pages to look at: of what the release changed, the front page first."""
    report = release.report if isinstance(release.report, dict) else {}
    differing = [path for name in ("changed", "added") for path in report.get(name, [])]
    fitting = [path for path in differing if path in pages and path.rsplit("/", 1)[-1] not in _NOT_ASKED_FOR]
    others = [path for path in fitting if path != FRONT_PAGE][:MOST_PAGES]
    front = [FRONT_PAGE] if FRONT_PAGE in pages and (FRONT_PAGE in fitting or not others) else []
    return [path for path in [*front, *others] if pages[path].sha256 and pages[path].size <= LARGEST_PAGE]


def page_at(site_url: str, path: str) -> str:
    """The address at which visitors open a page: /a/ for a/index.html."""
    shown = path.removesuffix(FRONT_PAGE) if path == FRONT_PAGE or path.endswith(f"/{FRONT_PAGE}") else path
    return urljoin(f"{site_url.rstrip('/')}/", quote(shown))


def _check_page(url: str, path: str, page: Page, http: httpx.Client) -> None:
    name = f"/{path.removesuffix(FRONT_PAGE)}"
    digest = hashlib.sha256()
    try:
        with http.stream("GET", url, headers={"Accept": "text/html,*/*"}) as reply:
            if reply.status_code != httpx.codes.OK:
                raise NotServed(f"The site answers {reply.status_code} for the page {name}.")
            for piece in _up_to(reply, LARGEST_PAGE, f"The page {name} does not show the new version yet."):
                digest.update(piece)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotServed(f"The site does not answer for the page {name}.") from error
    if digest.hexdigest() != page.sha256:
        raise NotServed(f"The page {name} does not show the new version yet.")


def _up_to(reply: httpx.Response, most: int, words: str) -> list[bytes]:
    pieces, size = [], 0
    for piece in reply.iter_bytes():
        size += len(piece)
        if size > most:
            raise NotServed(words)
        pieces.append(piece)
    return pieces
