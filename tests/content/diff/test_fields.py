"""Entries compared field by field."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploys.content.diff import EntryDiff, FieldKind, Limits, compare_fields, guess_kind
from tests.content.diff.edits import changes

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)),
    max_leaves=12,
)
ENTRY = st.one_of(st.none(), st.dictionaries(st.sampled_from(["title", "body", "tags", "image", "x"]), JSON))


def test_fields_come_in_reading_order() -> None:
    """Title, summary, body, pictures, other fields, dates, whatever the order in the data."""
    new = {
        "date": "2024-05-02",
        "zone": 3,
        "hero": "/b.jpg",
        "body": "new text",
        "excerpt": "short",
        "title": "T",
        "author": "Ana",
    }
    names = [field.name for field in compare_fields({}, new).fields]
    assert names == ["title", "excerpt", "body", "hero", "author", "zone", "date"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, ""),
        (None, []),
        ("", {}),
        (" a  b\n", "a b"),
        ([""], None),
        ({"a": None}, {"a": ""}),
        (1, 1.0),
        ("cafe\u0301", "caf\u00e9"),
        ('<p class="a" id="b">&eacute;</p>', '<p id="b" class="a">é</p>'),
        ("2020-01-01T10:00:00Z", "2020-01-01T11:00:00+01:00"),
        ([{"id": "1", "t": "x"}], [{"id": "2", "t": "x"}]),
    ],
)
def test_what_nobody_can_see_is_noise(old: object, new: object) -> None:
    """No field is told, the entry is marked as noise; asked for technical changes, it is told with quotes."""
    assert compare_fields({"f": old}, {"f": new}) == EntryDiff(fields=(), noise=True)
    (field,) = compare_fields({"f": old}, {"f": new}, technical=True).fields
    assert field.state == "technical"
    assert [op.kind for op in field.ops] == ["delete", "insert"]


def test_a_missing_field_is_technical_too() -> None:
    """Empty against missing is told as such, and counts for nothing."""
    diff = compare_fields({"image": ""}, {}, technical=True)
    assert [op.text for op in diff.fields[0].ops] == ['""', "missing"]
    assert (diff.noise, diff.hunks) == (True, 0)


def test_equal_entries_are_not_even_noise() -> None:
    """Nothing differs, nothing is said."""
    assert compare_fields({"a": [1, {"b": "c"}]}, {"a": [1, {"b": "c"}]}) == EntryDiff(fields=(), noise=False)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (4.5, 5, [("delete", "4.5"), ("insert", "5")]),
        (True, False, [("delete", "yes"), ("insert", "no")]),
        (None, False, [("insert", "no")]),
        ("2024-01-01", "2024-01-02", [("delete", "2024-01-01"), ("insert", "2024-01-02")]),
        (
            "https://a.example/x",
            "https://a.example/y",
            [("delete", "https://a.example/x"), ("insert", "https://a.example/y")],
        ),
        ("/a.jpg", "/b.jpg", [("delete", "/a.jpg"), ("insert", "/b.jpg")]),
        (
            {"url": "/a.jpg", "alt": "A"},
            {"url": "/a.jpg", "alt": "B"},
            [("delete", "A (/a.jpg)"), ("insert", "B (/a.jpg)")],
        ),
        (["a", "b"], ["a", "c"], [("same", "a"), ("delete", "b"), ("insert", "c")]),
        (["Shop", "Learn"], ["Learn", "Shop"], [("moved", "Learn"), ("same", "Shop")]),
    ],
)
def test_values_are_told_whole(old: object, new: object, expected: list[tuple[str, str]]) -> None:
    """Numbers, answers, dates, addresses, pictures and list items go from old to new, not letter by letter."""
    (field,) = compare_fields({"f": old}, {"f": new}).fields
    assert [(op.kind, op.text) for op in field.ops] == expected


def test_a_picture_that_differs_in_hidden_members_goes_field_by_field() -> None:
    """Same text and address, other width: the width is told."""
    (field,) = compare_fields({"f": {"url": "/a.jpg", "width": 10}}, {"f": {"url": "/a.jpg", "width": 20}}).fields
    assert field.blocks is not None
    assert [inner.name for inner in field.blocks.items[0].fields] == ["width"]


def test_new_and_gone_entries_tell_all_their_fields() -> None:
    """Every field with content is added, or removed."""
    entry = {"title": "One two", "body": "Three", "empty": ""}
    added, removed = compare_fields(None, entry), compare_fields(entry, None)
    assert [(field.name, field.state) for field in added.fields] == [("title", "added"), ("body", "added")]
    assert (added.words_added, added.words_removed) == (3, 0)
    assert [(field.name, field.state) for field in removed.fields] == [("title", "removed"), ("body", "removed")]
    assert (removed.words_added, removed.words_removed) == (0, 3)


def test_the_named_kind_wins() -> None:
    """A field declared as HTML is read as HTML."""
    (field,) = compare_fields({"f": "a &amp; b"}, {"f": "a & c"}, kinds={"f": FieldKind.HTML}).fields
    assert field.text is not None
    assert changes(field.text) == [("delete", "b"), ("insert", "c")]


def test_changed_markup_without_words_is_a_change() -> None:
    """It is told as one place, with no words."""
    diff = compare_fields({"body": "<p>x</p>"}, {"body": "<p onclick=y>x</p>"})
    assert diff.fields[0].text is not None
    assert diff.fields[0].text.outcome == "markup_only"
    assert (diff.hunks, diff.words_added, diff.noise) == (1, 0, False)


def test_absurd_nesting_is_said_to_be_too_large() -> None:
    """5,000 levels neither raise nor hang."""
    deep: object = 1
    for _ in range(5_000):
        deep = {"a": deep}
    (field,) = compare_fields({"f": deep}, {"f": {"a": 2}}).fields
    assert field.blocks is not None
    assert field.blocks.outcome == "too_large"


def test_the_time_of_an_entry_is_limited() -> None:
    """When it is over, text comes whole."""
    (field,) = compare_fields({"f": "a b"}, {"f": "a c"}, limits=Limits(entry_seconds=-1)).fields
    assert field.text is not None
    assert field.text.outcome == "too_large"


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("body", "<p>Hi</p>", FieldKind.HTML),
        ("body", "Some **bold**\n\ntext with <br>", FieldKind.MARKDOWN),
        ("body", "one\n\ntwo", FieldKind.MARKDOWN),
        ("intro", "a line <em>with</em> a tag", FieldKind.HTML),
        ("title", "5 < 6 and 7 > 3", FieldKind.PLAIN),
        ("x", "2024-01-01T10:00:00Z", FieldKind.DATE),
        ("x", "/blog/post", FieldKind.URL),
        ("x", "https://a.example/i.PNG?w=1", FieldKind.IMAGE),
        ("x", [{"url": "/a.jpg", "alt": ""}], FieldKind.IMAGE),
        ("x", {"a": 1}, FieldKind.BLOCKS),
        ("x", [{"a": 1}], FieldKind.BLOCKS),
        ("x", ["a", 1], FieldKind.LIST),
        ("x", False, FieldKind.BOOLEAN),
        ("x", 3, FieldKind.SCALAR),
        ("x", None, FieldKind.PLAIN),
    ],
)
def test_kinds_are_guessed(name: str, value: object, kind: FieldKind) -> None:
    """From the value, also when it stands on one side only."""
    assert guess_kind(name, None, value) == kind
    assert guess_kind(name, value, None) == kind


@settings(deadline=None, max_examples=100)
@given(ENTRY, ENTRY, st.booleans())
def test_any_two_entries_give_an_answer(
    old: dict[str, object] | None, new: dict[str, object] | None, technical: bool
) -> None:
    """Never an exception, and the answer survives JSON."""
    diff = compare_fields(old, new, technical=technical)
    assert EntryDiff.from_json(orjson.loads(orjson.dumps(diff.as_json()))) == diff


@pytest.mark.parametrize(
    ("name", "label"), [("shortDescription", "Short description"), ("seo_title", "Seo title"), ("URL", "URL")]
)
def test_names_become_labels(name: str, label: str) -> None:
    """The words of a field's name, as a person would write them."""
    assert compare_fields({}, {name: "x"}).fields[0].label == label
