"""From a row to its source: kinds, presets, secrets, and what an admin has to allow."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploys.content.connect import source_of
from deploys.content.sources.errors import SourceBlocked, SourceRefused
from deploys.content.sources.git_folder import GitFolderSource
from deploys.content.sources.http_json import HttpJsonSource
from deploys.content.sources.python_class import PythonSource
from deploys.content.trial import try_row
from deploys.models import ContentSource, SourceKind
from tests import scenes
from tests.content.sources.answering import Answering, Asked, Cms, Reply
from tests.content.sources.classes import HERE
from tests.content.sources.conftest import served

__all__ = ["served"]

CUSTOM = {"url": "https://cms.example/entries", "items": "items", "mapping": {"key": "id"}}


def row(**facts: Any) -> ContentSource:
    """A source that is not stored."""
    return ContentSource(**facts)


@pytest.mark.django_db
def test_a_stored_source_is_read_with_its_secrets(served: Callable[[Answering], Cms]) -> None:
    """The secret comes from the encrypted column, the private host from the row."""
    cms = served(lambda asked: Reply(data={"items": [{"id": 1}]}))
    config = {**CUSTOM, "url": f"{cms.url}/entries", "headers": {"Authorization": "Bearer {secret:token}"}}
    stored = ContentSource.objects.create(
        site=scenes.make_site(),
        config=config,
        secrets=json.dumps({"token": "good-token"}),
        allowed_private_hosts=["127.0.0.1"],
    )
    source = source_of(ContentSource.objects.get(pk=stored.pk))
    assert [entry.key for entry in source.read()] == ["1"]
    assert cms.requests[0].headers["authorization"] == "Bearer good-token"


def test_private_hosts_are_blocked_unless_the_row_allows_them(served: Callable[[Answering], Cms]) -> None:
    """Nothing is private by accident."""
    cms = served(lambda asked: Reply(data={"items": []}))
    with pytest.raises(SourceBlocked):
        list(source_of(row(config={**CUSTOM, "url": cms.url})).read())


def test_each_kind_has_its_source(settings: Any, tmp_path: Path) -> None:
    """JSON with and without a preset, Git, Python."""
    settings.CONTENT_CLASSES = [f"{HERE}.Exhibits"]
    settings.CONTENT_FOLDERS = [str(tmp_path)]
    assert isinstance(source_of(row(config=CUSTOM)), HttpJsonSource)
    assert isinstance(source_of(row(preset="wordpress", config={"url": "https://cms.example"})), HttpJsonSource)
    git = row(kind=SourceKind.GIT_FOLDER, config={"location": str(tmp_path / "site")})
    assert isinstance(source_of(git), GitFolderSource)
    python = row(kind=SourceKind.PYTHON, config={"class": f"{HERE}.Exhibits", "options": {"floor": 3}})
    assert isinstance(source_of(python), PythonSource)
    assert [entry.key for entry in source_of(python).read()] == ["3/vase"]


def test_what_was_read_last_is_asked_for_only_if_it_is_there(served: Callable[[Answering], Cms]) -> None:
    """An etag without a state that counts would make an empty site of an unchanged source."""

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match"):
            return Reply(status=304)
        return Reply(data={"items": [{"id": 1}]}, headers={"ETag": '"seven"'})

    cms = served(answer)
    facts: dict[str, Any] = {"config": {**CUSTOM, "url": cms.url}, "allowed_private_hosts": ["127.0.0.1"]}
    first = source_of(row(**facts))
    assert len(list(first.read())) == 1
    assert list(source_of(row(**facts, etag=first.etag, seq=1)).read()) == []
    assert len(list(source_of(row(**facts, etag=first.etag, seq=0)).read())) == 1
    assert len(try_row(row(**facts, etag=first.etag, seq=1)).entries) == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"config": []}, "no object"),
        ({"config": {}}, "“url” cannot work"),
        ({"preset": "nothing", "config": {}}, "no preset"),
        ({"kind": "carrier_pigeon", "config": {}}, "no kind of source"),
        ({"config": CUSTOM, "secrets": "[1]"}, "enter them again"),
        ({"config": CUSTOM, "secrets": "{"}, "enter them again"),
        ({"config": CUSTOM, "allowed_private_hosts": "all"}, "no list of names"),
        ({"kind": SourceKind.PYTHON, "config": {"class": 5}}, "has the settings “class”"),
        ({"kind": SourceKind.PYTHON, "config": {"class": "a.B", "other": 1}}, "has the settings “class”"),
    ],
)
def test_settings_that_cannot_work_are_refused(facts: dict[str, Any], words: str) -> None:
    """In words, before anything is asked."""
    with pytest.raises(SourceRefused, match=words):
        source_of(row(**facts))


def test_a_class_runs_only_if_an_admin_listed_it(settings: Any) -> None:
    """Whoever may edit a source must not run code of their choice."""
    settings.CONTENT_CLASSES = [f"{HERE}.Exhibits"]
    with pytest.raises(SourceBlocked, match="BUILDHUB_CONTENT_CLASSES"):
        source_of(row(kind=SourceKind.PYTHON, config={"class": "subprocess.Popen", "options": {"args": "id"}}))


def test_a_folder_is_read_only_below_those_that_an_admin_listed(settings: Any, tmp_path: Path) -> None:
    """Neither dots nor links lead out of it."""
    allowed, other = tmp_path / "allowed", tmp_path / "other"
    allowed.mkdir()
    other.mkdir()
    (allowed / "link").symlink_to(other)
    settings.CONTENT_FOLDERS = [str(allowed)]
    for location in (other, allowed / "link", allowed / ".." / "other"):
        with pytest.raises(SourceBlocked):
            source_of(row(kind=SourceKind.GIT_FOLDER, config={"location": str(location)}))
