"""A bare copy of a repository, brought up to date: what is in a commit, and who changed it last."""

from __future__ import annotations

import fcntl
import os
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from deploys.content.sources.addresses import Guard
from deploys.content.sources.errors import ErrorClass, SourceUnavailable
from deploys.content.sources.git_command import Git
from deploys.content.sources.git_config import GitFolderConfig
from deploys.content.sources.patience import Patience

_OURS = "refs/buildhub/read"


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file of a commit. path: from the repository's root. size: bytes."""

    path: str
    blob: str
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """When a file was changed last, and by whom."""

    at: datetime
    by: str


class GitCache:
    """One repository. cache: the folder that holds all copies. token: sent to the repository's host only."""

    def __init__(self, config: GitFolderConfig, cache: Path, guard: Guard, patience: Patience, token: str = "") -> None:
        self._config = config
        self._patience = patience
        name = blake2b(f"{config.location}\n{config.branch}".encode(), digest_size=12).hexdigest()
        self._folder = cache / f"{name}.git"
        self._git = Git(
            self._folder,
            options=_options(config, guard, token),
            patience=patience,
            secret=token,
            shared_options=self._shared_options(),
        )
        self._reference = f"refs/heads/{config.branch}" if config.branch else "HEAD"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only one to use the copy. Raises SourceUnavailable when another holds it for too long."""
        self._folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder.parent / f"{self._folder.name}.lock").open("a") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    self._patience.left()
                    time.sleep(0.2)
            yield

    def newest(self) -> str:
        """Ask the repository for its newest commit, without fetching it. "" when it does not tell."""
        self._prepare()
        lines = self._git.run("ls-remote", "--", self._config.location, self._reference).decode().splitlines()
        return next((line.split("\t")[0] for line in lines if line.endswith(f"\t{self._reference}")), "")

    def fetch(self) -> str:
        """Bring the copy up to date and give the newest commit."""
        self._prepare()
        options = ("--no-tags", "--no-write-fetch-head", "--force", "--quiet")
        self._git.run("fetch", *options, "--", self._config.location, f"+{self._reference}:{_OURS}")
        return self._git.run("rev-parse", "--verify", f"{_OURS}^{{commit}}").decode().strip()

    def files(self, commit: str) -> list[File]:
        """Give the files of a commit, in the folder of the settings."""
        scope = ["--", f"{self._config.folder.strip('/')}/"] if self._config.folder.strip("/") else []
        rows = self._git.run("ls-tree", "-r", "-z", "-l", "--full-tree", commit, *scope).split(b"\0")
        found = []
        for row in filter(None, rows):
            about, _, path = row.partition(b"\t")
            mode, kind, blob, size = about.split()
            # 120000 is a symbolic link: its content is a path, not a text.
            if kind == b"blob" and mode != b"120000":
                found.append(File(path=path.decode("utf-8", "replace"), blob=blob.decode(), size=int(size)))
        return found

    def contents(self, files: list[File]) -> Iterator[tuple[File, bytes]]:
        """Give the content of each file."""
        with self._git.streaming("cat-file", "--batch") as (asked, told):
            for file in files:
                self._patience.left()
                asked.write(file.blob.encode() + b"\n")
                asked.flush()
                head = told.readline().split()
                if len(head) != 3 or head[1] != b"blob":
                    raise _broken()
                content = told.read(int(head[2]))
                told.read(1)
                yield file, content

    def changes(self, commit: str, paths: set[str]) -> dict[str, Change]:
        """Say for each path when and by whom it was changed last: one walk, that ends when all are found."""
        found: dict[str, Change] = {}
        left = set(paths)
        form = "--format=format:%x01%cI%x02%aN%x03"
        scope = ["--", self._config.folder.strip("/")] if self._config.folder.strip("/") else []
        with self._git.streaming("log", "-z", "--no-renames", "--name-only", form, commit, *scope) as (_, told):
            change: Change | None = None
            for token in _tokens(told):
                self._patience.left()
                if token.startswith("\x01"):
                    about, _, token = token[1:].partition("\x03")
                    at, _, by = about.partition("\x02")
                    change = Change(at=datetime.fromisoformat(at), by=by)
                path = token.removeprefix("\n")
                if change and path in left:
                    found[path] = change
                    left.discard(path)
                    if not left:
                        break
        return found

    def _shared_options(self) -> Path | None:
        """Let git read a repository of this server that belongs to somebody else: an admin allowed the folder."""
        if not self._config.is_local:
            return None
        self._folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder.with_suffix(".gitconfig")
        path.write_text("[safe]\n\tdirectory = *\n", encoding="utf-8")
        return path

    def _prepare(self) -> None:
        if not (self._folder / "HEAD").exists():
            self._git.run("init", "--bare", "--quiet", "--template=", str(self._folder))


def _options(config: GitFolderConfig, guard: Guard, token: str) -> Mapping[str, str]:
    if config.is_local:
        return {"protocol.file.allow": "always"}
    parts = urlsplit(config.location)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    addresses = ",".join(guard.addresses(host, port))
    options = {
        f"protocol.{parts.scheme}.allow": "always",
        # The addresses that were checked are the ones that are used, whatever the name server says a moment later.
        "http.curloptResolve": f"{host}:{port}:{addresses}",
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "30",
    }
    if token:
        secret = b64encode(f"{config.user}:{token}".encode()).decode()
        options[f"http.{parts.scheme}://{parts.netloc}/.extraHeader"] = f"Authorization: Basic {secret}"
    return options


def _tokens(stream: IO[bytes]) -> Iterator[str]:
    rest = b""
    while piece := stream.read1(1 << 16) if hasattr(stream, "read1") else os.read(stream.fileno(), 1 << 16):
        *whole, rest = (rest + piece).split(b"\0")
        yield from (one.decode("utf-8", "replace") for one in whole)
    if rest:
        yield rest.decode("utf-8", "replace")


def _broken() -> SourceUnavailable:
    return SourceUnavailable(
        "The copy of the repository is damaged: remove it from the data folder; it is fetched again.",
        error_class=ErrorClass.GIT_FAILED,
    )
