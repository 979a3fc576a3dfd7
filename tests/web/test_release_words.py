"""How much a release changed, in the words of card and lists."""

from __future__ import annotations

from typing import Any

import pytest

from deploys.models import Release
from deploys.web import release_words


def release(**facts: Any) -> Release:
    """A release with a report, not stored."""
    given: dict[str, Any] = {"pages": 257, "pages_changed": 8, "report": {"counts": {"added": 0, "removed": 0}}}
    return Release(**given | facts)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "8 of 257 pages changed"),
        ({"pages_changed": 1}, "1 of 257 pages changed"),
        ({"pages": 1, "pages_changed": 1, "report": {"counts": {"added": 0, "removed": 0}}}, "1 of 1 page changed"),
        ({"pages_changed": 0}, ""),
        ({"pages_changed": None, "pages": None, "report": {}}, ""),
        ({"pages": 57, "pages_changed": 200, "report": {"removed": ["a.html"] * 200}}, "200 of 257 pages changed"),
        (
            {"pages": 57, "pages_changed": 5000, "report": {"removed": ["a.html"] * 2000}},
            "5,000 of 5,000 pages changed",
        ),
    ],
)
def test_changed_pages_are_counted_among_all(facts: dict[str, Any], said: str) -> None:
    """Removed ones are among them; nothing is said where nothing is known."""
    assert release_words.changed(release(**facts)) == said


def test_a_site_that_is_all_new_has_no_number_of_changes() -> None:
    """There was nothing before that could change."""
    first = release(pages=257, pages_changed=257, report={"counts": {"added": 300, "changed": 0, "removed": 0}})
    assert release_words.changed(first) == ""
    rebuilt = release(pages=257, pages_changed=257, report={"counts": {"added": 0, "changed": 257, "removed": 0}})
    assert release_words.changed(rebuilt) == "257 of 257 pages changed"


def test_nothing_is_said_without_a_release() -> None:
    """A build that never reached the host."""
    assert release_words.changed(None) == release_words.it_changed(None) == release_words.pages(None) == ""
