"""A large museum: as many entries as a test or benchmark wants, the same ones every time."""

from __future__ import annotations

import random
from dataclasses import fields
from datetime import timedelta
from typing import Any

from sandbox.cms.clock import now
from sandbox.cms.entries import EntryValues
from sandbox.cms.store import Store

SECTIONS = ("news", "events", "collection", "visit", "about")
TAGS = [f"{first} {second}" for first in ("sea", "light", "old", "quay", "young") for second in "abcdefgh"]
WORDS = [
    "harbour",
    "lens",
    "keeper",
    "tide",
    "rope",
    "museum",
    "boat",
    "lighthouse",
    "storm",
    "school",
    "winter",
    "bell",
]
EDITOR = "Mei Okafor"


def fill(store: Store, total: int) -> None:
    """Add dated, published entries of about 4 KB each until the CMS holds so many that visitors can see."""
    for entry in store.entries():
        if entry.state(now()) != "published":
            store.trash(entry.id, editor=EDITOR, at=now())
    for number in range(total - len(store.entries())):
        store.add(_values(number), editor=EDITOR, at=now() - timedelta(days=number + 60))


def edit(store: Store, of: str, /, **values: Any) -> str:
    """Somebody changes fields of the entry of this title; returns its address on the site."""
    [entry] = [one for one in store.entries() if one.title == of]
    kept = {each.name: getattr(entry, each.name) for each in fields(EntryValues)}
    store.save(entry.id, EntryValues(**(kept | values)), editor=EDITOR, at=now(), revision=entry.revision)
    return entry.url


def title(number: int) -> str:
    """The title of an added entry."""
    return f"Report {number} from the quay"


def _values(number: int) -> EntryValues:
    chance = random.Random(number)
    paragraphs = [" ".join(chance.choices(WORDS, k=110)).capitalize() + "." for _ in range(5)]
    return EntryValues(
        section=SECTIONS[number % len(SECTIONS)],
        title=title(number),
        slug=f"report-{number}",
        summary=" ".join(chance.choices(WORDS, k=12)).capitalize() + ".",
        body="\n\n".join(
            ["## What happened", *paragraphs, f"[Opening hours](/visit/opening-hours/) and report {number}."]
        ),
        image=None,
        tags=tuple(chance.sample(TAGS, 2)),
        status="published",
        publish_at=now() - timedelta(days=number + 60),
        expires_at=None,
    )
