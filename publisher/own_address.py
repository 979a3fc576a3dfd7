"""Which files of a build name the site's own address: such a build sends visitors of another place back to its own.

Looked for while the files are hashed, so that nothing is read twice, and only when an address was given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from publisher.errors import Refused
from publisher.model import Bound, is_page

_TEXTS = (".html", ".htm", ".xml", ".txt", ".json", ".js", ".css", ".webmanifest")
_META = re.compile(rb"<meta\s[^>]*>", re.IGNORECASE)
_FIRST = 5
# Before the host: nothing that makes it another name; in links to share a page the slash is written as an escape.
_BEFORE = rb"(?:(?<![A-Za-z0-9.@-])|(?<=%2[Ff])|(?<=\\u002[Ff]))"
_AFTER = rb"(?![A-Za-z0-9-]|\.[A-Za-z0-9]|:\d)"


class Search:
    """Looks for one address in the files of a build; used by many threads."""

    def __init__(self, address: str) -> None:
        """Raises Refused when it is no address of a site."""
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or parts.scheme not in ("http", "https"):
            raise Refused(f"{address!r} is no address of a site. Write it as https://www.example.org.")
        self.host = f"{host}:{port}" if port else host
        self._names = tuple({host.encode(), host.encode("idna")} if not host.isascii() else {host.encode()})
        ending = rb"(?::|%%3[Aa])%d" % port if port else b""
        self._pattern = re.compile(_BEFORE + b"(?:" + b"|".join(map(re.escape, self._names)) + b")" + ending + _AFTER)
        self._overlap = max(map(len, self._names)) + 16
        self._naming: set[str] = set()
        self._hidden: set[str] = set()

    def of(self, path: str) -> Callable[[bytes], None] | None:
        """What is to be called with each block of this file; None for files that are no text."""
        if not path.lower().endswith(_TEXTS):
            return None
        tail = b""

        def look(block: bytes) -> None:
            nonlocal tail
            if not tail and is_page(path) and _hides(block):
                self._hidden.add(path)
            if path not in self._naming and self._is_in(tail + block if tail else block):
                self._naming.add(path)
            tail = block[-self._overlap :]

        return look

    def _is_in(self, text: bytes) -> bool:
        """Plain search first: the pattern is slow, and only asked where the host's name stands."""
        for name in self._names:
            at = text.find(name)
            while at >= 0:
                if self._pattern.match(text, at):
                    return True
                at = text.find(name, at + 1)
        return False

    def found(self) -> Bound:
        """What was found in all files."""
        paths = sorted(self._naming)
        return Bound(address=self.host, files=len(paths), first=tuple(paths[:_FIRST]), noindex=len(self._hidden))


def _hides(page: bytes) -> bool:
    """True when the page asks search engines to leave it out."""
    if b"noindex" not in page and b"NOINDEX" not in page:
        return False
    metas = (found.group().lower() for found in _META.finditer(page))
    return any(b"noindex" in meta and b"bot" in meta for meta in metas)
