"""Items in the normal form: hostile and odd values, dates, noise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploys.content.canonical import canonical, content_of
from deploys.content.sources.config import HttpJsonConfig
from deploys.content.sources.config_data import config_from
from deploys.content.sources.dates import moment
from deploys.content.sources.errors import SourceRefused
from deploys.content.sources.links import LONGEST_KEY, bounded, link
from deploys.content.sources.mapping import Mapper
from deploys.content.sources.notes import Notes
from deploys.content.sources.types import Entry
from tests.content.sources.answering import Answering, Cms, Reply
from tests.content.sources.reading import config, source

BERLIN = ZoneInfo("Europe/Berlin")
MAPPING = {"key": "id", "title": "title", "url": "url", "edit_url": "edit", "changed_at": "at", "changed_by": "who"}


def mapped(item: Any, **settings: Any) -> Entry:
    entry = Mapper(HttpJsonConfig(url="https://a.example", **{"mapping": MAPPING, **settings}), Notes()).entry(
        item, kind="post"
    )
    assert entry
    return entry


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " \x01javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
    ],
)
def test_addresses_that_could_run_are_left_out(address: str) -> None:
    """They would become links on our pages."""
    assert link(address) is None
    entry = mapped({"id": 1, "url": address, "edit": address})
    assert (entry.url, entry.edit_url) == (None, None)


@pytest.mark.parametrize("address", ["https://a.example/x?y=z#a", "/news/a:b", "news/a", "?page=2", "//a.example/b"])
def test_other_addresses_stay(address: str) -> None:
    """Whole ones and paths."""
    assert link(address) == address


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00+01:00", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("2026-03-01 10:00:00 +0100", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 2, 28, 23, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        (1772359200, datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("1772359200000", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("0000-00-00 00:00:00", None),
        ("next Tuesday", None),
        (True, None),
        ([], None),
        (10**30, None),
    ],
)
def test_dates_as_systems_write_them(value: Any, expected: datetime | None) -> None:
    """Without a zone they are the site's; what is no date is none."""
    assert moment(value, BERLIN) == expected


def test_times_survive_whatever_a_field_holds() -> None:
    """Objects where texts are expected are empty, not crashes."""
    entry = mapped({"id": 7, "title": {"a": 1}, "url": ["x"], "at": {}, "who": None})
    assert (entry.key, entry.title, entry.url, entry.changed_at, entry.changed_by) == ("7", "7", None, None, None)


def test_noise_is_left_out_at_any_depth() -> None:
    """By path from the item, or by name anywhere; what is mapped as it is counts once."""
    item = {"id": 1, "title": "A", "meta": {"seen": 3, "lang": "de"}, "blocks": [{"id": 5, "seen": 1, "text": "x"}]}
    assert mapped(item, noise=("meta.seen", "*.id")).fields == {
        "meta": {"lang": "de"},
        "blocks": [{"seen": 1, "text": "x"}],
    }
    assert mapped(item, fields=("title", "blocks"), noise=("*.id",)).fields == {
        "title": "A",
        "blocks": [{"seen": 1, "text": "x"}],
    }


def test_long_keys_stay_apart() -> None:
    """They fit their column and differ where their ends differ."""
    one, other = bounded("x" * 300 + "a"), bounded("x" * 300 + "b")
    assert one != other
    assert len(one) == len(other) == LONGEST_KEY


def test_odd_letters_can_be_stored(request: pytest.FixtureRequest) -> None:
    """NUL letters and half an emoji arrive as something that a database takes."""
    served: Callable[[Answering], Cms] = request.getfixturevalue("served")
    body = b'{"total": 1, "items": [{"id": "a\\u0000b", "title": "Half \\ud83d", "text": "\\u0000"}]}'
    cms = served(lambda asked: Reply(data=body))
    (entry,) = source(config(cms)).read()
    assert entry.key == "ab"
    assert b"\\u0000" not in canonical(content_of(entry))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
@given(st.dictionaries(st.sampled_from(["id", "title", "url", "edit", "at", "who", "body"]), json_values))
def test_any_item_is_mapped_or_noted(item: dict[str, Any]) -> None:
    """Whatever a CMS answers with, there is an entry or a note, and its content has a canonical form."""
    notes = Notes()
    entry = Mapper(HttpJsonConfig(url="https://a.example", mapping=MAPPING), notes).entry(item, kind="post")
    assert entry or notes.sentences()
    if entry:
        assert canonical(content_of(entry))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "“url” cannot work: it is missing"),
        ({"url": "ftp://a.example", "mapping": {"key": "id"}}, "no http or https address"),
        ({"url": "https://u:p@a.example", "mapping": {"key": "id"}}, "no http or https address"),
        ({"url": "https://a.example", "mapping": {}}, "“key” is missing"),
        ({"url": "https://a.example", "mapping": {"key": "id", "colour": "c"}}, "“colour” is not one of"),
        ({"url": "https://a.example", "mapping": {"key": "id["}}, "no JMESPath"),
        ({"url": "https://a.example", "mapping": {"key": "(" * 3000}}, "too long"),
        ({"url": "https://a.example", "mapping": {"key": "id"}, "paging": {"kind": "cursor"}}, "next is missing"),
        ({"url": "https://a.example", "mapping": {"key": "id"}, "paging": {"size": 0}}, "size is 1 to"),
        ({"url": "https://a.example", "mapping": {"key": "id"}, "timeout": "5"}, "it is a number"),
        ({"url": "https://a.example", "mapping": {"key": "id"}, "deadline": 0}, "above zero"),
        ({"url": "https://a.example", "mapping": {"key": "id"}, "time_zone": "Mars/Base"}, "no time zone"),
        ({"url": "https://a.example", "mapping": {"key": "id"}, "verify": False}, "no such setting"),
    ],
)
def test_settings_that_cannot_work_are_named(data: dict[str, Any], words: str) -> None:
    """The first wrong one, in words, before any request."""
    with pytest.raises(SourceRefused, match=words):
        config_from(data)
