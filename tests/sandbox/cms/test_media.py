"""The media library."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from flask.testing import FlaskClient

from sandbox.cms.store import Store

from .conftest import entry_called


def test_every_image_of_the_library_is_a_well_formed_svg(client: FlaskClient, store: Store) -> None:
    """Served with its type, and under a policy that lets nothing in it run."""
    for image in store.images():
        answer = client.get(f"/api/media/{image.name}")

        assert answer.mimetype == "image/svg+xml"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert ET.fromstring(answer.data).tag.endswith("svg")
        answer.close()


def test_every_image_that_an_entry_uses_is_in_the_library(store: Store) -> None:
    """The seed has no broken image."""
    names = {image.name for image in store.images()}

    assert {entry.image for entry in store.entries() if entry.image} <= names


def test_a_deleted_image_is_gone_for_builds_and_says_who_did_it(client: FlaskClient, store: Store) -> None:
    """404 in JSON with the person and the time; the page names what still uses it and offers Undo."""
    client.post("/editor", data={"editor": "Tomás Lind"})
    deleted = client.post("/media/tide-pool.svg/delete")
    page = client.get(deleted.location).text
    answer = client.get("/api/media/tide-pool.svg")

    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["deleted_by"] == "Tomás Lind"
    assert answer.json["deleted_at"].endswith("Z")
    assert "It is still used by" in page
    assert 'action="/media/tide-pool.svg/restore"' in page
    assert "Its image tide-pool.svg was deleted" in client.get("/").text


def test_the_entry_of_a_deleted_image_shows_what_is_missing(client: FlaskClient, store: Store) -> None:
    """The editor sees the lost name among the choices, marked as deleted."""
    client.post("/media/tide-pool.svg/delete")
    entry = entry_called(store, "The tide pool")

    assert "pick__one--gone" in client.get(f"/entries/{entry.id}/edit").text


def test_undo_brings_the_image_back(client: FlaskClient) -> None:
    """The file is served again."""
    client.post("/media/lens.svg/delete")
    client.post("/media/lens.svg/restore")

    with client.get("/api/media/lens.svg") as answer:
        assert answer.status_code == 200


@pytest.mark.parametrize("name", ["nothing.svg", "..%2f..%2fapp.py", "%2e%2e/app.py", "..%5capp.py"])
def test_only_names_of_the_library_are_served(client: FlaskClient, name: str) -> None:
    """Any other name is a 404, whatever path it tries."""
    assert client.get(f"/api/media/{name}").status_code == 404


@pytest.mark.parametrize("verb", ["delete", "restore"])
def test_an_unknown_image_cannot_be_moved(client: FlaskClient, verb: str) -> None:
    """404, no new row."""
    assert client.post(f"/media/nothing.svg/{verb}").status_code == 404
