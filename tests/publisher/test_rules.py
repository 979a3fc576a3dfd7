"""Headers, names with hashes, and the rules file of a site."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import Refused
from publisher.media_types import media_type
from publisher.rules import IMMUTABLE, Rules, parse, read_rules


@pytest.mark.parametrize(
    ("path", "hashed"),
    [
        ("_astro/index.Bx3f9A2c.css", True),
        ("_astro/photo.DkQz1a2B_Z1abcd.webp", True),
        ("_astro/client.js", False),
        ("_astro/readme.md.html", False),
        ("assets/index.Bx3f9A2c.css", False),
    ],
)
def test_only_names_that_change_with_the_content_are_immutable(path: str, hashed: bool) -> None:
    """A file without a hash would be stuck in browsers for a year."""
    assert Rules().is_hashed(path) is hashed
    assert (Rules().headers_of(path, behind_cdn=False).cache_control == IMMUTABLE) is hashed


def test_other_builders_name_their_own_assets() -> None:
    """By patterns; Astro's are then no longer assumed."""
    rules = parse({"hashed": ["assets/*"]})
    assert rules.is_hashed("assets/app-1a2b.js")
    assert not rules.is_hashed("_astro/index.Bx3f9A2c.css")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/index.html", "text/html; charset=utf-8"),
        ("site.webmanifest", "application/manifest+json; charset=utf-8"),
        ("font.woff2", "font/woff2"),
        ("PHOTO.JPG", "image/jpeg"),
        ("sitemap-0.xml", "application/xml; charset=utf-8"),
        ("CNAME", "application/octet-stream"),
    ],
)
def test_types_do_not_depend_on_the_machine(path: str, expected: str) -> None:
    """A slim image knows neither woff2 nor webp."""
    assert media_type(path) == expected


def test_the_last_rule_that_matches_wins(tmp_path: Path) -> None:
    """And leaves what it does not name."""
    file = tmp_path / "publisher.toml"
    file.write_text(
        'foreign = ["media/"]\n[[headers]]\nmatch = "*.pdf"\ncache_control = "public, max-age=60"\n'
        '[[headers]]\nmatch = "docs/*"\ncontent_type = "application/x-pdf"\n'
    )
    headers = read_rules(None, folder=tmp_path).headers_of("docs/a.pdf", behind_cdn=False)
    assert (headers.cache_control, headers.content_type) == ("public, max-age=60", "application/x-pdf")
    assert read_rules(file).is_foreign("media/film.mp4")


def test_a_json_file_does_as_well(tmp_path: Path) -> None:
    """The same names."""
    (tmp_path / "publisher.json").write_text('{"keep_hashed_days": 3}')
    assert read_rules(None, folder=tmp_path).keep_hashed_days == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("keep_hashed_days = -1", "number from 0"),
        ("foreign = 'media/'", "list of texts"),
        ("[[headers]]\nmatch = '*'\nexpires = 1", "expires"),
        ('[[headers]]\nmatch = "*"\ncache_control = "a\\nb"', "one line"),
        ("not toml", "cannot be used"),
    ],
)
def test_a_rule_that_makes_no_sense_is_named(tmp_path: Path, text: str, words: str) -> None:
    """Before anything is read or sent."""
    (tmp_path / "publisher.toml").write_text(text)
    with pytest.raises(Refused, match=words):
        read_rules(None, folder=tmp_path)
