"""The place in line and the expected start in words."""

from __future__ import annotations

import pytest

from deploys.builds.place import Place
from deploys.web import line_words


def place(ahead: int, *, is_next: bool = True, is_shared: bool = False, starts_in: float | None = None) -> Place:
    """A place in line."""
    return Place(ahead=ahead, is_next=is_next, is_shared=is_shared, starts_in=starts_in)


@pytest.mark.parametrize(
    ("given", "mine", "theirs"),
    [
        (place(0), "You are next in line", "A publish is next in line"),
        (place(1), "You are next in line", "A publish is next in line"),
        (place(1, is_next=False), "There is 1 ahead of you", "A publish is in line, 1 goes first"),
        (place(2, is_next=False), "There are 2 ahead of you", "A publish is in line, 2 go first"),
        (None, "Your publish is in line", "A publish is in line"),
    ],
)
def test_the_headline_says_the_place(given: Place | None, mine: str, theirs: str) -> None:
    """To the person who asked, and to others."""
    assert line_words.headline(given, mine=True) == mine
    assert line_words.headline(given, mine=False) == theirs


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (place(0), "It starts in a moment."),
        (place(1, starts_in=20), "It starts in a moment."),
        (place(1, starts_in=80), "It starts in about a minute."),
        (place(1, starts_in=130), "It starts in about 3 minutes."),
        (place(1), "It starts by itself when its turn comes."),
        (
            place(2, is_shared=True, starts_in=170),
            "It starts in about 3 minutes. Another site uses the same build service first.",
        ),
    ],
)
def test_the_start_is_a_number_only_where_it_is_known(given: Place, said: str) -> None:
    """Rounded up, in words."""
    assert line_words.start(given) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (place(1), "Your publish is next in line."),
        (place(1, starts_in=130), "Your publish is next in line; it starts in about 3 minutes."),
        (place(2, is_next=False, starts_in=400), "There are 2 ahead of you. It starts in about 7 minutes."),
    ],
)
def test_behind_a_build_under_way_the_own_place_is_said(given: Place, said: str) -> None:
    """On the card of somebody else's build."""
    assert line_words.behind(given) == said
