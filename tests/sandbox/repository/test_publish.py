"""Publishing into a folder: in one step, with the last releases kept."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.repository.builder.publish import KEPT_RELEASES, publish

AT = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "public"
    (folder / "visit").mkdir(parents=True)
    (folder / "index.html").write_text("one")
    (folder / "visit" / "index.html").write_text("one")
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "live"


def test_the_proof_names_build_release_time_and_pages(site: Path, target: Path) -> None:
    """It stands at the root of what visitors see."""
    release = publish(site, target, build="b/1", at=AT)

    assert release == "20261112T120000000000Z-b-1"
    assert json.loads((target / "current" / "buildhub.json").read_text()) == {
        "build": "b/1",
        "release": release,
        "published_at": "2026-11-12T12:00:00+00:00",
        "pages": 2,
    }


def test_pages_that_are_gone_from_the_site_are_gone_for_visitors(site: Path, target: Path) -> None:
    """A release is whole: nothing of the one before shines through."""
    publish(site, target, build="1", at=AT)
    (site / "visit" / "index.html").unlink()
    publish(site, target, build="2", at=AT + timedelta(minutes=1))

    assert not (target / "current" / "visit" / "index.html").exists()
    assert (target / "current" / "index.html").read_text() == "one"


def test_the_last_five_releases_are_kept(site: Path, target: Path) -> None:
    """Older ones go, the newest is shown."""
    names = [publish(site, target, build=str(n), at=AT + timedelta(minutes=n)) for n in range(8)]

    assert sorted(folder.name for folder in (target / "releases").iterdir()) == names[-KEPT_RELEASES:]
    assert (target / "current").resolve().name == names[-1]


def test_a_release_that_was_left_unfinished_is_swept_and_never_shown(site: Path, target: Path) -> None:
    """What a killed job left behind is gone after the next publish."""
    leftover = target / "releases" / ".unfinished-20261112T110000000000Z-b0"
    leftover.mkdir(parents=True)
    (target / ".current-next").symlink_to("releases/nowhere")
    release = publish(site, target, build="1", at=AT)

    assert [folder.name for folder in (target / "releases").iterdir()] == [release]
    assert (target / "current").readlink() == Path("releases") / release


def test_a_reader_never_sees_half_a_site(site: Path, target: Path) -> None:
    """While three releases go live, every look finds the proof and two pages of one release."""
    publish(site, target, build="0", at=AT)
    looks: list[set[str]] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            release = (target / "current").resolve(strict=True)
            build = json.loads((release / "buildhub.json").read_text())["build"]
            looks.append({build, (release / "index.html").read_text(), (release / "visit/index.html").read_text()})

    reader = threading.Thread(target=look)
    (site / "index.html").write_text("0")
    (site / "visit" / "index.html").write_text("0")
    publish(site, target, build="0", at=AT + timedelta(seconds=1))
    reader.start()
    for number in range(1, 4):
        (site / "index.html").write_text(str(number))
        (site / "visit" / "index.html").write_text(str(number))
        publish(site, target, build=str(number), at=AT + timedelta(minutes=number))
    done.set()
    reader.join()

    assert looks
    assert all(len(look) == 1 for look in looks)
