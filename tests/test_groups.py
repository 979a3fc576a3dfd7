"""How the tests are spread over processes."""

from __future__ import annotations

import pytest


def test_tests_that_share_a_world_stay_together(request: pytest.FixtureRequest) -> None:
    """With a pytest that makes xdist forget the groups each process starts every world, and all takes twice as long."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@tests/test_groups.py")
    assert [mark.args for mark in request.node.iter_markers("xdist_group")] == [("tests/test_groups.py",)]
