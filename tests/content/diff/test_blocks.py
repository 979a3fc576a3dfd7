"""Lists of JSON blocks."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from deploys.content.diff import BlocksDiff, Limits, compare_blocks, compare_fields
from tests.content.diff.edits import changes


def many(key: str = "id") -> list[dict[str, Any]]:
    """300 paragraphs with names."""
    return [
        {"type": "paragraph", key: f"b{at}", "value": f"<p>Text of paragraph {at} for you</p>"} for at in range(300)
    ]


def edited(blocks: list[dict[str, Any]], key: str = "id") -> list[dict[str, Any]]:
    """One block in front, one changed, one gone, one moved up."""
    new = deepcopy(blocks)
    new.insert(50, new.pop(200))
    del new[100]
    new[250]["value"] = new[250]["value"].replace("Text", "Words")
    new.insert(0, {"type": "heading", key: "new", "value": "Hello"})
    return new


def told(diff: BlocksDiff) -> list[tuple[str, str, int | None, int | None]]:
    """Name, state and places of every block that is not the same."""
    return [(item.key, item.state, item.was_at, item.now_at) for item in diff.items if item.state != "same"]


@pytest.mark.parametrize("key", ["id", "_key", "_uid", "uid"])
def test_four_edits_among_three_hundred_are_four(key: str) -> None:
    """Exactly one added, one moved, one removed, one changed, whatever the name's key."""
    old = many(key)
    diff = compare_blocks(old, edited(old, key))
    assert told(diff) == [
        ("new", "added", None, 1),
        ("b200", "moved", 201, 52),
        ("b99", "removed", 100, None),
        ("b251", "changed", 252, 252),
    ]
    assert (diff.old_count, diff.new_count) == (300, 300)
    changed = next(item for item in diff.items if item.state == "changed")
    assert changed.fields[0].text is not None
    assert changes(changed.fields[0].text) == [("delete", "Text"), ("insert", "Words")]


def test_renewed_names_do_not_matter() -> None:
    """Where every save gives new names, blocks are matched by type and likeness."""
    old = many()
    new = edited(old)
    for at, block in enumerate(new):
        block["id"] = f"renewed{at}"
    assert [(state, was, now) for _, state, was, now in told(compare_blocks(old, new))] == [
        ("added", None, 1),
        ("moved", 201, 52),
        ("removed", 100, None),
        ("changed", 252, 252),
    ]


def test_a_block_that_moved_and_changed_says_both() -> None:
    """It is changed, and marked as moved."""
    old = [{"id": str(at), "text": f"text {at}"} for at in range(5)]
    new = [{"id": "4", "text": "text four"}, *old[:4]]
    first = compare_blocks(old, new).items[0]
    assert (first.state, first.moved, first.was_at, first.now_at) == ("changed", True, 5, 1)


def test_blocks_of_other_types_are_not_matched() -> None:
    """Without names, a heading never became a quotation."""
    diff = compare_blocks([{"type": "heading", "text": "Same words"}], [{"type": "quote", "text": "Same words"}])
    assert [item.state for item in diff.items] == ["removed", "added"]


def test_a_new_type_under_the_same_name_shows() -> None:
    """The type is compared like a field."""
    diff = compare_blocks([{"type": "h", "id": "1", "t": "x"}], [{"type": "q", "id": "1", "t": "x"}])
    assert [(item.state, [field.name for field in item.fields]) for item in diff.items] == [("changed", ["type"])]


def test_nested_blocks_and_wrappers_are_followed() -> None:
    """Editor.js keeps fields in "data"; a StreamField's block may hold blocks."""
    old = [{"id": "a", "type": "list", "data": {"style": "ordered", "items": [{"id": "i1", "text": "one two"}]}}]
    new = [{"id": "a", "type": "list", "data": {"style": "ordered", "items": [{"id": "i1", "text": "one three"}]}}]
    (item,) = compare_blocks(old, new).items
    (field,) = item.fields
    assert (field.name, field.blocks is not None and [inner.state for inner in field.blocks.items]) == (
        "items",
        ["changed"],
    )


def test_a_wrapper_keeps_members_named_like_the_blocks_own() -> None:
    """The name inside "value" is a field, not the block's name."""
    diff = compare_blocks([{"id": "a", "value": {"id": 1}}], [{"id": "a", "value": {"id": 2}}])
    assert [field.name for field in diff.items[0].fields] == ["value.id"]


def test_too_deep_structures_are_shown_as_indented_text() -> None:
    """Below the limit of nesting the JSON itself is compared."""
    old: object = {"leaf": 1}
    new: object = {"leaf": 2}
    for _ in range(4):
        old, new = {"in": old}, {"in": new}
    (field,) = compare_fields({"x": old}, {"x": new}, limits=Limits(max_depth=2)).fields
    while field.blocks is not None:
        (field,) = field.blocks.items[0].fields
    assert field.text is not None
    assert field.text.blocks[0].kind == "pre"
    assert changes(field.text) == [("delete", "1"), ("insert", "2")]


def test_too_many_blocks_are_said_to_be() -> None:
    """The counts are told, the items are not."""
    diff = compare_blocks(many(), many()[1:], limits=Limits(max_blocks=10))
    assert (diff.outcome, diff.items, diff.old_count, diff.new_count) == ("too_large", (), 300, 299)


def test_repeated_names_and_odd_members_are_matched_by_content() -> None:
    """Names that stand twice, plain text and null among blocks do not confuse."""
    old: list[object] = [{"id": "x", "t": "one"}, {"id": "x", "t": "two"}, "plain", None, 7]
    new: list[object] = [{"id": "x", "t": "one"}, {"id": "x", "t": "two"}, "plain", 7]
    assert {item.state for item in compare_blocks(old, new).items} <= {"same", "removed"}


def test_the_answer_survives_json() -> None:
    """Back from plain data it is equal."""
    diff = compare_blocks(many(), edited(many()))
    assert BlocksDiff.from_json(diff.as_json()) == diff


def test_a_word_in_portable_text_is_found() -> None:
    """Spans are blocks within blocks; the word that changed is told through both."""
    old = [
        {"_key": "k", "_type": "block", "children": [{"_key": "s", "_type": "span", "text": "one two", "marks": []}]}
    ]
    new = deepcopy(old)
    new[0]["children"][0]["text"] = "one three"  # type: ignore[index]
    children = compare_blocks(old, new).items[0].fields[0]
    assert children.blocks is not None
    text = children.blocks.items[0].fields[0].text
    assert text is not None
    assert changes(text) == [("delete", "two"), ("insert", "three")]
