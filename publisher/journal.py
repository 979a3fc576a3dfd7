"""The journal: written before the first file goes up, so that whoever comes after a broken run can finish its work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publisher.errors import Refused
from publisher.model import pack, unpack

FOLDER = ".releases/journals/"


@dataclass(frozen=True, kw_only=True)
class Journal:
    """What a run set out to do. touched: paths that it may have written or deleted; stale: paths of the site whose old
    version a CDN may hold. seed: makes the references of its invalidations its own.

    base: the release that was live when it began, "" for none, None when that was not noted; base_manifest: its record.
    """

    token: str
    release: str
    touched: Sequence[str]
    stale: Sequence[str]
    seed: str
    base: str | None = None
    base_manifest: str = ""

    @property
    def key(self) -> str:
        """Where it is kept."""
        return f"{FOLDER}{self.token}.json.gz"


def encode(journal: Journal) -> bytes:
    """The journal as compressed JSON."""
    return pack(
        {
            "format": 1,
            "token": journal.token,
            "release": journal.release,
            "touched": list(journal.touched),
            "stale": list(journal.stale),
            "seed": journal.seed,
            "base": journal.base,
            "base_manifest": journal.base_manifest,
        }
    )


def decode(body: bytes) -> Journal:
    """The journal in these bytes. Raises Refused."""
    data = unpack(body, "journal")
    try:
        return Journal(
            token=data["token"],
            release=data["release"],
            touched=data["touched"],
            stale=data["stale"],
            seed=data["seed"],
            base=data.get("base"),
            base_manifest=data.get("base_manifest", ""),
        )
    except KeyError as error:
        raise Refused(f"The journal on the target lacks {error}. Publish again with --verify.") from error
