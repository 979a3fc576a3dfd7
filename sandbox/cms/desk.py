"""What each request of the CMS has at hand: the store, and who is editing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from flask import current_app, request

from .store import Store

EDITORS = ("Ana Ribeiro", "Mei Okafor", "Tomás Lind")
EDITOR_COOKIE = "harbour_cms_editor"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The things shared by all requests."""

    store: Store
    content_token: str


def desk() -> Desk:
    """The desk of the running application."""
    found = current_app.extensions["desk"]
    assert isinstance(found, Desk)
    return found


def current_editor() -> str:
    """The person chosen under "Editing as"; the first one when nobody was chosen."""
    chosen = unquote(request.cookies.get(EDITOR_COOKIE, ""))
    return chosen if chosen in EDITORS else EDITORS[0]


def cookie_value(editor: str) -> str:
    """The editor's name as a cookie can carry it."""
    return quote(editor)


def initials(name: str) -> str:
    """AR for Ana Ribeiro."""
    return "".join(part[0] for part in name.split())[:2].upper()
