"""What a target must be able to do. Two kinds keep this contract: an S3 bucket and a folder."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from publisher.local import Build
from publisher.model import File, Leaving, Manifest
from publisher.results import OnProgress

# Versions to expect from a conditional write.
ABSENT: Final = "absent"


class Kind(enum.Enum):
    """What has to happen to a path."""

    ADDED = "added"
    CONTENT = "content"
    HEADERS = "headers"


@dataclass(frozen=True, slots=True)
class Step:
    """One file to bring to the target. was: what stands there now, None when nothing does. wave: in which order.

    The hash of the file is "" where the target said that it takes such steps.
    """

    path: str
    file: File
    kind: Kind
    was: File | None
    wave: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """Where a content stands on a target. etag: the host's mark of that copy, "" where it has no marks."""

    key: str
    etag: str = ""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where content is that the build does not have, by hash. here: on the target itself; there: on source, another
    target of the same kind."""

    here: Mapping[str, Found]
    there: Mapping[str, Found] = field(default_factory=dict)
    source: Target | None = None


@dataclass(frozen=True, kw_only=True)
class Work:
    """Everything that makes the target show a release. build: None when all content is on the target already.

    gone: files that are deleted at the end, with what stands there; wanted and leaving: what stands there afterwards.
    origin: where content comes from that the build does not have.
    """

    release: str
    token: str
    steps: Sequence[Step]
    gone: Mapping[str, File]
    wanted: Mapping[str, File]
    leaving: Mapping[str, Leaving]
    build: Build | None
    origin: Origin | None = None


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """files: each new copy with its hash and the host's mark, by path, where the host has marks; warnings: what could
    not be kept, in words."""

    files: Mapping[str, File]
    sent_bytes: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A record as it was read. version: for a conditional write; now: the host's clock, seconds since the epoch."""

    body: bytes
    version: str
    now: float


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a listing. modified: seconds since the epoch."""

    path: str
    size: int
    etag: str
    modified: float


class Watch(Protocol):
    """Asked before every write: is this run still the one that may?"""

    def check(self) -> None:
        """Raises LostClaim when another run took over."""


class Target(Protocol):
    """A place that a site is served from. Record keys and paths are relative to the target.

    keeps_others: whether files of no release are still served after the next one went live.
    """

    name: str
    keeps_others: bool

    def read(self, key: str) -> Stored | None:
        """A record, or None when there is none."""

    def write(self, key: str, body: bytes, *, expect: str | None = None) -> str:
        """Write a record and return its version. With expect (a version or ABSENT): raises Conflict on another."""

    def remove(self, keys: Collection[str]) -> None:
        """Delete records; one that is not there is no error."""

    def records(self, prefix: str) -> Iterator[Entry]:
        """The records below a prefix of the reserved folder, in no promised order."""

    def now(self) -> float:
        """The host's clock as last heard, seconds since the epoch."""

    def has_conditional_writes(self) -> bool:
        """Ask the host, by writing a record of no meaning, whether it really refuses what it should."""

    def takes_unread(self) -> bool:
        """True when nothing of a site stands here that a build must be compared with, and deliver hashes the files of
        a build itself while it brings them in."""

    def survey(
        self, paths: Iterable[str] | None, known: Mapping[str, File], *, since: float, on_progress: OnProgress
    ) -> dict[str, File]:
        """What really stands at these paths (None: at all but foreign ones). known spares asking about the same copy.

        since: what the host changed after this time is looked at again, however alike it seems.
        """

    def deliver(self, work: Work, watch: Watch, on_progress: OnProgress) -> Delivered:
        """Bring every step in, wave by wave; nothing is deleted."""

    def switch(self, work: Work) -> None:
        """Make the release what is served, where that is not already so."""

    def clear(self, work: Work, watch: Watch, records: Collection[str]) -> None:
        """Delete what is gone, and these records with it."""

    def refusal_of(self, source: Target) -> str:
        """Why content cannot be copied here from that target, in words; "" when it can."""

    def locate(
        self, contents: Mapping[str, File], served: Mapping[str, File], *, since: float, on_progress: OnProgress
    ) -> dict[str, Found]:
        """Where these contents, by hash, really are on the target: kept, or served at one of these paths.

        contents: with the mark that a copy of each had; since: as for survey.
        """

    def give_up(self, kept: Sequence[Manifest]) -> int:
        """Delete content that no kept release needs. Returns bytes."""

    def no_erasing(self) -> str:
        """Why this place may never be erased as a whole, in words; "" when it may."""

    def everything(self) -> list[str]:
        """Every path below the target, records too."""

    def erase(self, paths: Collection[str], watch: Watch) -> None:
        """Delete these paths for good, those of the site before the records."""

    def close(self) -> None:
        """Let go of connections."""
