"""Addresses that may stand in a link, and keys that fit their column."""

from __future__ import annotations

import re
from hashlib import blake2b

LONGEST_KEY = 255
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def link(address: str) -> str | None:
    """Give an address that may stand in a link: http, https, or a path; None for anything that could run."""
    plain = "".join(letter for letter in address if letter > " " and letter != "\x7f")
    scheme = _SCHEME.match(plain)
    return plain if plain and (scheme is None or scheme[1].lower() in ("http", "https")) else None


def bounded(key: str) -> str:
    """Give a key that fits its column; a long one keeps its beginning and stays unique."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = blake2b(key.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"{key[: LONGEST_KEY - len(digest) - 1]}…{digest}"
