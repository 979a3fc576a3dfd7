"""Entries and images in one SQLite file. Each call opens its own connection, so any thread may call."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from .clock import loaded, stored
from .entries import Entry, EntryValues, Image

SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    section TEXT NOT NULL, title TEXT NOT NULL, slug TEXT NOT NULL, summary TEXT NOT NULL, body TEXT NOT NULL,
    image TEXT, tags TEXT NOT NULL, status TEXT NOT NULL, publish_at TEXT, expires_at TEXT,
    author TEXT NOT NULL, updated_at TEXT NOT NULL, updated_by TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1, deleted_at TEXT, deleted_by TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS entry_address ON entry (section, slug) WHERE deleted_at IS NULL;
CREATE TABLE IF NOT EXISTS image (
    name TEXT PRIMARY KEY, alt TEXT NOT NULL, added_by TEXT NOT NULL, deleted_at TEXT, deleted_by TEXT
);
"""
BUSY_SECONDS = 5


class EntryNotFound(LookupError):
    """There is no such entry."""


class EntryChanged(Exception):
    """Someone else saved the entry after this editor opened it."""


class AddressTaken(ValueError):
    """Another entry of the section has this address."""


class Store:
    """The CMS's storage in the file ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as connection:
            connection.executescript(SCHEMA)

    def is_empty(self) -> bool:
        """Whether nothing was ever stored, not even something now in the trash."""
        with self._connection() as connection:
            return connection.execute("SELECT 1 FROM image LIMIT 1").fetchone() is None

    def entries(self, *, deleted: bool = False) -> list[Entry]:
        """All entries, or all of the trash, last changed first."""
        mark = "IS NOT NULL" if deleted else "IS NULL"
        query = f"SELECT * FROM entry WHERE deleted_at {mark} ORDER BY updated_at DESC, id"
        with self._connection() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def entry(self, entry_id: int) -> Entry:
        """One entry, also from the trash. Raises EntryNotFound."""
        with self._connection() as connection:
            row = connection.execute("SELECT * FROM entry WHERE id = ?", [entry_id]).fetchone()
        if row is None:
            raise EntryNotFound(entry_id)
        return _entry(row)

    def add(self, values: EntryValues, *, editor: str, at: datetime, author: str | None = None) -> int:
        """Store a new entry; returns its id. Raises AddressTaken."""
        row = _row(values) | {"author": author or editor, "updated_at": stored(at), "updated_by": editor}
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        with self._connection() as connection, _address_rule():
            return connection.execute(f"INSERT INTO entry ({names}) VALUES ({marks})", row).lastrowid or 0

    def save(self, entry_id: int, values: EntryValues, *, editor: str, at: datetime, revision: int) -> None:
        """Store an edit of the revision that was seen. Raises EntryNotFound, EntryChanged or AddressTaken."""
        self.entry(entry_id)
        row = _row(values) | {"updated_at": stored(at), "updated_by": editor}
        changes = ", ".join(f"{name} = :{name}" for name in row)
        query = f"UPDATE entry SET {changes}, revision = revision + 1 WHERE id = :id AND revision = :revision"
        with self._connection() as connection, _address_rule():
            saved = connection.execute(query, row | {"id": entry_id, "revision": revision}).rowcount
        if not saved:
            raise EntryChanged(entry_id)

    def trash(self, entry_id: int, *, editor: str, at: datetime) -> None:
        """Move an entry to the trash. Raises EntryNotFound."""
        self._mark_entry(entry_id, stored(at), editor)

    def restore(self, entry_id: int) -> None:
        """Take an entry back from the trash. Raises EntryNotFound, or AddressTaken when it was reused."""
        self._mark_entry(entry_id, None, None)

    def images(self, *, deleted: bool = False) -> list[Image]:
        """The media library, or its trash, by name."""
        mark = "IS NOT NULL" if deleted else "IS NULL"
        with self._connection() as connection:
            return [
                _image(row) for row in connection.execute(f"SELECT * FROM image WHERE deleted_at {mark} ORDER BY name")
            ]

    def image(self, name: str) -> Image | None:
        """One image, also a deleted one."""
        with self._connection() as connection:
            row = connection.execute("SELECT * FROM image WHERE name = ?", [name]).fetchone()
        return _image(row) if row else None

    def add_image(self, name: str, *, alt: str, editor: str) -> None:
        """Enter an image into the library."""
        with self._connection() as connection:
            connection.execute("INSERT INTO image (name, alt, added_by) VALUES (?, ?, ?)", [name, alt, editor])

    def mark_image(self, name: str, *, deleted_by: str | None, at: datetime) -> bool:
        """Delete an image, or bring it back when ``deleted_by`` is None; False when the name is unknown."""
        moment = stored(at) if deleted_by else None
        query = "UPDATE image SET deleted_at = ?, deleted_by = ? WHERE name = ?"
        with self._connection() as connection:
            return connection.execute(query, [moment, deleted_by, name]).rowcount > 0

    def _mark_entry(self, entry_id: int, moment: str | None, editor: str | None) -> None:
        query = "UPDATE entry SET deleted_at = ?, deleted_by = ? WHERE id = ?"
        with self._connection() as connection, _address_rule():
            if not connection.execute(query, [moment, editor, entry_id]).rowcount:
                raise EntryNotFound(entry_id)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS)
        connection.row_factory = sqlite3.Row
        # A demonstration's data survives a killed process; it need not survive a power cut.
        connection.execute("PRAGMA synchronous = OFF")
        try:
            with connection:
                yield connection
        finally:
            connection.close()


@contextmanager
def _address_rule() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise AddressTaken from error


def _row(values: EntryValues) -> dict[str, Any]:
    row = {name: value for name, value in asdict(values).items() if name in EntryValues.__dataclass_fields__}
    row["tags"] = ", ".join(values.tags)
    row["publish_at"], row["expires_at"] = stored(values.publish_at), stored(values.expires_at)
    return row


def _entry(row: sqlite3.Row) -> Entry:
    values = dict(row)
    values["tags"] = tuple(tag for tag in values["tags"].split(", ") if tag)
    for name in ("publish_at", "expires_at", "updated_at", "deleted_at"):
        values[name] = loaded(values[name])
    return Entry(**values)


def _image(row: sqlite3.Row) -> Image:
    return Image(**dict(row) | {"deleted_at": loaded(row["deleted_at"])})
