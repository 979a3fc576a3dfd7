"""What a job says of its progress in its log."""

from __future__ import annotations

import pytest

from deploys.builds.steps.progress import last_told


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ('buildhub:progress {"step": "building", "done": 312, "total": 486}\n', {"done": 312, "total": 486}),
        ('00:01 buildhub:progress {"done": 1, "total": 2}\r\n[build] page 2\n', {"done": 1, "total": 2}),
        ('buildhub:progress {"done": 1, "total": 2}\nbuildhub:progress {"done": 2, "total"\n', {"done": 1, "total": 2}),
        ('buildhub:progress {"done": 3, "total": 2}\n', {}),
        ('buildhub:progress {"done": -1, "total": 2}\n', {}),
        ('buildhub:progress {"done": 0, "total": 0}\n', {}),
        ('buildhub:progress {"done": true, "total": 2}\n', {}),
        ('buildhub:progress {"done": "1", "total": "2"}\n', {}),
        ('buildhub:progress {"done": 1, "total": 99999999}\n', {}),
        ("[build] 312 of 486 pages\n", {}),
        ("", {}),
    ],
)
def test_the_last_well_formed_line_counts(log: str, expected: dict[str, int]) -> None:
    """Anything else is as if the job had said nothing."""
    assert last_told(log) == expected
