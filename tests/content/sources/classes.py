"""Classes as a team could write them: good ones and others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

HERE = "tests.content.sources.classes"


class Exhibits:
    """Gives mappings of the normal form."""

    def __init__(self, *, floor: int = 1) -> None:
        self.floor = floor

    def read_entries(self) -> Iterator[dict[str, Any]]:
        yield {
            "key": f"{self.floor}/vase",
            "kind": "exhibit",
            "title": " A   vase ",
            "url": "/vase/",
            "publish_at": date(2026, 3, 1),
            "changed_at": "some day",
            "fields": {"price": Decimal("9.50"), "since": date(1900, 1, 1), "tags": ("a", "b")},
        }


class Gives:
    """Gives one thing, whatever it is."""

    def __init__(self, *, thing: Any) -> None:
        self.thing = thing

    def read_entries(self) -> Iterator[Any]:
        yield self.thing


class Breaks:
    """Ends in the middle."""

    def read_entries(self) -> Iterator[dict[str, Any]]:
        yield {"key": "1"}
        raise RuntimeError("the archive is closed")


class Mute:
    """Has nothing to read."""
