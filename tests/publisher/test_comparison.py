"""What differs, in which order it goes, and what is held back."""

from __future__ import annotations

import pytest

from publisher.comparison import DAY, FRONT, HASHED, INDEXES, OTHER, PAGES, compare, guard, wave_of
from publisher.contract import Kind
from publisher.model import File, Headers, Leaving
from publisher.rules import Rules

PLAIN = Headers("text/plain", "no-cache")
RULES = Rules()


def file(content: str, headers: Headers = PLAIN) -> File:
    """A file whose hash is its content."""
    return File(content, len(content), headers)


@pytest.mark.parametrize(
    ("path", "wave"),
    [
        ("_astro/app.Bx3f9A2c.js", HASHED),
        ("_astro/app.js", OTHER),
        ("images/boat.webp", OTHER),
        ("about/index.html", PAGES),
        ("sitemap-0.xml", INDEXES),
        ("blog/rss.xml", INDEXES),
        ("index.html", FRONT),
        ("release.json", FRONT),
    ],
)
def test_what_a_page_needs_is_there_before_it(path: str, wave: int) -> None:
    """And what leads to a page comes after it."""
    assert wave_of(path, RULES, "release.json") == wave


def test_content_and_headers_are_compared() -> None:
    """The same content with other headers is a change of its own kind."""
    there = {"same": file("a"), "other": file("a"), "served": file("a")}
    wanted = {"same": file("a"), "other": file("b"), "served": file("a", Headers("text/css", "")), "new": file("c")}
    found = compare(wanted, there=there, leaving={}, uncertain=(), rules=RULES, now=0)
    assert {step.path: step.kind for step in found.steps} == {
        "other": Kind.CONTENT,
        "served": Kind.HEADERS,
        "new": Kind.ADDED,
    }
    assert found.stale == ("other", "served")


def test_an_unknown_content_is_sent() -> None:
    """It may be anything."""
    there = {"page": File("", 1, PLAIN)}
    found = compare({"page": file("")}, there=there, leaving={}, uncertain=(), rules=RULES, now=0)
    assert found.of(Kind.CONTENT) == ("page",)


def test_hashed_assets_stay_for_their_days() -> None:
    """From the day on which no build named them any more."""
    path, other = "_astro/a.Bx3f9A2c.css", "_astro/b.Bx3f9A2c.css"
    leaving = {other: Leaving(file("b"), 0)}
    soon = compare({}, there={path: file("a")}, leaving=leaving, uncertain=(), rules=RULES, now=DAY)
    assert (soon.leaving[path].since, dict(soon.gone)) == (DAY, {})
    later = compare({}, there={}, leaving=soon.leaving, uncertain=(), rules=RULES, now=14 * DAY)
    assert (set(later.gone), set(later.leaving)) == ({other}, {path})
    assert later.stale == ()


def test_what_a_broken_run_may_have_touched_is_stale() -> None:
    """Whatever stands there now."""
    there = {"page.html": file("a")}
    found = compare(there, there=there, leaving={}, uncertain=["page.html"], rules=RULES, now=0)
    assert (found.steps, found.stale) == ((), ("page.html",))


@pytest.mark.parametrize(("lost", "held"), [(2, False), (3, True), (10, True)])
def test_more_than_a_fifth_of_the_pages_is_held_back(lost: int, held: bool) -> None:
    """Exactly a fifth is not."""
    there = {f"{number}.html": file("a") for number in range(10)}
    wanted = {path: one for number, (path, one) in enumerate(there.items()) if number >= lost}
    found = compare(wanted, there=there, leaving={}, uncertain=(), rules=RULES, now=0)
    assert bool(guard(found, RULES)) is held
    assert len(found.pages_gone) == lost


def test_other_files_may_go_freely() -> None:
    """The guard counts pages."""
    there = {f"{number}.txt": file("a") for number in range(10)}
    assert not guard(compare({}, there=there, leaving={}, uncertain=(), rules=RULES, now=0), RULES)
