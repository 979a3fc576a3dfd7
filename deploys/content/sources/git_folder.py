"""A folder of Markdown files in a Git repository: each file is an entry, git tells who changed it and when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import orjson

from deploys.content.sources.addresses import Guard
from deploys.content.sources.config import MEGABYTE
from deploys.content.sources.dates import is_empty, moment, zone_called
from deploys.content.sources.errors import ErrorClass, SourceBlocked, SourceTooLarge
from deploys.content.sources.expressions import search
from deploys.content.sources.front_matter import Unreadable, json_of, split
from deploys.content.sources.git_cache import Change, File, GitCache
from deploys.content.sources.git_config import GitFolderConfig
from deploys.content.sources.links import bounded, link
from deploys.content.sources.notes import Notes, SeenKeys
from deploys.content.sources.patience import Patience
from deploys.content.sources.presets.settings import address_of
from deploys.content.sources.types import JSON, Entry, Progress, Report

_VERSION = 1
_TOLD_EVERY = 200
_HEADING = re.compile(r"^#[ \t]+(\S.*)$", re.MULTILINE)
_TITLES = ("title",)
_PUBLISH = ("publishDate", "pubDate", "publish_at", "published_at", "date")
_EXPIRE = ("expiryDate", "expire_at", "expires", "unpublishDate")


class GitFolderSource:
    """See Source for what the attributes say. A commit is complete in itself, so a reading always is.

    cache: folder for bare copies. token: for repositories that want one. guard: hosts that may be connected to.
    allow_local: an admin lets sources be read from this server's own folders. etag: of the last reading that counted.
    """

    is_partial = False

    def __init__(
        self,
        config: GitFolderConfig,
        *,
        cache: Path,
        token: str = "",
        guard: Guard | None = None,
        allow_local: bool = False,
        etag: str = "",
    ) -> None:
        if config.is_local and not allow_local:
            raise SourceBlocked(
                "Repositories in a folder of this server are not read: "
                "use an https address, or have an admin add the folder to BUILDHUB_CONTENT_FOLDERS."
            )
        self.total: int | None
        self.warnings: list[str]
        self._config = config
        self._cache = cache
        self._token = token
        self._guard = guard or Guard()
        self._last_etag = etag
        self._zone = zone_called(config.time_zone)
        self._globs = [glob_of(one) for one in config.globs]
        self._addresses = {
            name: address_of(pattern, name)
            for name, pattern in (("page_address", config.page_address), ("edit_address", config.edit_address))
            if pattern
        }
        self._forget()

    def read(self, *, on_progress: Report | None = None) -> Iterator[Entry]:
        """Give every entry of the newest commit. Raises SourceError."""
        self._forget()
        patience = Patience(seconds=self._config.deadline)
        repository = GitCache(self._config, self._cache, self._guard, patience, self._token)
        with repository.held():
            newest = repository.newest() if self._last_etag else ""
            if newest and self._last_etag == self._etag(newest):
                self.etag, self.etag_unchanged = self._last_etag, True
            else:
                yield from self._read_commit(repository, on_progress)
        self.is_complete, self.shortfall = True, ""

    def _read_commit(self, repository: GitCache, on_progress: Report | None) -> Iterator[Entry]:
        tell = on_progress or (lambda progress: None)
        tell(Progress(read=0, total=None, note="Fetching the repository"))
        commit = repository.fetch()
        files = self._chosen(repository.files(commit))
        tell(Progress(read=0, total=len(files), note="Looking up who changed what"))
        changes = repository.changes(commit, {file.path for file in files})
        notes = Notes()
        seen = SeenKeys(notes)
        for number, (file, content) in enumerate(repository.contents(files), start=1):
            entry = self._entry(file, content, changes.get(file.path), notes)
            seen.see(entry.key, 1)
            yield entry
            if number % _TOLD_EVERY == 0:
                tell(Progress(read=number, total=len(files), note="Reading"))
        tell(Progress(read=len(files), total=len(files), note="Reading"))
        self.total, self.warnings, self.etag = len(files), notes.sentences(), self._etag(commit)

    def _chosen(self, files: list[File]) -> list[File]:
        chosen = [file for file in files if self._is_wanted(self._inside(file))]
        if len(chosen) > self._config.max_entries:
            raise SourceTooLarge(
                f"The folder has more than {self._config.max_entries} files: choose fewer, or raise “max_entries”.",
                error_class=ErrorClass.TOO_MANY_ENTRIES,
            )
        for file in chosen:
            if file.size > self._config.max_bytes:
                raise SourceTooLarge(
                    f"The file {file.path[:200]} has more than {self._config.max_bytes / MEGABYTE:g} MB: "
                    "make it smaller, or raise “max_bytes”."
                )
        return chosen

    def _is_wanted(self, path: str) -> bool:
        return any(glob.fullmatch(path) for glob in self._globs)

    def _inside(self, file: File) -> str:
        folder = self._config.folder.strip("/")
        return file.path.removeprefix(f"{folder}/") if folder else file.path

    def _entry(self, file: File, content: bytes, change: Change | None, notes: Notes) -> Entry:
        text = content.decode("utf-8", "replace").replace("\0", "")
        values, body = _taken_apart(text, file, notes)
        path = PurePosixPath(self._inside(file)).with_suffix("")
        slug = values.get("slug")
        key = bounded(slug if isinstance(slug, str) and slug else str(path))
        names = self._names(values)
        fields = {name: value for name, value in values.items() if name not in {*names.values(), "slug"}}
        return Entry(
            key=key,
            kind=path.parts[0] if len(path.parts) > 1 else PurePosixPath(self._config.folder).name,
            title=_title(values.get(names.get("title", "")), body, path.name),
            url=self._address("page_address", {**values, "key": quote(key)}),
            edit_url=self._address("edit_address", {"path": quote(file.path), "key": quote(key)}),
            publish_at=self._moment("publish_at", values, names, notes),
            expire_at=self._moment("expire_at", values, names, notes),
            status="draft" if values.get("draft") is True or values.get("published") is False else "live",
            changed_at=change.at if change else None,
            changed_by=change.by if change else None,
            fields={**fields, "body": body},
            marker=str(values.get(self._config.marker_field) or "") if self._config.marker_field else "",
        )

    def _names(self, values: Mapping[str, JSON]) -> dict[str, str]:
        """Which of the file's own names hold title and dates."""
        config = self._config
        usual = {
            "title": (config.title_field,) if config.title_field else _TITLES,
            "publish_at": (config.publish_field,) if config.publish_field else _PUBLISH,
            "expire_at": (config.expire_field,) if config.expire_field else _EXPIRE,
        }
        found = {ours: next((name for name in names if name in values), None) for ours, names in usual.items()}
        return {ours: name for ours, name in found.items() if name is not None}

    def _moment(self, ours: str, values: Mapping[str, JSON], names: Mapping[str, str], notes: Notes) -> datetime | None:
        value = values.get(names.get(ours, ""))
        found = moment(value, self._zone)
        if found is None and not is_empty(value):
            notes.add("{count} dates cannot be read ({examples}).", str(value))
        return found

    def _address(self, setting: str, values: Mapping[str, JSON]) -> str | None:
        expression = self._addresses.get(setting)
        found = search(expression, setting, values) if expression else None
        return link(found) if isinstance(found, str) else None

    def _etag(self, commit: str) -> str:
        settings = orjson.dumps([_VERSION, asdict(self._config)], option=orjson.OPT_SORT_KEYS)
        return f"{blake2b(settings, digest_size=6).hexdigest()}:{commit}"

    def _forget(self) -> None:
        self.total = None
        self.warnings = []
        self.is_complete = False
        self.shortfall = "The reading was not finished."
        self.etag_unchanged = False
        self.etag = ""


def _title(value: JSON, body: str, name: str) -> str:
    """The title of the front matter, else the first heading, else the file's name."""
    heading = _HEADING.search(body)
    found = value if value not in (None, "") else heading[1].rstrip(" \t#") if heading else name
    return " ".join(str(found).split()) or name


def _taken_apart(text: str, file: File, notes: Notes) -> tuple[dict[str, JSON], str]:
    try:
        values, body = split(text)
        return json_of(values), body
    except Unreadable as problem:
        notes.add(
            "{count} files have values at their top that cannot be read ({examples}): they are compared as plain text.",
            f"{file.path}: {problem}",
        )
        return {}, text


def glob_of(pattern: str) -> re.Pattern[str]:
    """Give the pattern for whole paths: ** stands for any folders, * and ? for letters within a name."""
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(piece, re.escape(piece)) for piece in pieces))
