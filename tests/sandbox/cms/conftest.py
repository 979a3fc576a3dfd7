"""A CMS with the museum's first content, and a client for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox.cms import CMSOptions, create_cms
from sandbox.cms.entries import Entry
from sandbox.cms.forms import EntryForm
from sandbox.cms.store import Store

TOKEN = "feed-token"


@pytest.fixture
def options(tmp_path: Path) -> CMSOptions:
    return CMSOptions(
        data=tmp_path,
        content_token=TOKEN,
        dashboard_url="http://127.0.0.1:8000/",
        site_url="http://127.0.0.1:8003/",
    )


@pytest.fixture
def app(options: CMSOptions) -> Flask:
    return create_cms(options)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def store(app: Flask, options: CMSOptions) -> Store:
    return Store(options.data / "cms.sqlite3")


@pytest.fixture
def hours(store: Store) -> Entry:
    return entry_called(store, "Opening hours")


def entry_called(store: Store, title: str) -> Entry:
    """The one entry with this title."""
    [found] = [entry for entry in store.entries() if entry.title == title]
    return found


def form_of(entry: Entry, **changes: Any) -> dict[str, Any]:
    """What the browser would send for an entry, with some fields changed."""
    return {**EntryForm.of(entry).values, "revision": entry.revision, **changes}


def feed(client: FlaskClient, query: str = "") -> Any:
    """One page of the feed."""
    return client.get(f"/api/entries{query}", headers={"Authorization": f"Bearer {TOKEN}"}).json
