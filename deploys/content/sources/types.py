"""The one normal form that every source is read into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

# What a JSON document holds. Any, because a recursive type costs a cast at every step of a walk.
type JSON = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a CMS.

    key: stable and unique within its source. kind: type or section. url: public path or address.
    Times are aware and in UTC. changed_by: a name for people.
    status: "live" is public as far as the two dates allow; "scheduled" means that the CMS itself publishes it at
    publish_at; "expired" that it took it back; any other word ("draft", "disabled", "private") is not public.
    fields: the raw JSON values that are compared.
    marker: what the public page of this version names in its <meta>, so that it can be proved; "" when nothing.
    """

    key: str
    kind: str
    title: str
    url: str | None
    edit_url: str | None
    publish_at: datetime | None
    expire_at: datetime | None
    status: str
    changed_at: datetime | None
    changed_by: str | None
    fields: Mapping[str, JSON]
    marker: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a reading is: entries read, entries in all when the source tells, and what happens now."""

    read: int
    total: int | None
    note: str


type Report = Callable[[Progress], None]


class Source(Protocol):
    """Something that gives all its entries, one by one. read() starts anew each time it is called.

    is_partial: it gives its newest entries only, so one that is missing is not removed.
    All the others are about the last reading, right after read() is exhausted.
    total: entries as the source itself counts them, None when it does not.
    warnings: sentences about what was odd.
    is_complete: every entry was read. shortfall: the sentence that says why not, "" if it was.
    etag_unchanged: the source said that nothing changed since `etag` of the reading before; nothing was read.
    etag: what to hand to the next reading (at most 300 characters), "" when it has to read everything.
    """

    @property
    def is_partial(self) -> bool: ...

    @property
    def total(self) -> int | None: ...

    @property
    def warnings(self) -> list[str]: ...

    @property
    def is_complete(self) -> bool: ...

    @property
    def shortfall(self) -> str: ...

    @property
    def etag_unchanged(self) -> bool: ...

    @property
    def etag(self) -> str: ...

    def read(self, *, on_progress: Report | None = None) -> Iterator[Entry]:
        """Give every entry. Raises SourceError."""
        ...
