"""The settings of a folder of Markdown in a Git repository."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from deploys.content.sources.dates import zone_called
from deploys.content.sources.errors import ErrorClass, SourceRefused
from deploys.content.sources.types import JSON

_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class GitFolderConfig:
    """Where the files are and what their values mean.

    location: an https address, or a path on this server where an admin allows that. branch: "" = the default one.
    folder: only files in it; keys and globs begin there. globs: which files. page_address: pattern of an entry's
    public page with {key} or front matter; edit_address: pattern of its editor, with {path}.
    title_field, publish_field, expire_field: names in the front matter, "" = the usual ones.
    user: name beside the token. time_zone: for dates without one. deadline: seconds for a whole reading.
    """

    location: str
    branch: str = ""
    folder: str = ""
    globs: tuple[str, ...] = ("**/*.md", "**/*.mdx", "**/*.markdown")
    page_address: str = ""
    edit_address: str = ""
    title_field: str = ""
    publish_field: str = ""
    expire_field: str = ""
    marker_field: str = ""
    user: str = "oauth2"
    time_zone: str = "UTC"
    deadline: float = 600.0
    max_bytes: int = 2 * MEGABYTE
    max_entries: int = 200_000

    @property
    def is_local(self) -> bool:
        """Say whether the repository is a folder of this server."""
        return not urlsplit(self.location).scheme


def git_config_from(data: Mapping[str, JSON]) -> GitFolderConfig:
    """Read settings from JSON values. Raises SourceRefused naming the first setting that cannot work."""
    kinds: dict[str, type] = {one.name: type(one.default) for one in fields(GitFolderConfig)}
    found = dict(data)
    for name, value in data.items():
        _expect(name in kinds, name, "there is no such setting")
        if name == "globs":
            parts = value.split(",") if isinstance(value, str) else value
            _expect(isinstance(parts, list | tuple), name, "it is a list of texts")
            _expect(all(isinstance(part, str) for part in parts), name, "it is a list of texts")
            found[name] = tuple(part.strip() for part in parts if part.strip())
        elif name in ("deadline", "max_bytes", "max_entries"):
            good = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
            _expect(good, name, "it is a number above zero")
        else:
            _expect(isinstance(value, str), name, "it is a text")
    _expect(bool(found.get("location")), "location", "it is missing")
    return _checked(GitFolderConfig(**found))


def _checked(config: GitFolderConfig) -> GitFolderConfig:
    parts = urlsplit(config.location)
    if config.is_local:
        _expect(
            config.location.startswith("/"), "location", "it is an https address, or a whole path such as /srv/site"
        )
    else:
        _expect(parts.scheme in ("http", "https"), "location", "use the repository's https address")
        _expect(bool(parts.hostname), "location", "it names no host")
        _expect(
            not parts.username and not parts.password, "location", "leave out the user; enter the token as a secret"
        )
    branch = config.branch
    _expect(not branch or (bool(_BRANCH.fullmatch(branch)) and ".." not in branch), "branch", "it is no branch's name")
    clean = not config.folder.startswith("/") and ".." not in config.folder.split("/")
    _expect(clean, "folder", "it is a path inside of the repository")
    _expect(bool(config.globs), "globs", "it is empty")
    zone_called(config.time_zone)
    return config


def _expect(good: bool, name: str, why: str) -> None:
    if not good:
        raise SourceRefused(
            f"The setting “{name}” cannot work: {why}. Correct it in the source's settings.",
            error_class=ErrorClass.CONFIG_WRONG,
        )
