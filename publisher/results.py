"""What the operations give back: frozen values that a report, a terminal or a worker can read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from publisher.model import Bound


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far it is. stage: a short phrase in words; done of total in files, 0 of 0 while that is not known.

    goes_live: the files that are counted are those brought to the target, not read or looked at.
    """

    stage: str
    done: int = 0
    total: int = 0
    goes_live: bool = False


type OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, kw_only=True)
class Invalidation:
    """What the CDN was asked to drop. completed: False while it was not seen to be done."""

    ids: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    completed: bool = True
    paths_this_month: int = 0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a publish would do. kept: hashed assets that left the site and stay for a while."""

    release: str
    base: str
    files: int
    size: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    headers_changed: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    unknown: tuple[str, ...]
    held_back: str
    unchanged: int

    @property
    def changes_nothing(self) -> bool:
        """True when the target already shows exactly this."""
        return not (self.added or self.changed or self.headers_changed or self.removed)


@dataclass(frozen=True, kw_only=True)
class Published:
    """What a publish or a bring back did. release: what is live now; base: what was live before ("" for nothing).

    was_live: nothing had to be done, the release named here already shows this content.
    size, sent_bytes: bytes; seconds: wall time; unknown: files that were on the target and are of no release.
    bound_to: how far the release is tied to its own address; None when nobody looked.
    """

    release: str
    base: str
    was_live: bool
    files: int
    pages: int
    size: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    headers_changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    sent_bytes: int = 0
    finished_earlier_run: str = ""
    invalidation: Invalidation = Invalidation()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    bound_to: Bound | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a publish handed over under the id it was asked for. at: seconds since the epoch, by the host's clock.

    published: what it did, with the release that is live; None when it was held back. held_back: why, in words, ""
    otherwise; removed: the pages that would go, of how many that are there.
    """

    asked: str
    at: float
    published: Published | None = None
    held_back: str = ""
    removed: tuple[str, ...] = ()
    pages_there: int = 0


@dataclass(frozen=True, kw_only=True)
class Release:
    """One kept release. at: when it went live last, seconds since the epoch."""

    id: str
    at: float
    files: int
    pages: int
    size: int
    live: bool


@dataclass(frozen=True, kw_only=True)
class Releases:
    """All kept releases, newest first, and what keeping them costs in bytes beside the site itself."""

    releases: tuple[Release, ...]
    storage: int


@dataclass(frozen=True, kw_only=True)
class Status:
    """What is live and whether somebody works on it. busy_with: words, "" when nobody does.

    public_records: True when visitors can read the publisher's records; None when that was not asked.
    """

    release: str
    at: float
    files: int
    busy_with: str
    unfinished: str
    conditional_writes: bool | None
    invalidated_paths: dict[str, int]
    public_records: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Verified:
    """The target compared with its live release. unknown: files of no release; they do no harm and are left."""

    release: str
    checked: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    headers_changed: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def is_as_published(self) -> bool:
        """True when every file of the release is there with its content and headers."""
        return not (self.missing or self.changed or self.headers_changed)


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """What was given up and what stays."""

    releases: tuple[str, ...]
    kept: tuple[str, ...]
    freed_bytes: int


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was deleted: files of the site, without the publisher's own records."""

    files: int


def as_json(value: object) -> dict[str, Any]:
    """A result as plain data, for --json and --report."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{value!r} is not a result")
    return dataclasses.asdict(value)
