"""Counts, sizes and short times in words."""

from __future__ import annotations

import pytest

from deploys.web.figures import grouped, short_duration, size


def test_counts_have_separators() -> None:
    """From a thousand on."""
    assert [grouped(999), grouped(1400), grouped(2_500_000)] == ["999", "1,400", "2,500,000"]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (14_200, "14.2 kB"),
        (999_949, "999.9 kB"),
        (1_580_000, "1.6 MB"),
        (999_951, "1.0 MB"),
        (12_400_000, "12.4 MB"),
        (45_000_000_000, "45.0 GB"),
        (2_000_000_000_000, "2,000.0 GB"),
    ],
)
def test_sizes_have_the_unit_that_fits(count: int, said: str) -> None:
    """In steps of a thousand, one digit after the point."""
    assert size(count) == said


@pytest.mark.parametrize(("seconds", "said"), [(0.04, "0.0 s"), (2.13, "2.1 s"), (34.4, "34 s"), (248, "4 min 8 s")])
def test_short_times_keep_a_tenth(seconds: float, said: str) -> None:
    """What takes longer than ten seconds needs none."""
    assert short_duration(seconds) == said
