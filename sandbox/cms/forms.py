"""The entry form: reads what was typed, keeps it for showing again, and says what is wrong in which field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .clock import for_field, from_field
from .entries import SECTIONS, STATUSES, Entry, EntryValues, slug_from

TITLE_LIMIT = 120
BODY_LIMIT = 50_000
FIELDS = (
    "section",
    "title",
    "slug",
    "summary",
    "body",
    "image",
    "tags",
    "status",
    "publish_at",
    "expires_at",
)
LABELS = {
    "section": "Section", "title": "Title", "slug": "Address", "summary": "Summary", "body": "Text",
    "image": "Image", "tags": "Tags", "status": "Status", "publish_at": "Publish date",
    "expires_at": "Take down on",
}  # fmt: skip


@dataclass
class EntryForm:
    """What stands in the form now, and one sentence per field that needs another look."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls) -> EntryForm:
        return cls(dict.fromkeys(FIELDS, "") | {"section": "visit", "status": "draft"})

    @classmethod
    def of(cls, entry: Entry) -> EntryForm:
        """The form for an entry as stored."""
        return cls(
            {
                "section": entry.section,
                "title": entry.title,
                "slug": entry.slug,
                "summary": entry.summary,
                "body": entry.body,
                "image": entry.image or "",
                "tags": ", ".join(entry.tags),
                "status": entry.status,
                "publish_at": for_field(entry.publish_at),
                "expires_at": for_field(entry.expires_at),
            }
        )

    @classmethod
    def typed(cls, form: Mapping[str, str]) -> EntryForm:
        """The form as an editor sent it."""
        return cls({name: form.get(name, "").replace("\r\n", "\n") for name in FIELDS})

    def checked(self, images: Collection[str]) -> EntryValues | None:
        """The values to store, or None with ``errors`` filled; ``images`` are the names to choose from."""
        typed = {name: value.strip() for name, value in self.values.items()}
        self._check_title(typed["title"])
        slug = self._checked_slug(typed["slug"], typed["title"])
        self._check_choice("section", typed["section"], SECTIONS, "Choose a section.")
        self._check_choice("status", typed["status"], STATUSES, "Choose draft or published.")
        self._check_choice(
            "image", typed["image"], {"", *images}, f"{typed['image']} is no longer in the media library."
        )
        if len(typed["body"]) > BODY_LIMIT:
            self.errors["body"] = f"The text is too long: at most {BODY_LIMIT:,} characters."
        publish_at = self._moment("publish_at", typed["publish_at"])
        expires_at = self._moment("expires_at", typed["expires_at"])
        if publish_at and expires_at and expires_at <= publish_at:
            self.errors["expires_at"] = "This is before the publish date."
        if self.errors:
            return None
        tags = (re.sub(r"\s+", " ", tag).strip() for tag in typed["tags"].split(","))
        return EntryValues(
            section=typed["section"],
            title=typed["title"],
            slug=slug,
            summary=re.sub(r"\s+", " ", typed["summary"]),
            body=typed["body"],
            image=typed["image"] or None,
            tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
            status=typed["status"],
            publish_at=publish_at,
            expires_at=expires_at,
        )

    def _check_title(self, title: str) -> None:
        if not title:
            self.errors["title"] = "Give the entry a title."
        elif len(title) > TITLE_LIMIT:
            self.errors["title"] = f"The title is too long: at most {TITLE_LIMIT} characters."

    def _checked_slug(self, typed: str, title: str) -> str:
        slug = typed or slug_from(title)
        if not slug and title:
            self.errors["slug"] = "Type an address in Latin letters, such as tide-pool-talk."
        elif slug != slug_from(slug):
            self.errors["slug"] = "Use small letters, digits and hyphens only, at most 80."
        return slug

    def _check_choice(self, name: str, value: str, choices: Collection[str], error: str) -> None:
        if value not in choices:
            self.errors[name] = error

    def _moment(self, name: str, text: str) -> datetime | None:
        try:
            return from_field(text)
        except ValueError:
            self.errors[name] = "Type a date and a time, such as 2026-12-24T09:00."
            return None
