"""The JSON feed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sandbox.cms.entries import Entry
from sandbox.cms.store import Store

from .conftest import TOKEN, entry_called, feed, form_of

AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": "Bearer é"}]
)
def test_without_the_token_the_answer_is_401_and_says_how(client: FlaskClient, headers: dict[str, str]) -> None:
    """The refusal is JSON with a sentence, and shows no entry."""
    answer = client.get("/api/entries", headers=headers)

    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"] == "unauthorized"
    assert "Authorization: Bearer TOKEN" in answer.json["message"]


def test_the_pages_hold_every_published_entry_once(client: FlaskClient, store: Store) -> None:
    """Following next gives 32 entries in the order of their ids, then null."""
    ids: list[int] = []
    page: Any = {}
    address = "/api/entries?page=1&per_page=7"
    while address:
        page = client.get(address, headers=AUTHORIZED).json
        ids += [item["id"] for item in page["items"]]
        address = page["next"]

    assert ids == sorted(entry.id for entry in store.entries() if entry.status == "published")
    assert page["total"] == len(ids) == 32


def test_an_item_has_the_agreed_keys(client: FlaskClient, hours: Entry) -> None:
    """Addresses of page and image are paths; the edit address is whole."""
    item = feed(client)["items"][0]

    assert set(item) == {
        "id", "type", "title", "slug", "url", "section", "summary", "body", "image", "image_alt", "status", "author",
        "updated_at", "updated_by", "publish_at", "expires_at", "edit_url", "tags", "marker",
    }  # fmt: skip
    assert item["id"] == hours.id
    assert item["url"] == "/visit/opening-hours/"
    assert item["image"] == "/api/media/ferry.svg"
    assert item["author"] == {"name": "Ana Ribeiro"}
    assert item["edit_url"] == f"http://localhost/entries/{hours.id}/edit"
    assert item["updated_at"].endswith("Z")


def test_drafts_come_only_when_asked_for(client: FlaskClient) -> None:
    """Two drafts more with drafts=1, also on the next page."""
    plain, with_drafts = feed(client), feed(client, "?drafts=1&per_page=20")

    assert plain["total"] == 32
    assert {item["status"] for item in plain["items"]} == {"published"}
    assert with_drafts["total"] == 34
    assert with_drafts["next"] == "http://localhost/api/entries?page=2&per_page=20&drafts=1"


def test_scheduled_and_expired_entries_are_in_the_feed_with_their_dates(client: FlaskClient, store: Store) -> None:
    """The reader decides what is visible when; the CMS tells both dates."""
    items = {item["title"]: item for item in feed(client)["items"]}

    assert items["A night at the harbour"]["publish_at"] is not None
    assert items["Storm closes the roof terrace"]["expires_at"] is not None
    assert entry_called(store, "A night at the harbour").status == "published"


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "per_page=101", "per_page=0", "page=\uff11", "page="])
def test_a_page_that_cannot_be_is_a_bad_request(client: FlaskClient, query: str) -> None:
    """400 with the rule in words."""
    answer = client.get(f"/api/entries?{query}", headers=AUTHORIZED)

    assert answer.status_code == 400
    assert answer.json is not None
    assert "whole numbers from 1" in answer.json["message"]


def test_a_page_past_the_end_is_empty(client: FlaskClient) -> None:
    """No items, no next, the true total."""
    assert feed(client, "?page=50") == {"items": [], "total": 32, "next": None}


def test_the_etag_spares_an_unchanged_answer_and_changes_with_an_edit(client: FlaskClient, hours: Entry) -> None:
    """304 without a body until somebody saves."""
    etag = client.get("/api/entries", headers=AUTHORIZED).headers["ETag"]
    asked = {**AUTHORIZED, "If-None-Match": etag}
    unchanged = client.get("/api/entries", headers=asked)
    client.post(f"/entries/{hours.id}/edit", data=form_of(hours, title="Hours of opening"))
    changed = client.get("/api/entries", headers=asked)

    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_text_of_all_scripts_comes_through(client: FlaskClient) -> None:
    """Accents, Chinese and Arabic arrive as they were typed."""
    everything = client.get("/api/entries", headers=AUTHORIZED).text

    for words in ("Tomás Lind", "Café", "欢迎", "أهلاً", "Музей"):
        assert words in everything


def test_an_unknown_api_address_answers_in_json(app: Flask) -> None:
    """Errors under /api/ are never pages."""
    answer = app.test_client().get("/api/nothing")

    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["error"] == "not_found"
