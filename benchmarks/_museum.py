"""A made-up CMS of any size, for benchmarks: entries of about 4 KB, the same on every run, and edits of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from deploys.content.sources.types import Entry

VOCABULARY = """
harbour lighthouse keeper tide quay lens ferry boat rope knot storm winter school visit pupil guide museum open daily
last entry minutes before closing the of a to and in on for with at from by is are was will be this that pier gallery
children older picture history collection ticket price free weekend evening talk walk slipway
"""
PARAGRAPHS, WORDS_EACH = 12, 62
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Museum:
    """So many entries; `edit` moves it on by one step."""

    def __init__(self, entries: int) -> None:
        self._chance = random.Random(11)
        self._paragraphs = [self._paragraph() for _ in range(4000)]
        self._version: dict[int, int] = dict.fromkeys(range(entries), 0)
        self._next = entries
        self.step = 0

    def __len__(self) -> int:
        return len(self._version)

    def edit(self, *, edited: int, removed: int, added: int) -> None:
        """Edit, remove and add so many entries."""
        self.step += 1
        chosen = self._chance.sample(sorted(self._version), edited + removed)
        for number in chosen[:edited]:
            self._version[number] = self.step
        for number in chosen[edited:]:
            del self._version[number]
        for number in range(self._next, self._next + added):
            self._version[number] = self.step
        self._next += added

    def entries(self) -> Iterator[Entry]:
        """All entries as they are now."""
        for number, version in self._version.items():
            yield self._entry(number, version)

    def _entry(self, number: int, version: int) -> Entry:
        own = random.Random(number)
        paragraphs = own.choices(self._paragraphs, k=PARAGRAPHS)
        if version:
            paragraphs[version % PARAGRAPHS] = f"Changed in step {version}. {paragraphs[version % PARAGRAPHS]}"
        return Entry(
            key=str(UUID(int=own.getrandbits(128))),
            kind=own.choice(("page", "news", "event")),
            title=f"Entry {number}",
            url=f"/entries/{number}/",
            edit_url=f"https://cms.example/entries/{number}",
            publish_at=BEGIN,
            expire_at=None,
            status="live",
            changed_at=BEGIN + timedelta(minutes=version),
            changed_by=own.choice(("Ana Ribeiro", "Mei Okafor", "Tomás Lind")),
            fields={"summary": paragraphs[0][:120], "body": "\n\n".join(paragraphs)},
        )

    def _paragraph(self) -> str:
        return " ".join(self._chance.choices(VOCABULARY.split(), k=WORDS_EACH)).capitalize() + "."
