"""The museum's first content, read from the files in ``seed/`` and ``media/``.

A seed file begins with ``name: value`` lines and, after an empty line, holds the text. Times are written
relative to the moment of seeding: ``-3h``, ``-12d``, ``+5d``.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from .entries import EntryValues, slug_from
from .store import Store

FOLDER = Path(__file__).parent
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def plant(store: Store, at: datetime) -> None:
    """Fill an empty store; a store that ever had content is left alone."""
    if not store.is_empty():
        return
    for name, about in json.loads((FOLDER / "seed" / "media.json").read_text(encoding="utf-8")).items():
        store.add_image(name, alt=about["alt"], editor=about["by"])
    for file in sorted((FOLDER / "seed").glob("*.md")):
        _plant_entry(store, file.read_text(encoding="utf-8"), at)


def moment_from(text: str, at: datetime) -> datetime | None:
    """The moment meant by ``-3h`` and the like; None when empty."""
    return at + int(text[:-1]) * UNITS[text[-1]] if text else None


def _plant_entry(store: Store, text: str, at: datetime) -> None:
    head, body = text.split("\n\n", 1)
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    values = EntryValues(
        section=fields["section"],
        title=fields["title"],
        slug=fields.get("slug") or slug_from(fields["title"]),
        summary=fields.get("summary", ""),
        body=body.strip(),
        image=fields.get("image"),
        tags=tuple(tag.strip() for tag in fields.get("tags", "").split(",") if tag.strip()),
        status=fields.get("status", "published"),
        publish_at=moment_from(fields.get("publish", ""), at),
        expires_at=moment_from(fields.get("expires", ""), at),
    )
    changed = moment_from(fields["changed"], at) or at
    store.add(values, editor=fields["by"], at=changed, author=fields.get("author"))
