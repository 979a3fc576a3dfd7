"""The entries as the builder knows them, and the rules that the site's design puts on them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .report import Problem

CONTENT_FILE = Path("content.json")
IMAGES_FOLDER = Path("images")
SECTIONS = {
    "visit": "Visit",
    "events": "Events",
    "collection": "Collection",
    "news": "News",
    "about": "About",
}
SUMMARY_LIMIT = 200
PAGE_ADDRESS = re.compile(r"/[a-z0-9-]+/[a-z0-9-]+/")
HASHED_FIELDS = (
    "type", "title", "url", "section", "summary", "body", "image", "image_alt", "author", "tags", "publish_at",
    "expires_at",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of the CMS; times are ISO 8601 in UTC, ``image`` is a path on the CMS."""

    id: str
    type: str
    title: str
    url: str
    section: str
    summary: str
    body: str
    image: str | None
    image_alt: str
    author: str
    tags: tuple[str, ...]
    updated_at: str
    publish_at: str | None
    expires_at: str | None
    edit_url: str | None
    given_marker: str | None = None

    @classmethod
    def parse(cls, item: Mapping[str, Any]) -> Entry:
        """Read one item of the feed; unknown keys are ignored. Raises KeyError when one is missing."""
        return cls(
            id=str(item["id"]),
            type=str(item["type"]),
            title=str(item["title"] or "").strip(),
            url=str(item["url"]),
            section=str(item["section"]),
            summary=str(item.get("summary") or ""),
            body=str(item.get("body") or ""),
            image=item.get("image") or None,
            image_alt=str(item.get("image_alt") or ""),
            author=str((item.get("author") or {}).get("name") or ""),
            tags=tuple(str(tag) for tag in item.get("tags") or ()),
            updated_at=str(item["updated_at"]),
            publish_at=item.get("publish_at") or None,
            expires_at=item.get("expires_at") or None,
            edit_url=item.get("edit_url") or None,
            given_marker=item.get("marker") or None,
        )

    @property
    def image_name(self) -> str | None:
        return self.image.rsplit("/", 1)[-1] if self.image else None

    @property
    def date(self) -> datetime:
        """The day that readers see beside news: when it was published, else last changed."""
        return datetime.fromisoformat(self.publish_at or self.updated_at)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change when anything that visitors can see changes."""
        return fingerprint({name: getattr(self, name) for name in HASHED_FIELDS})

    @property
    def marker(self) -> str:
        """What the page says about itself: the CMS's own word for this version, else our own."""
        return self.given_marker or f"{self.id} {self.fingerprint}"

    def is_visible(self, now: datetime) -> bool:
        """Whether visitors may see the entry at ``now``."""
        if self.publish_at and datetime.fromisoformat(self.publish_at) > now:
            return False
        return not (self.expires_at and datetime.fromisoformat(self.expires_at) <= now)


@dataclass(frozen=True, kw_only=True)
class Content:
    """What the collect job brought: visible entries, and the images that the CMS no longer has."""

    entries: tuple[Entry, ...]
    missing_images: Mapping[str, Mapping[str, str]]

    @classmethod
    def load(cls, file: Path = CONTENT_FILE) -> Content:
        stored = json.loads(file.read_text(encoding="utf-8"))
        entries = tuple(Entry.parse(item) for item in stored["items"])
        return cls(entries=entries, missing_images=stored["missing_images"])

    def in_section(self, section: str) -> list[Entry]:
        """The entries of one section: dated ones newest first, pages by title."""
        found = [entry for entry in self.entries if entry.section == section]
        if section in ("news", "events"):
            return sorted(found, key=lambda entry: (entry.date, entry.id), reverse=True)
        return sorted(found, key=lambda entry: entry.title.casefold())


def fingerprint(value: object) -> str:
    """16 hexadecimal digits of the SHA-256 of the value as JSON with sorted keys and no spaces."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)


def problems_of(entry: Entry, content: Content) -> Iterator[Problem]:
    """Every reason why this entry cannot become a page."""
    page = entry.title or entry.url
    about = {"page": page, "url": entry.url, "entry": entry.id, "edit_url": entry.edit_url}
    for field, rule in _broken_rules(entry, content.entries):
        yield Problem(
            kind="content_invalid",
            detail=f"entry:{entry.id} field:{field} {rule}",
            field=field,
            rule=rule,
            **about,
        )
    name = entry.image_name
    if name and name in content.missing_images:
        known = content.missing_images[name]
        yield Problem(
            kind="asset_missing",
            detail=f"{name} (404) used by entry:{entry.id} field:image",
            field="image",
            file=name,
            deleted_by=known.get("deleted_by"),
            deleted_at=known.get("deleted_at"),
            **about,
        )


def _broken_rules(entry: Entry, everything: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    if not entry.title:
        yield "title", "Every page needs a title."
    if len(entry.summary) > SUMMARY_LIMIT:
        yield (
            "summary",
            f"The summary may have {SUMMARY_LIMIT} characters; this one has {len(entry.summary)}.",
        )
    if entry.section not in SECTIONS or not PAGE_ADDRESS.fullmatch(entry.url):
        yield "slug", "The address may have small letters, digits and hyphens only."
    elif any(other.url == entry.url and other.id < entry.id for other in everything):
        yield "slug", "Another page already has this address."
