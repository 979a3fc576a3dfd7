"""The publish job: releases in a folder that a web server shows, by the publisher's own command."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from publisher import list_releases, status, verify

from .conftest import Museum, Pipeline


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "site" / "live"


def read_marker(target: Path) -> str:
    return str(json.loads((target / "current" / "buildhub.json").read_text())["release"])


def take_news_and_about_back(museum: Museum) -> None:
    """Unpublish ten of thirty-seven pages, none of which another page links to."""
    for entry in museum.store.entries():
        if entry.section in ("news", "about"):
            museum.change(entry.title, status="draft")


def test_the_release_has_the_builds_id_and_the_one_before_stays(
    museum: Museum, pipeline: Pipeline, target: Path
) -> None:
    """Status, marker and list name both builds; what is there is what was published."""
    pipeline.until("publish")
    museum.change("Opening hours", body="Always open.")
    published = pipeline.until("publish", BUILDHUB_BUILD="build-8")

    assert published.code == 0
    assert status(str(target)).release == read_marker(target) == "build-8"
    assert [one.id for one in list_releases(str(target)).releases] == ["build-8", "build-7"]
    assert verify(str(target)).is_as_published


def test_pages_that_are_gone_from_the_site_are_gone_for_visitors(
    museum: Museum, pipeline: Pipeline, target: Path
) -> None:
    """A release is whole: nothing of the one before shines through. The report tells what went, its picture too."""
    pipeline.until("publish")
    museum.change("Our story", status="draft")
    pipeline.until("publish", BUILDHUB_BUILD="build-8")
    report = json.loads((pipeline.folder / "publish.json").read_text())

    assert report["removed"] == ["about/our-story/index.html", "images/night.svg"]
    assert not (target / "current" / "about" / "our-story").exists()
    assert (target / "current" / "about" / "index.html").exists()


def test_a_pipeline_without_a_build_id_publishes_under_the_time(pipeline: Pipeline, target: Path) -> None:
    """Somebody started it by hand in GitLab."""
    del pipeline.variables["BUILDHUB_BUILD"]

    assert pipeline.until("publish").code == 0
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", status(str(target)).release)


def test_much_of_the_site_does_not_vanish_unless_a_person_says_so(
    museum: Museum, pipeline: Pipeline, target: Path
) -> None:
    """Every check passes, then the publisher holds back with its list; BUILDHUB_ANYWAY lets the same build through."""
    pipeline.until("publish")
    take_news_and_about_back(museum)
    held_back = pipeline.until("publish", BUILDHUB_BUILD="build-8")
    report = json.loads((pipeline.folder / "publish.json").read_text())
    shown_meanwhile = read_marker(target)

    assert held_back.code == 3
    assert [(error["class"], error["count"]) for error in held_back.errors] == [("held_back", 10)]
    assert len(report["removed"]) == 10
    assert "about/our-story/index.html" in report["removed"]
    assert shown_meanwhile == "build-7"
    assert pipeline.job("publish", BUILDHUB_BUILD="build-8", BUILDHUB_ANYWAY="1").code == 0
    assert read_marker(target) == "build-8"


def test_an_old_style_sheet_stays_for_open_tabs(pipeline: Pipeline, target: Path) -> None:
    """Its name has a hash in it, as the repository's publisher.toml says."""
    pipeline.until("publish")
    [old] = (target / "current" / "assets").glob("site.*.css")
    style = pipeline.folder / "assets" / "site.css"
    style.write_text(style.read_text(encoding="utf-8") + "\nbody { color: #111 }\n", encoding="utf-8")
    pipeline.until("publish", BUILDHUB_BUILD="build-8")

    assert len(list((target / "current" / "assets").glob("site.*.css"))) == 2
    assert (target / "current" / "assets" / old.name).exists()


def test_a_folder_that_the_first_demonstration_filled_goes_on(pipeline: Pipeline, target: Path) -> None:
    """It kept whole sites in releases/ and a link to one of them; the first publish takes its place."""
    pipeline.until("build")
    earlier = target / "releases" / "20261112T120000000000Z-old"
    shutil.copytree(pipeline.folder / "public", earlier)
    (earlier / "buildhub.json").write_text('{"build": "old", "release": "20261112T120000000000Z-old"}')
    (target / "current").symlink_to("releases/20261112T120000000000Z-old")

    assert pipeline.until("publish").code == 0
    assert status(str(target)).release == read_marker(target) == "build-7"
    assert verify(str(target)).is_as_published
    assert len(list((target / "current").rglob("*.html"))) == 37
