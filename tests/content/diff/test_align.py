"""Edits between two sequences."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from deploys.content.diff.align import Edit, align, rising
from deploys.content.diff.cleanup import join_near, slide
from deploys.content.diff.limits import Clock, Limits

TOKENS = st.lists(st.sampled_from(["a", "b", "c", " ", "long", ".", "\n\n"]), max_size=60)


def applied(edits: list[Edit], old: list[str], new: list[str]) -> list[str]:
    """The old sequence with the edits made."""
    made: list[str] = []
    at = 0
    for edit in edits:
        made += old[at : edit.old_from] + new[edit.new_from : edit.new_to]
        at = edit.old_to
    return made + old[at:]


@given(TOKENS, TOKENS, st.sampled_from([4, 16, 4_000]))
def test_edits_turn_the_old_into_the_new(old: list[str], new: list[str], region: int) -> None:
    """However small the regions, and also after joining and sliding."""
    edits = align(old, new, Limits(region_tokens=region), Clock(60))
    assert applied(edits, old, new) == new
    edits = join_near(edits, old, new, 4)
    assert applied(edits, old, new) == new
    edits = slide(edits, old, new)
    assert applied(edits, old, new) == new
    assert all(before.old_to < after.old_from for before, after in pairwise(edits))


@given(st.lists(st.integers(0, 50), unique=True))
def test_the_rising_run_rises_and_is_longest(numbers: list[int]) -> None:
    """Compared with the plain way of finding its length."""
    run = [numbers[at] for at in rising(numbers)]
    assert run == sorted(run)
    best = [1] * len(numbers)
    for at, number in enumerate(numbers):
        best[at] += max((best[before] for before in range(at) if numbers[before] < number), default=0)
    assert len(run) == max(best, default=0)
