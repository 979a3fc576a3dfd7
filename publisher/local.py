"""The build on this machine: its files, read and hashed by some threads."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import Refused
from publisher.model import Bound, File
from publisher.parallel import run_all
from publisher.results import OnProgress, Progress
from publisher.rules import RESERVED, Rules

if TYPE_CHECKING:
    from publisher.own_address import Search

_CHUNK = 1024 * 1024
_BATCH = 128
_THREADS = 4


@dataclass(frozen=True, kw_only=True)
class Build:
    """The files of a build: where they are and what they are. extra: small files made here, by path.

    bound_to: which of them name the site's own address, None when nobody looked.
    """

    folder: Path
    files: Mapping[str, File]
    extra: Mapping[str, bytes] = field(default_factory=dict)
    bound_to: Bound | None = None

    def content(self, path: str) -> str | bytes:
        """Where the file is on disk, or the bytes of one that was made here."""
        made = self.extra.get(path)
        return f"{self.folder}{os.sep}{path}" if made is None else made


def read_build(
    folder: Path,
    rules: Rules,
    *,
    behind_cdn: bool,
    extra: Mapping[str, bytes],
    on_progress: OnProgress,
    search: Search | None = None,
) -> Build:
    """Hash every file of the folder. Raises Refused when it is no build that can be published."""
    try:
        found = sorted(_walk(folder, ""))
    except OSError as error:
        raise Refused(f"The build in {folder} cannot be read: {error.strerror or error}.") from error
    paths = [path for path, _ in found if path not in extra]
    if not paths:
        raise Refused(f"There is no file in {folder}. Build the site first, or name another folder.")
    foreign = [path for path in paths if rules.is_foreign(path)]
    if foreign:
        raise Refused(
            f"The build has files that publishing never touches ({foreign[0]} and {len(foreign) - 1} more under "
            f"{', '.join((RESERVED, *rules.foreign))}). Take them out of the build, or out of `foreign` in the rules."
        )
    files = _hash_all(
        folder, [(path, size) for path, size in found if path not in extra], rules, behind_cdn, on_progress, search
    )
    for path, body in extra.items():
        headers = rules.headers_of(path, behind_cdn=behind_cdn)
        files[path] = File(hashlib.sha256(body).hexdigest(), len(body), headers)
    bound_to = search.found() if search else None
    return Build(folder=folder, files=dict(sorted(files.items())), extra=extra, bound_to=bound_to)


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _walk(Path(entry.path), f"{prefix}{entry.name}/")
            elif entry.name != ".DS_Store":
                path = prefix + entry.name
                if not path.isprintable() or "\\" in path or "//" in path:
                    raise Refused(f"The name {path!r} cannot be an address on the web. Rename the file.")
                yield path, entry.stat().st_size


def _hash_all(
    folder: Path,
    found: list[tuple[str, int]],
    rules: Rules,
    behind_cdn: bool,
    on_progress: OnProgress,
    search: Search | None,
) -> dict[str, File]:
    hashed: dict[str, File] = {}
    reporting = threading.Lock()
    base = f"{folder}{os.sep}"

    def work(batch: tuple[tuple[str, int], ...]) -> None:
        some = {}
        for path, _ in batch:
            digest, size = hash_file(base + path, look=search.of(path) if search else None)
            some[path] = File(digest, size, rules.headers_of(path, behind_cdn=behind_cdn))
        with reporting:
            hashed.update(some)
            on_progress(Progress(stage="Reading the build", done=len(hashed), total=len(found)))

    try:
        run_all(batched(found, _BATCH), work, threads=_THREADS)
    except OSError as error:
        raise Refused(f"A file of the build cannot be read: {error}.") from error
    return hashed


def hash_file(
    path: str | Path, algorithm: str = "sha256", *, look: Callable[[bytes], None] | None = None
) -> tuple[str, int]:
    """The hex hash and the bytes of a file, never more than a megabyte of it in memory. look: is shown each block."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    size = 0
    handle = os.open(path, os.O_RDONLY)
    try:
        while block := os.read(handle, _CHUNK):
            digest.update(block)
            size += len(block)
            if look is not None:
                look(block)
    finally:
        os.close(handle)
    return digest.hexdigest(), size
