"""A secret that is shown this once, as the template of such pages puts it."""

from __future__ import annotations

from dataclasses import dataclass, field

TEMPLATE = "components/shown_once.html"


@dataclass(frozen=True, kw_only=True)
class ShownOnce:
    """What it is, what it is of, what it is for, and the list to go back to. All of it is text."""

    name: str
    of: str
    title: str
    words: str
    home: str
    home_url: str
    secret: str = field(repr=False)
