"""A reading on its way: entries go to a temporary file, so that no transaction waits for a CMS."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import IO, Any, Self

import orjson

from deploys.content.canonical import canonical, content_of, hash_of, is_published
from deploys.content.sources.types import Entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where an entry lies in the spool, and what identifies its content."""

    hash: bytes
    offset: int
    content_size: int
    about_size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Spooled:
    """One entry read back: canonical content and what the version row says about it."""

    key: str
    hash: bytes
    data: bytes
    about: dict[str, Any]


class Spool:
    """Entries of one reading, deduplicated by key; the last one with a key counts. Use as a context manager."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="buildhub-reading-")  # noqa: SIM115 - __exit__ closes it
        self._end = 0
        self.places: dict[str, Place] = {}
        self.field_names: set[str] = set()
        self.repeated = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self.places)

    def add(self, entry: Entry) -> None:
        """Append an entry."""
        data = canonical(content_of(entry))
        about = orjson.dumps(_about(entry))
        self._file.write(data)
        self._file.write(about)
        self.repeated += entry.key in self.places
        self.places[entry.key[:255]] = Place(
            hash=hash_of(data), offset=self._end, content_size=len(data), about_size=len(about)
        )
        self._end += len(data) + len(about)
        self.field_names.update(name for name, value in entry.fields.items() if value not in (None, "", [], {}))

    def read(self, keys: Iterable[str]) -> Iterator[Spooled]:
        """Read entries back, in the order of the file."""
        wanted = sorted(keys, key=lambda key: self.places[key].offset)
        for key in wanted:
            place = self.places[key]
            self._file.seek(place.offset)
            data = self._file.read(place.content_size)
            about = orjson.loads(self._file.read(place.about_size))
            yield Spooled(key=key, hash=place.hash, data=data, about=about)


def _about(entry: Entry) -> dict[str, Any]:
    """The columns of the version row, as JSON."""
    return {
        "kind": entry.kind[:120],
        "title": entry.title,
        "url": entry.url or "",
        "edit_url": entry.edit_url or "",
        "is_published": is_published(entry),
        "publish_at": _moment(entry.publish_at),
        "expire_at": _moment(entry.expire_at),
        "changed_at": _moment(entry.changed_at),
        "changed_by": (entry.changed_by or "")[:200],
        "marker": entry.marker[:300],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
