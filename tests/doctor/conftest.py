"""The set-up where everything is right, anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doctor.world import World, everything_right


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Our stacks in an account of moto's."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with everything_right() as made:
        yield made
