"""What an entry is: its fields, its states, and how a title becomes an address."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

SECTIONS = {
    "visit": "Visit",
    "events": "Events",
    "collection": "Collection",
    "news": "News",
    "about": "About",
}
TYPE_OF_SECTION = {"news": "news", "events": "event"}
TYPE_NAMES = {"page": "Page", "news": "News", "event": "Event"}
STATUSES = {"draft": "Draft", "published": "Published"}


@dataclass(frozen=True, kw_only=True)
class EntryValues:
    """What an editor types."""

    section: str
    title: str
    slug: str
    summary: str
    body: str
    image: str | None
    tags: tuple[str, ...]
    status: str
    publish_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Entry(EntryValues):
    """An entry as stored; ``revision`` goes up with each save, ``deleted_at`` is set while in the trash."""

    id: int
    author: str
    updated_at: datetime
    updated_by: str
    revision: int
    deleted_at: datetime | None
    deleted_by: str | None

    @property
    def type(self) -> str:
        return TYPE_OF_SECTION.get(self.section, "page")

    @property
    def url(self) -> str:
        """The address on the published site, from its root."""
        return f"/{self.section}/{self.slug}/"

    def state(self, now: datetime) -> str:
        """In the editors' words: deleted, draft, scheduled, expired or published."""
        if self.deleted_at:
            return "deleted"
        if self.status == "draft":
            return "draft"
        if self.expires_at and self.expires_at <= now:
            return "expired"
        return "scheduled" if self.publish_at and self.publish_at > now else "published"

    def mentions(self, words: str) -> bool:
        """Whether all words occur in the entry, whatever their case and accents."""
        text = folded(" ".join([self.title, self.summary, self.body, self.updated_by, *self.tags]))
        return all(word in text for word in folded(words).split())


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image of the media library."""

    name: str
    alt: str
    added_by: str
    deleted_at: datetime | None
    deleted_by: str | None


def folded(text: str) -> str:
    """Text for comparing: no accents, no case."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


def slug_from(text: str) -> str:
    """An address made of a title; empty when nothing in it is a Latin letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", folded(text)).strip("-")[:80].strip("-")
