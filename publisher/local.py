"""The build on this machine: its files, read and hashed by some threads."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import batched, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import Refused
from publisher.model import Bound, File
from publisher.parallel import run_all
from publisher.results import OnProgress, Progress
from publisher.rules import RESERVED, Rules

if TYPE_CHECKING:
    from publisher.own_address import Search

# Files up to this size are read and sent in one piece; larger ones never are in memory as a whole.
AT_ONCE = 1024 * 1024
_BATCH = 128
_THREADS = 4


@dataclass(kw_only=True)
class Build:
    """The files of a build: where they are and what they are; their hash is "" until they were read.

    extra: small files made here, by path; search: looks for the site's own address in what is read, None for nobody.
    """

    folder: Path
    files: dict[str, File]
    extra: Mapping[str, bytes] = field(default_factory=dict)
    search: Search | None = None

    @property
    def bound_to(self) -> Bound | None:
        """Which of the files that were read name the site's own address, None when nobody looked."""
        return self.search.found() if self.search else None

    def content(self, path: str) -> str | bytes:
        """Where the file is on disk, or the bytes of one that was made here."""
        made = self.extra.get(path)
        return f"{self.folder}{os.sep}{path}" if made is None else made

    def hash_all(self, on_progress: OnProgress, *, enough: Callable[[], bool] = lambda: False) -> None:
        """Hash the files that were not read yet, until somebody says that it is enough. Raises Refused."""
        waiting = [path for path, file in self.files.items() if not file.sha256]
        total, reporting = len(self.files), threading.Lock()
        done = total - len(waiting)

        def work(batch: tuple[str, ...]) -> None:
            nonlocal done
            for path in batch:
                digest, size = hash_file(f"{self.folder}{os.sep}{path}", look=self._look(path))
                self.files[path] = File(digest, size, self.files[path].headers)
            with reporting:
                done += len(batch)
                on_progress(Progress(stage="Reading the build", done=done, total=total))

        try:
            run_all(takewhile(lambda _: not enough(), batched(waiting, _BATCH)), work, threads=_THREADS)
        except OSError as error:
            raise Refused(f"A file of the build cannot be read: {error}.") from error

    def read(self, path: str) -> tuple[File, str | bytes]:
        """A file with its hash and its content, or with where that is if it is large: each is read once at most.

        Raises Refused.
        """
        file, content = self.files[path], self.content(path)
        if file.sha256 or not isinstance(content, str):
            return file, content
        look = self._look(path)
        try:
            if file.size > AT_ONCE or (body := _whole(content)) is None:
                digest, size = hash_file(content, look=look)
                return File(digest, size, file.headers), content
        except OSError as error:
            raise Refused(unreadable(content, error)) from error
        if look is not None:
            look(body)
        return File(hashlib.sha256(body).hexdigest(), len(body), file.headers), body

    def _look(self, path: str) -> Callable[[bytes], None] | None:
        return self.search.of(path) if self.search else None


def find_build(
    folder: Path, rules: Rules, *, behind_cdn: bool, extra: Mapping[str, bytes], search: Search | None = None
) -> Build:
    """What is in the folder, with nothing read yet. Raises Refused when it is no build that can be published."""
    try:
        found = [one for one in _walk(str(folder), "") if one[0] not in extra]
    except OSError as error:
        raise Refused(f"The build in {folder} cannot be read: {error.strerror or error}.") from error
    if not found:
        raise Refused(f"There is no file in {folder}. Build the site first, or name another folder.")
    foreign = sorted(path for path, _ in found if rules.is_foreign(path))
    if foreign:
        raise Refused(
            f"The build has files that publishing never touches ({foreign[0]} and {len(foreign) - 1} more under "
            f"{', '.join((RESERVED, *rules.foreign))}). Take them out of the build, or out of `foreign` in the rules."
        )
    files = {path: File("", size, rules.headers_of(path, behind_cdn=behind_cdn)) for path, size in found}
    for path, body in extra.items():
        headers = rules.headers_of(path, behind_cdn=behind_cdn)
        files[path] = File(hashlib.sha256(body).hexdigest(), len(body), headers)
    return Build(folder=folder, files=dict(sorted(files.items())), extra=extra, search=search)


def _walk(folder: str, prefix: str) -> list[tuple[str, int]]:
    """Every file with its size. A file that may not be read is an OSError here, before anything is written."""
    found: list[tuple[str, int]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + entry.name
            if entry.is_dir():
                found += _walk(entry.path, f"{path}/")
            elif entry.name != ".DS_Store":
                if not path.isprintable() or "\\" in path or "//" in path:
                    raise Refused(f"The name {path!r} cannot be an address on the web. Rename the file.")
                found.append((path, entry.stat().st_size))
                if not os.access(entry.path, os.R_OK):
                    raise PermissionError(errno.EACCES, f"{path} may not be read by this user")
    return found


def unreadable(path: str, error: OSError) -> str:
    """What to say when a file of the build that was there cannot be read any more."""
    return f"{path} cannot be read any more ({error.strerror}). Publish when the build has ended."


def _whole(path: str) -> bytes | None:
    """The content of a file, None when it has become a large one."""
    handle = os.open(path, os.O_RDONLY)
    try:
        body = os.read(handle, AT_ONCE + 1)
    finally:
        os.close(handle)
    return body if len(body) <= AT_ONCE else None


def hash_file(
    path: str | Path, algorithm: str = "sha256", *, look: Callable[[bytes], None] | None = None
) -> tuple[str, int]:
    """The hex hash and the bytes of a file, never more than a megabyte of it in memory. look: is shown each block."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    size = 0
    handle = os.open(path, os.O_RDONLY)
    try:
        while block := os.read(handle, AT_ONCE):
            digest.update(block)
            size += len(block)
            if look is not None:
                look(block)
    finally:
        os.close(handle)
    return digest.hexdigest(), size
