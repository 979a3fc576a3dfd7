"""Entries from a Python class, and what is said when it does not work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from deploys.content.sources.errors import ErrorClass, SourceRefused
from deploys.content.sources.python_class import PythonSource
from tests.content.sources.classes import HERE


def test_a_class_gives_mappings_of_the_normal_form() -> None:
    """Options reach it; dates and numbers become what JSON knows; odd dates are noted."""
    source = PythonSource(f"{HERE}.Exhibits", {"floor": 2}, time_zone="Europe/Berlin")
    (entry,) = source.read()
    assert (entry.key, entry.kind, entry.title, entry.status) == ("2/vase", "exhibit", "A vase", "live")
    assert entry.publish_at == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert entry.fields == {"price": "9.50", "since": "1900-01-01", "tags": ["a", "b"]}
    assert (source.total, source.is_complete) == (1, True)
    assert source.warnings == ["1 values for “changed_at” are no dates (some day)."]


@pytest.mark.parametrize(
    ("path", "options", "words"),
    [
        ("nowhere.at.All", {}, "cannot be imported"),
        (f"{HERE}.Missing", {}, "cannot be imported"),
        ("Exhibits", {}, "cannot be imported"),
        (f"{HERE}.Mute", {}, r"no read_entries\(\)"),
        (f"{HERE}.Exhibits", {"ceiling": 1}, "TypeError"),
        (f"{HERE}.Breaks", {}, "RuntimeError.*the archive is closed"),
        (f"{HERE}.Gives", {"thing": 7}, "gives a int where an entry is expected"),
        (f"{HERE}.Gives", {"thing": {"id": 1}}, "its entries have “id”; known are key, kind"),
        (f"{HERE}.Gives", {"thing": {"title": "x"}}, "has no key"),
        (f"{HERE}.Gives", {"thing": {"key": "x", "fields": 7}}, "fields of the entry “x”"),
    ],
)
def test_a_class_that_does_not_work_is_told_in_words(path: str, options: dict[str, Any], words: str) -> None:
    """Its own error included; the reading does not count."""
    source = PythonSource(path, options)
    with pytest.raises(SourceRefused, match=words) as failed:
        list(source.read())
    assert failed.value.error_class == ErrorClass.ADAPTER_FAILED
    assert not source.is_complete
