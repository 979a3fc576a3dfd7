"""The pointer: one small record that says what is live, who works on it, and what a broken run left to be done."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass, field
from typing import Any

from publisher.errors import Refused

POINTER = ".releases/current.json"
FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def check_name(release: str) -> None:
    """Raises Refused when this cannot be the name of a release."""
    if not _NAME.fullmatch(release):
        raise Refused(f"{release!r} is no name for a release. Use letters, digits, dots, hyphens, at most 80 of them.")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Who may write. until: when it lapses unless renewed, by the host's clock. what: words for people."""

    holder: str
    what: str
    release: str
    until: float


@dataclass(frozen=True, kw_only=True)
class Record:
    """One release that went live. manifest: key of its files; at: when it went live last, seconds since the epoch."""

    id: str
    at: float
    manifest: str
    files: int
    pages: int
    size: int
    content_id: str


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """release: what is live ("" for nothing yet); manifest: key of the record of its files and where they stand.

    settled_at: from when on nobody should have written to the site, by the host's clock.
    journal: key of the journal of a run that did not finish, "" when none; spent: records to delete with the next run.
    """

    release: str = ""
    manifest: str = ""
    settled_at: float = 0.0
    claim: Claim | None = None
    journal: str = ""
    spent: tuple[str, ...] = ()
    releases: tuple[Record, ...] = ()
    invalidated_paths: dict[str, int] = field(default_factory=dict)
    conditional_writes: bool | None = None
    written_by: str = ""

    def record(self, release: str) -> Record | None:
        """The newest record of this release."""
        return next((one for one in self.releases if one.id == release), None)

    def with_release(self, record: Record) -> tuple[Record, ...]:
        """All releases with this one as the newest."""
        return (record, *(one for one in self.releases if one.id != record.id))


def encode(pointer: Pointer) -> bytes:
    """The pointer as JSON."""
    return json.dumps({"format": FORMAT, **dataclasses.asdict(pointer)}, separators=(",", ":")).encode()


def decode(body: bytes) -> Pointer:
    """The pointer in these bytes. Raises Refused."""
    try:
        data: dict[str, Any] = json.loads(body)
        if data.pop("format") != FORMAT:
            raise Refused("The target was written by a newer version of the publisher. Update this one.")
        claim = data.pop("claim")
        releases = tuple(Record(**one) for one in data.pop("releases"))
        spent = tuple(data.pop("spent"))
        return Pointer(claim=Claim(**claim) if claim else None, releases=releases, spent=spent, **data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(
            f"The record {POINTER} on the target cannot be read ({error}). Somebody changed it by hand: "
            "delete it and publish again with --verify."
        ) from error
