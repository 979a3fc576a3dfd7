"""What a release is made of: files by path, each with the hash of its content and the headers it is served with."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from publisher.errors import Refused

FORMAT = 1
FRONT_PAGE = "index.html"
_quoted = json.encoder.encode_basestring_ascii


@dataclass(frozen=True, slots=True)
class Headers:
    """What a file is served with. tag: the CloudFront cache tag, "" for files that never need invalidating."""

    content_type: str
    cache_control: str
    content_encoding: str = ""
    tag: str = ""

    def as_row(self) -> list[str]:
        """The four values in the order of the fields."""
        return [self.content_type, self.cache_control, self.content_encoding, self.tag]


@dataclass(frozen=True, slots=True)
class File:
    """One file: hex SHA-256 of its content ("" when not known), bytes, headers, and the host's own mark of the copy."""

    sha256: str
    size: int
    headers: Headers
    etag: str = ""

    def is_same_as(self, other: File) -> bool:
        """True when content and headers are equal; an unknown content equals nothing."""
        return self.has_content_of(other) and self.headers == other.headers

    def has_content_of(self, other: File) -> bool:
        """True when both contents are known and equal."""
        return bool(self.sha256) and self.sha256 == other.sha256

    def marked(self, etag: str) -> File:
        """The same with this mark of the host's copy."""
        return self if self.etag == etag else File(self.sha256, self.size, self.headers, etag)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A hashed asset that no page of the site names any more, still served to tabs that are open. since: epoch s."""

    file: File
    since: float


@dataclass(frozen=True, kw_only=True)
class Bound:
    """How far a release is tied to one address. files: how many name it, first: some of their paths.

    noindex: how many pages ask search engines to leave them out.
    """

    address: str
    files: int
    first: tuple[str, ...] = ()
    noindex: int = 0


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A release: its files, and the hashed assets that are leaving. made_at: seconds since the epoch.

    bound_to: None when nobody looked whether its files name its own address.
    """

    release: str
    made_at: float
    files: Mapping[str, File]
    leaving: Mapping[str, Leaving] = field(default_factory=dict)
    bound_to: Bound | None = None

    @property
    def size(self) -> int:
        """Bytes of all files of the release."""
        return sum(file.size for file in self.files.values())

    def content_id(self) -> str:
        """One hash over paths, contents and headers: two manifests with the same one publish the same site."""
        endings: dict[Headers, str] = {}  # few, and each row is JSON with the same one
        rows = []
        for path, file in sorted(self.files.items()):
            ending = endings.get(file.headers)
            if ending is None:
                ending = endings[file.headers] = json.dumps(file.headers.as_row())[1:]
            rows.append(f'[{_quoted(path)}, "{file.sha256}", {ending}')
        return hashlib.sha256("".join(rows).encode()).hexdigest()


def marker_body(release: str) -> bytes:
    """The small public file that names the live release."""
    return json.dumps({"release": release}).encode() + b"\n"


def is_page(path: str) -> bool:
    """True for what a visitor opens: HTML files."""
    return path.endswith((".html", ".htm"))


def encode(manifest: Manifest) -> bytes:
    """The manifest as compressed JSON; the same manifest gives the same bytes."""
    table: dict[Headers, int] = {}

    def row(path: str, file: File) -> list[Any]:
        return [path, file.sha256, file.size, table.setdefault(file.headers, len(table)), file.etag]

    body = {
        "format": FORMAT,
        "release": manifest.release,
        "made_at": manifest.made_at,
        "files": [row(path, manifest.files[path]) for path in sorted(manifest.files)],
        "leaving": [[*row(path, one.file), one.since] for path, one in sorted(manifest.leaving.items())],
        "headers": [headers.as_row() for headers in table],
        "bound_to": asdict(manifest.bound_to) if manifest.bound_to else None,
    }
    return pack(body)


def decode(body: bytes) -> Manifest:
    """The manifest in these bytes. Raises Refused when they are none, or of a newer format."""
    data = unpack(body, "manifest")
    try:
        table = [Headers(*row) for row in data["headers"]]
        files = {path: File(sha, size, table[number], etag) for path, sha, size, number, etag in data["files"]}
        leaving = {
            path: Leaving(File(sha, size, table[number], etag), since)
            for path, sha, size, number, etag, since in data["leaving"]
        }
        return Manifest(
            release=data["release"],
            made_at=data["made_at"],
            files=files,
            leaving=leaving,
            bound_to=bound_from(data.get("bound_to")),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise Refused(f"A manifest on the target cannot be read ({error}). Publish again with --verify.") from error


def bound_from(data: Mapping[str, Any] | None) -> Bound | None:
    """The value in plain data. Raises KeyError, TypeError, ValueError."""
    if data is None:
        return None
    return Bound(
        address=str(data["address"]),
        files=int(data["files"]),
        first=tuple(data["first"]),
        noindex=int(data["noindex"]),
    )


def pack(body: Mapping[str, Any]) -> bytes:
    """Compressed JSON without a time in it."""
    return gzip.compress(json.dumps(body, separators=(",", ":")).encode(), compresslevel=1, mtime=0)


def unpack(body: bytes, what: str) -> dict[str, Any]:
    """The JSON object in these bytes. Raises Refused."""
    try:
        data = json.loads(gzip.decompress(body))
    except (OSError, EOFError, ValueError) as error:
        raise Refused(f"The {what} on the target cannot be read ({error}). Publish again with --verify.") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise Refused(f"The {what} on the target was written by a newer version of the publisher. Update this one.")
    return data
