"""Deleting a preview really deletes it, and a failure is tried again and told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.utils.timezone import now

import publisher
from deploys.models import Preview, Proof, Release
from deploys.releases import actions, expiry, steps
from tests import scenes
from tests.preview_scenes import make_preview, make_preview_place

pytestmark = pytest.mark.django_db


@pytest.fixture
def preview(tmp_path: Path) -> Preview:
    """A preview that its pipeline has put into a folder, beside another one; nobody has looked yet."""
    site = scenes.make_site()
    make_preview_place(site, target=str(tmp_path / "previews"))
    found = make_preview(site, release=False)
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "index.html").write_text("A draft")
    for target in (found.target, str(tmp_path / "previews" / "b1-another0another")):
        publisher.publish(dist, target, release=str(found.build.key), options=publisher.Options(marker="buildhub.json"))
    actions.record(found.build)
    return found


def test_it_is_proved_at_its_own_address(preview: Preview) -> None:
    """By its marker and its pages, with the report that its pipeline left."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url.copy_with(query=None)))
        file = Path(preview.target, "current", request.url.path.rpartition("/")[2] or "index.html")
        return httpx.Response(200, content=file.read_bytes())

    release = Release.objects.get()
    steps.confirm(release, httpx.MockTransport(answer))
    release.refresh_from_db()
    assert (release.proof, release.pages) == (Proof.MARKER, 1)
    assert asked == [preview.marker_url, preview.url]


def test_everything_of_it_is_gone(preview: Preview, tmp_path: Path) -> None:
    """Its folder, and nothing beside it."""
    Preview.objects.update(expires_at=now())
    expiry.delete(Preview.objects.get())
    assert [folder.name for folder in (tmp_path / "previews").iterdir()] == ["b1-another0another"]
    preview.refresh_from_db()
    assert preview.deleted_at is not None
    assert preview.build.events.latest("pk").note == "The preview was deleted from the web host: its time was over"
    assert not Preview.objects.to_delete().exists()


def test_what_cannot_be_deleted_is_tried_again_and_told_once(preview: Preview, tmp_path: Path) -> None:
    """Here somebody took the publisher's records away, so that it does not touch what it cannot know."""
    pointer = Path(preview.target, ".releases", "current.json")
    kept = pointer.read_bytes()
    pointer.unlink()
    for _ in range(2):
        expiry.delete(Preview.objects.get())
    preview.refresh_from_db()
    assert (preview.deleted_at, preview.tries) == (None, 2)
    assert "did not put there" in preview.trouble
    assert preview.next_try_at is not None and preview.next_try_at > now() + timedelta(seconds=60)
    assert preview.build.events.filter(note__contains="could not be deleted yet").count() == 1
    pointer.write_bytes(kept)
    expiry.delete(Preview.objects.get())
    preview.refresh_from_db()
    assert (preview.deleted_at is not None, preview.trouble) == (True, "")


def test_one_that_never_reached_the_host_needs_nothing(tmp_path: Path) -> None:
    """Its time is over all the same."""
    site = scenes.make_site()
    make_preview_place(site, target=str(tmp_path / "previews"))
    preview = make_preview(site, release=False)
    expiry.delete(preview)
    preview.refresh_from_db()
    assert preview.deleted_at is not None


def test_one_that_came_back_is_deleted_again(preview: Preview) -> None:
    """Somebody ran its pipeline again in GitLab."""
    Preview.objects.update(expires_at=now(), deleted_at=now())
    actions.record(preview.build)
    assert list(Preview.objects.to_delete()) == [preview]
