"""The JSON feed that builds and Buildhub read: published entries, page by page, for those with the token."""

from __future__ import annotations

import json
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from .clock import stored
from .desk import desk
from .entries import Entry, Image

blueprint = Blueprint("feed", __name__)
LARGEST_PAGE = 100
# What visitors can see of an entry: when any of it changes, so does the entry's marker.
MARKED_FIELDS = (
    "type", "title", "url", "section", "summary", "body", "image", "image_alt", "author", "tags", "publish_at",
    "expires_at",
)  # fmt: skip


@blueprint.get("/api/entries")
def entries() -> Response:
    """One page of entries by id: ``page``, ``per_page`` up to 100, and ``drafts=1`` to get drafts too."""
    if not _has_token():
        answer = refusal(401, "unauthorized", "Send the header “Authorization: Bearer TOKEN” with the feed's token.")
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Harbour Museum content"'
        return answer
    page, per_page = _number("page", 1), _number("per_page", 50)
    if page is None or per_page is None or per_page > LARGEST_PAGE:
        return refusal(
            400,
            "bad_request",
            f"page and per_page are whole numbers from 1; per_page is {LARGEST_PAGE} at most.",
        )
    with_drafts = request.args.get("drafts") == "1"
    store = desk().store
    chosen = sorted(
        (entry for entry in store.entries() if with_drafts or entry.status == "published"),
        key=lambda entry: entry.id,
    )
    images = {image.name: image for image in [*store.images(), *store.images(deleted=True)]}
    first = (page - 1) * per_page
    has_more = first + per_page < len(chosen)
    answer = _json(
        {
            "items": [feed_item(entry, images) for entry in chosen[first : first + per_page]],
            "total": len(chosen),
            "next": _next_page(page + 1, per_page, with_drafts=with_drafts) if has_more else None,
        }
    )
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def feed_item(entry: Entry, images: dict[str, Image]) -> dict[str, Any]:
    """An entry as the feed shows it; ``url`` and ``image`` are paths, so a changed port changes nothing.

    ``marker`` is what the entry's public page says about itself, so that one can see which version it shows.
    """
    item = {
        "id": entry.id,
        "type": entry.type,
        "title": entry.title,
        "slug": entry.slug,
        "url": entry.url,
        "section": entry.section,
        "summary": entry.summary,
        "body": entry.body,
        "image": f"/api/media/{entry.image}" if entry.image else None,
        "image_alt": images[entry.image].alt if entry.image in images else "",
        "status": entry.status,
        "author": {"name": entry.author},
        "updated_at": stored(entry.updated_at),
        "updated_by": {"name": entry.updated_by},
        "publish_at": stored(entry.publish_at),
        "expires_at": stored(entry.expires_at),
        "edit_url": f"{request.host_url}entries/{entry.id}/edit",
        "tags": list(entry.tags),
    }
    return item | {"marker": marker_of(item)}


def marker_of(item: dict[str, Any]) -> str:
    """The entry's id and 16 hexadecimal digits of the SHA-256 of what visitors can see of it, as canonical JSON."""
    seen = {name: item[name] for name in MARKED_FIELDS} | {"author": item["author"]["name"]}
    text = json.dumps(seen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{item['id']} {sha256(text.encode()).hexdigest()[:16]}"


def refusal(code: int, error: str, message: str, **about: str) -> Response:
    """An error of the API as JSON."""
    answer = _json({"error": error, "message": message, **about})
    answer.status_code = code
    return answer


def _has_token() -> bool:
    expected = f"Bearer {desk().content_token}"
    return compare_digest(request.headers.get("Authorization", "").encode(), expected.encode())


def _number(name: str, default: int) -> int | None:
    text = request.args.get(name, str(default))
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return number or None


def _next_page(page: int, per_page: int, *, with_drafts: bool) -> str:
    query: dict[str, int] = {"page": page, "per_page": per_page}
    if with_drafts:
        query["drafts"] = 1
    return f"{request.base_url}?{urlencode(query)}"


def _json(value: dict[str, Any]) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), mimetype="application/json")
