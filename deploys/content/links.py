"""Which pages still link to an address that will stop working."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from django.db import OperationalError, connection, transaction

from deploys.models import EntryVersion, Site

MOST = 200  # entries that are looked at more closely
PATIENCE = 2000  # milliseconds for the search through all content
# What stands before an address that is meant: the host, or the beginning of a value, an attribute, a bracket.
_BEFORE = r"(?:://[^/\"'\s)<>\\]+|[\"'(\[\s>=])"
_AFTER = r"/?(?=[\"'()#?\s<>\]\\]|$)"

_SEARCH = """
SELECT v.id, b.data FROM deploys_entryversion v JOIN deploys_contentblob b ON b.hash = v.hash
WHERE v.source_id = ANY(%s) AND v.last_seq IS NULL AND v.is_published AND position(%s::bytea IN b.data) > 0
LIMIT %s
"""


@dataclass(frozen=True, kw_only=True)
class Linking:
    """Entries that link to an address; `is_whole` is False when the search had to end early."""

    entries: list[EntryVersion]
    is_whole: bool


def path_of(url: str) -> str:
    """The path of an address; empty for one that is no page of its own."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return path if path.startswith("/") and path != "/" else ""


def still_served(site: Site, urls: Iterable[str]) -> set[str]:
    """Those of the addresses that a current entry has."""
    current = EntryVersion.objects.filter(source__site=site, last_seq=None, is_published=True)
    return set(current.filter(url__in=set(urls)).values_list("url", flat=True))


def linking_to(site: Site, url: str) -> Linking:
    """Search the current content of the site for links to the address. Bounded in time."""
    path = path_of(url)
    if not path:
        return Linking(entries=[], is_whole=True)
    sources = list(site.sources.filter(is_active=True).values_list("pk", flat=True))
    needle = orjson.dumps(path.rstrip("/"))[1:-1]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE)])
            cursor.execute(_SEARCH, [sources, needle, MOST])
            rows = cursor.fetchall()
    except OperationalError:
        return Linking(entries=[], is_whole=False)
    meant = re.compile(_BEFORE + re.escape(needle.decode()) + _AFTER)
    found = [pk for pk, data in rows if meant.search(bytes(data).decode(errors="replace"))]
    entries = EntryVersion.objects.filter(pk__in=found).order_by("title", "pk")
    return Linking(entries=list(entries), is_whole=len(rows) < MOST)
