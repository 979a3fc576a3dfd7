"""Which headers a file gets, which names carry a hash, and what is never touched: a small file of the site, or this.

publisher.toml (or .json) in the folder where the command runs, or --rules FILE:

    hashed = ["_astro/*"]            # names that change with their content: served for a year
    foreign = ["previews/", "media/"] # never compared, never deleted
    keep_hashed_days = 14            # how long hashed files stay after they left the site
    removal_guard_percent = 20
    edge_seconds = 3600              # how long a CDN may serve a page before it asks; used with --distribution

    [[headers]]                      # later ones win; match is a shell pattern, * matches slashes too
    match = "*.pdf"
    cache_control = "public, max-age=86400"
    content_type = "application/pdf"
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from publisher.errors import Refused
from publisher.media_types import media_type
from publisher.model import Headers, is_page

RESERVED = ".releases/"
IMMUTABLE = "public, max-age=31536000, immutable"
FRESH = "public, max-age=0, must-revalidate"
_HELD = re.compile(r"public, max-age=0, s-maxage=\d+, must-revalidate")
FILE_NAMES = ("publisher.toml", "publisher.json")
# Astro writes name.<hash>.ext and, for pictures, name.<hash>_<variant>.ext.
_ASTRO_HASH = re.compile(r"[.][A-Za-z0-9_-]{8,}[.]\w+$")


@dataclass(frozen=True, kw_only=True)
class HeaderRule:
    """Headers for the paths that match; None leaves what is."""

    match: str
    cache_control: str | None = None
    content_type: str | None = None
    content_encoding: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How this site is published. hashed: patterns; None stands for Astro's names under _astro/."""

    hashed: tuple[str, ...] | None = None
    foreign: tuple[str, ...] = ("previews/",)
    keep_hashed_days: float = 14
    removal_guard_percent: float = 20
    edge_seconds: int = 3600
    headers: tuple[HeaderRule, ...] = ()

    def is_hashed(self, path: str) -> bool:
        """True when the name changes whenever the content does."""
        if self.hashed is None:
            return path.startswith("_astro/") and _ASTRO_HASH.search(path) is not None
        return any(fnmatchcase(path, pattern) for pattern in self.hashed)

    def is_foreign(self, path: str) -> bool:
        """True for what belongs to others, and for the publisher's own records."""
        return path.startswith((RESERVED, *self.foreign))

    def headers_of(self, path: str, *, behind_cdn: bool) -> Headers:
        """The headers of one file. behind_cdn: a CDN is told what changed, so it may hold pages for edge_seconds."""
        hashed = self.is_hashed(path)
        control = IMMUTABLE if hashed else _held(self.edge_seconds) if behind_cdn else FRESH
        kind, encoding = media_type(path), ""
        for rule in self.headers:
            if fnmatchcase(path, rule.match):
                control = control if rule.cache_control is None else rule.cache_control
                kind = kind if rule.content_type is None else rule.content_type
                encoding = encoding if rule.content_encoding is None else rule.content_encoding
        return _shared(kind, control, encoding, "" if hashed else "html" if is_page(path) else "file")


def headers_at(place_has_cdn: bool, headers: Headers, rules: Rules) -> Headers:
    """Headers of a file of another place: the standard ones say whether a CDN in front may hold the file."""
    control = headers.cache_control
    if not place_has_cdn and _HELD.fullmatch(control):
        control = FRESH
    elif place_has_cdn and control == FRESH:
        control = _held(rules.edge_seconds)
    return _shared(headers.content_type, control, headers.content_encoding, headers.tag)


def _held(seconds: int) -> str:
    return f"public, max-age=0, s-maxage={seconds}, must-revalidate"


@functools.cache
def _shared(kind: str, control: str, encoding: str, tag: str) -> Headers:
    """One object for all files with the same headers."""
    return Headers(kind, control, encoding, tag)


def read_rules(file: Path | None, *, folder: Path | None = None) -> Rules:
    """The rules in this file, else in publisher.toml or .json of the folder, else the defaults. Raises Refused."""
    if file is None:
        found = [folder / name for name in FILE_NAMES if (folder / name).is_file()] if folder else []
        if not found:
            return Rules()
        file = found[0]
    import tomllib  # most sites have no rules, and a start should be quick

    try:
        text = file.read_text(encoding="utf-8")
        data: Any = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
        return parse(data)
    except (OSError, ValueError, TypeError) as error:
        raise Refused(f"The rules in {file} cannot be used: {error}.") from error


def parse(data: Mapping[str, Any]) -> Rules:
    """Rules from plain data. Raises TypeError or ValueError with words for what is wrong."""
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key in ("hashed", "foreign"):
            values[key] = _texts(key, value)
        elif key in ("keep_hashed_days", "removal_guard_percent", "edge_seconds"):
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{key} is a number from 0 up")
            values[key] = value
        elif key == "headers":
            values[key] = tuple(HeaderRule(**one) for one in value)
        else:
            raise ValueError(f"{key} is not known here")
    for rule in values.get("headers", ()):
        for text in (rule.match, rule.cache_control, rule.content_type, rule.content_encoding):
            if text is not None and (not isinstance(text, str) or not text.isprintable()):
                raise ValueError(f"a header is one line of text, not {text!r}")
    return Rules(**values)


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError(f"{key} is a list of texts")
    return tuple(value)
