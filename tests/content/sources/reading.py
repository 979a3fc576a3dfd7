"""Sources of the tests: settings with few words, read without waiting."""

from __future__ import annotations

from typing import Any

from deploys.content.sources.addresses import Guard
from deploys.content.sources.config import HttpJsonConfig, Paging
from deploys.content.sources.config_data import validated
from deploys.content.sources.http_json import HttpJsonSource
from tests.content.sources.answering import Cms

OFFSET = Paging(kind="offset", at_name="offset", size_name="limit", size=2)
MAPPING = {"key": "id", "title": "title"}


def config(cms: Cms, **settings: Any) -> HttpJsonConfig:
    """Settings for a list at /entries with offset paging and a total, unless others are given."""
    usual: dict[str, Any] = {
        "url": f"{cms.url}/entries",
        "items": "items",
        "total": "total",
        "mapping": MAPPING,
        "paging": OFFSET,
    }
    return validated(HttpJsonConfig(**usual | settings))


def source(
    given: HttpJsonConfig, *, secrets: dict[str, str] | None = None, etag: str = "", guard: Guard | None = None
) -> HttpJsonSource:
    """A source that may read this machine and does not sleep between attempts."""
    return HttpJsonSource(given, secrets, guard=guard or Guard(["127.0.0.1"]), etag=etag, sleep=lambda seconds: None)
