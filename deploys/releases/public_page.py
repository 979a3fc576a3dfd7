"""One look at a public page: what its <meta> of a given name says, past any cache."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin
from uuid import uuid4

import httpx
from lxml import etree
from lxml.html import HTMLParser

TIMEOUT = httpx.Timeout(5)
MOST_BYTES = 2 * 1024 * 1024
MOST_HOPS = 3  # redirects within the site, such as the one that adds a slash
_MARKUP = ("text/html", "application/xhtml+xml")


class NoPage(Exception):
    """The page could not be read; str() says why in plain words."""


def client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client for pages that visitors see: it carries nothing that visitors would not send."""
    headers = {"Cache-Control": "no-cache", "Pragma": "no-cache", "Accept": "text/html"}
    return httpx.Client(transport=transport, timeout=TIMEOUT, follow_redirects=False, headers=headers)


def metas(url: str, name: str, http: httpx.Client) -> list[str]:
    """The contents of the page's <meta> elements with this name; empty when there is none. Raises NoPage."""
    try:
        body = _body(url, http)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoPage("The page does not answer.") from error
    return _contents(body, name)


def _body(url: str, http: httpx.Client) -> bytes:
    """Read the page. A redirect is followed within the same site only."""
    site = httpx.URL(url)
    for _hop in range(MOST_HOPS + 1):
        address = httpx.URL(url)
        if (address.scheme, address.host, address.port) != (site.scheme, site.host, site.port):
            raise NoPage("The page sends visitors to another site.")
        with http.stream("GET", address.copy_merge_params({"buildhub": uuid4().hex})) as reply:
            if reply.has_redirect_location:
                url = urljoin(str(address), reply.headers["Location"])
                continue
            _check(reply)
            return b"".join(_up_to(reply, MOST_BYTES))
    raise NoPage("The page sends visitors from one address to the next.")


def _check(reply: httpx.Response) -> None:
    if reply.status_code != httpx.codes.OK:
        raise NoPage(f"The page answers {reply.status_code}.")
    kind = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _MARKUP:
        raise NoPage("The address gives no web page.")


def _up_to(reply: httpx.Response, most: int) -> Iterator[bytes]:
    size = 0
    for piece in reply.iter_bytes():
        size += len(piece)
        if size > most:
            raise NoPage("The page is too large to look at.")
        yield piece


def _contents(body: bytes, name: str) -> list[str]:
    if not body.strip():
        return []
    try:
        tree = etree.fromstring(body, HTMLParser(no_network=True))
    except etree.LxmlError as error:
        raise NoPage("The page cannot be read.") from error
    if tree is None:
        return []
    named = (meta for meta in tree.iter("meta") if meta.get("name") == name)
    return [(meta.get("content") or "").strip() for meta in named]
