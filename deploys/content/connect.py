"""Opens the source that a row describes: the one place of the sources that knows models and settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import httpx
from django.conf import settings

from deploys.content.sources.addresses import Guard
from deploys.content.sources.config_data import config_from
from deploys.content.sources.errors import ErrorClass, SourceBlocked, SourceRefused
from deploys.content.sources.git_config import git_config_from
from deploys.content.sources.git_folder import GitFolderSource
from deploys.content.sources.http_json import HttpJsonSource
from deploys.content.sources.presets.table import config_of
from deploys.content.sources.python_class import PythonSource
from deploys.content.sources.types import JSON, Source
from deploys.models import ContentSource, SourceKind


def source_of(row: ContentSource, *, transport: httpx.BaseTransport | None = None, anew: bool = False) -> Source:
    """Return the source, ready to be read. No request is sent yet. The row need not be saved.

    transport: used for HTTP instead of a guarded connection. anew: read everything, even if the source says that
    nothing changed since the last reading. Raises SourceRefused for settings that cannot work, and
    SourceBlocked for what an admin has not allowed.
    """
    if not isinstance(row.config, dict):
        raise _wrong("The source's settings are no object: correct them.")
    # Without a state that counts there is nothing that could be unchanged.
    etag = row.etag if row.seq and not anew else ""
    if row.kind == SourceKind.GIT_FOLDER:
        return _git_folder(row, etag)
    if row.kind == SourceKind.PYTHON:
        return _python(row.config)
    if row.kind == SourceKind.HTTP_JSON:
        return _http_json(row, transport, etag)
    raise _wrong(f"There is no kind of source “{row.kind}”: choose another kind.")


def secrets_of(row: ContentSource) -> dict[str, str]:
    """Return the row's secrets by name. Raises SourceRefused when they cannot be read."""
    try:
        found = json.loads(row.secrets or "{}")
    except ValueError as error:
        raise _unreadable() from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise _unreadable()
    return {name: value for name, value in found.items() if value}


def _http_json(row: ContentSource, transport: httpx.BaseTransport | None, etag: str) -> HttpJsonSource:
    secrets = secrets_of(row)
    config = config_of(row.preset, row.config, secrets) if row.preset else config_from(row.config)
    return HttpJsonSource(config, secrets, guard=_guard(row), transport=transport, etag=etag)


def _git_folder(row: ContentSource, etag: str) -> GitFolderSource:
    config = git_config_from(row.config)
    return GitFolderSource(
        config,
        cache=Path(settings.DATA_DIR) / "repositories",
        token=secrets_of(row).get("token", ""),
        guard=_guard(row),
        allow_local=config.is_local and _is_below_an_allowed_folder(config.location),
        etag=etag,
    )


def _python(config: Mapping[str, JSON]) -> PythonSource:
    unknown = set(config) - {"class", "options", "time_zone"}
    path, options, zone = config.get("class"), config.get("options") or {}, config.get("time_zone") or "UTC"
    if unknown or not isinstance(path, str) or not isinstance(options, dict) or not isinstance(zone, str):
        raise _wrong(
            "A Python class as a source has the settings “class” (its dotted path), “options” and “time_zone”: "
            "correct them."
        )
    if path not in settings.CONTENT_CLASSES:
        raise SourceBlocked(
            f"The class “{path[:120]}” may not be used: have an admin add it to BUILDHUB_CONTENT_CLASSES."
        )
    return PythonSource(path, options, time_zone=zone)


def _is_below_an_allowed_folder(location: str) -> bool:
    """Links are followed first, so that none leads out of the folder."""
    place = Path(location).resolve()
    return any(place.is_relative_to(Path(folder).resolve()) for folder in settings.CONTENT_FOLDERS)


def _guard(row: ContentSource) -> Guard:
    hosts = row.allowed_private_hosts
    if not isinstance(hosts, list) or not all(isinstance(host, str) for host in hosts):
        raise _wrong("The allowed private hosts are no list of names: correct them.")
    return Guard(hosts)


def _wrong(sentence: str) -> SourceRefused:
    return SourceRefused(sentence, error_class=ErrorClass.CONFIG_WRONG)


def _unreadable() -> SourceRefused:
    return SourceRefused(
        "The source's secrets are no JSON object of names and texts: enter them again.",
        error_class=ErrorClass.SECRET_UNREADABLE,
    )
