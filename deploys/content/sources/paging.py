"""The pages of a list: how the next one is asked for, and when there is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

import httpx
import orjson

from deploys.content.sources.config import HttpJsonConfig, Paging
from deploys.content.sources.errors import ErrorClass, SourceMalformed
from deploys.content.sources.expressions import search
from deploys.content.sources.fetching import Answer, Question
from deploys.content.sources.types import JSON

MOST_EMPTY_PAGES = 20
_LINK_NEXT = re.compile(r'<([^>]*)>[^,]*;\s*rel="?next"?', re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where in a list we are: the address in use, entries passed, number of the page, and the cursor."""

    url: str
    offset: int = 0
    page: int = 1
    cursor: str | int | None = None


def first_place(config: HttpJsonConfig, url: str) -> Place:
    """Give the beginning of the list at an address."""
    return Place(url=url, page=config.paging.start)


def question_for(config: HttpJsonConfig, place: Place, *, etag: str = "") -> Question:
    """Make the request for the page at a place."""
    values: dict[str, str | int | None] = {
        "offset": place.offset,
        "page": place.page,
        "limit": config.paging.size,
        "cursor": place.cursor,
    }
    url = place.url
    for name, value in values.items():
        url = url.replace("{" + name + "}", "" if value is None else str(value))
    return Question(
        url=_with_parameters(config.paging, url, place) if config.body is None else url,
        method=config.method,
        body=_filled(config.body, {"{" + name + "}": value for name, value in values.items()}),
        etag=etag,
        past_end=config.paging.past_end if place.offset or place.page > config.paging.start else "",
    )


def total_of(config: HttpJsonConfig, answer: Answer) -> int | None:
    """Give the number of entries as the source counts them, None when it does not."""
    if not config.total:
        return None
    found = _told(config.total, "total", answer)
    text = str(found).strip() if isinstance(found, int | str) and not isinstance(found, bool) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


class Trail:
    """Remembers the pages of one list and raises SourceMalformed when the source leads us in a circle."""

    def __init__(self) -> None:
        self._places: set[Place] = set()
        self._contents: set[bytes] = set()
        self._empty = 0

    def step(self, place: Place, items: list[JSON]) -> None:
        """Note a page. Raises SourceMalformed when it, or its place, was there before."""
        here = replace(place, offset=0, page=0)
        if place.cursor is not None and here in self._places:
            raise _circle("gives a cursor that it gave before", "next")
        self._places.add(here)
        self._empty = 0 if items else self._empty + 1
        if self._empty > MOST_EMPTY_PAGES:
            raise _circle("gives one empty page after the other", "next")
        if not items:
            return
        content = blake2b(orjson.dumps(items), digest_size=16).digest()
        if content in self._contents:
            raise _circle("gives the same page again", "at_name")
        self._contents.add(content)


def next_place(config: HttpJsonConfig, place: Place, answer: Answer, *, count: int, total: int | None) -> Place | None:
    """Give where the page after this one is, None when this was the last. count: items on this page."""
    paging = config.paging
    if paging.kind == "none" or (paging.more and not search(paging.more, "paging.more", answer.data)):
        return None
    onward = replace(place, offset=place.offset + count, page=place.page + 1)
    if paging.kind in ("offset", "page"):
        return None if not count or (total is not None and onward.offset >= total) else onward
    following = _told(paging.next, "paging.next", answer)
    if following is None or following == "" or isinstance(following, bool):
        return None
    if paging.kind == "cursor":
        if not isinstance(following, str | int):
            raise _circle("gives a cursor that is neither text nor number", "next")
        return replace(onward, cursor=following)
    address = str(following)
    # The address itself is the cursor here, so that Trail notices one that comes again.
    return replace(onward, url=_beside(place.url, address), cursor=address)


def one_page_tells_all(config: HttpJsonConfig) -> bool:
    """Say whether an unchanged first page that was the only one means that nothing at all changed."""
    if config.also or config.detail or config.method != "GET":
        return False
    in_answer = bool(config.total) and not config.total.startswith("header:")
    led_on = config.paging.kind in ("cursor", "next_url") and not config.paging.next.startswith("header:")
    return config.paging.kind == "none" or in_answer or led_on


def _told(expression: str, name: str, answer: Answer) -> JSON:
    if not expression.startswith("header:"):
        return search(expression, name, answer.data)
    header = expression.removeprefix("header:").strip()
    value = answer.headers.get(header)
    if value is None or header.lower() != "link":
        return value
    found = _LINK_NEXT.search(value)
    return found[1] if found else None


def _with_parameters(paging: Paging, url: str, place: Place) -> str:
    if paging.kind == "next_url" and place.cursor is not None:
        return url
    at: Mapping[str, str | int | None] = {"offset": place.offset, "page": place.page, "cursor": place.cursor}
    wanted: Iterator[tuple[str, str | int | None]] = iter(
        ((paging.at_name, at.get(paging.kind)), (paging.size_name, paging.size))
    )
    address = httpx.URL(url)
    for name, value in wanted:
        if name and value is not None and paging.kind != "none":
            address = address.copy_set_param(name, value)
    return str(address)


def _filled(body: JSON, values: Mapping[str, str | int | None]) -> JSON:
    if isinstance(body, str):
        return values.get(body, body)
    if isinstance(body, list | tuple):
        return [_filled(one, values) for one in body]
    if isinstance(body, dict):
        return {name: _filled(one, values) for name, one in body.items()}
    return body


def _beside(here: str, there: str) -> str:
    """Give the address of the next page at the host we are at: CMSs behind a proxy often misstate scheme and port."""
    base = httpx.URL(here)
    try:
        target = base.join(there)
    except httpx.InvalidURL as error:
        raise _circle("names an unusable address as its next page", "next") from error
    if target.host != base.host:
        raise SourceMalformed(
            f"The source names a next page at another host ({target.host[:100]}): enter that host as its address.",
            error_class=ErrorClass.PAGING_LOOP,
        )
    return str(base.copy_with(raw_path=target.raw_path))


def _circle(what: str, setting: str) -> SourceMalformed:
    return SourceMalformed(
        f"The source {what}: check “{setting}” in the paging settings, "
        "or set paging to “none” if it gives all at once.",
        error_class=ErrorClass.PAGING_LOOP,
    )
