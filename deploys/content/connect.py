"""Opens the source that a row describes: the one place of the sources that knows models and settings."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx

from deploys.content.sources.addresses import Guard
from deploys.content.sources.config_data import config_from
from deploys.content.sources.errors import ErrorClass, SourceRefused
from deploys.content.sources.http_json import HttpJsonSource
from deploys.content.sources.types import JSON, Source
from deploys.models import ContentSource, SourceKind


def source_of(row: ContentSource, *, transport: httpx.BaseTransport | None = None) -> Source:
    """Return the source, ready to be read. No request is sent yet.

    transport: used for HTTP instead of a guarded connection. Raises SourceRefused for settings that cannot work.
    """
    settings = _object(row.config, "config")
    if row.kind == SourceKind.HTTP_JSON:
        return HttpJsonSource(
            config_from(settings),
            secrets_of(row),
            guard=Guard(row.allowed_private_hosts),
            transport=transport,
            etag=row.etag,
        )
    raise SourceRefused(
        f"There is no kind of source “{row.kind}”: choose another kind.", error_class=ErrorClass.CONFIG_WRONG
    )


def secrets_of(row: ContentSource) -> dict[str, str]:
    """Return the row's secrets by name. Raises SourceRefused when they cannot be read."""
    try:
        found = json.loads(row.secrets or "{}")
    except ValueError as error:
        raise _unreadable() from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise _unreadable()
    return found


def _object(value: JSON, name: str) -> Mapping[str, JSON]:
    if not isinstance(value, dict):
        raise SourceRefused(f"The setting “{name}” is no object: correct it.", error_class=ErrorClass.CONFIG_WRONG)
    return value


def _unreadable() -> SourceRefused:
    return SourceRefused(
        "The source's secrets are no JSON object of names and texts: enter them again.",
        error_class=ErrorClass.SECRET_UNREADABLE,
    )
