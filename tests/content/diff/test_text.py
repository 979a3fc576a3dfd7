"""Plain text and Markdown, limits, and the two sides that come back from every comparison."""

from __future__ import annotations

import random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploys.content.diff import FieldKind, Limits, TextDiff, compare_text
from deploys.content.diff.tokens import clean
from tests.content.diff.edits import HISTORY, changes, ops, real_edits, states, words_only

PLAIN, MARKDOWN = FieldKind.PLAIN, FieldKind.MARKDOWN
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet=st.characters(codec=None)),
    st.lists(
        st.sampled_from(
            ["one", "two", "three", " ", "\n", "\n\n", ". ", "👩‍👧", "e\u0301", "漢", "# ", "- ", "```\n", "> ", "|"]
        )
    ).map("".join),
)


@settings(deadline=None, max_examples=100)
@given(TEXTS, TEXTS, st.sampled_from([PLAIN, MARKDOWN]))
def test_both_sides_come_back(old: str, new: str, kind: FieldKind) -> None:
    """Accepting gives the new text and rejecting the old, up to white space, and the answer survives JSON."""
    diff = compare_text(old, new, kind=kind)
    assert words_only(diff.old_text()) == words_only(clean(old))
    assert words_only(diff.new_text()) == words_only(clean(new))
    assert TextDiff.from_json(orjson.loads(orjson.dumps(diff.as_json()))) == diff


@settings(deadline=None)
@given(TEXTS)
def test_a_text_is_equal_to_itself(text: str) -> None:
    """Nothing changed, nothing counts."""
    diff = compare_text(text, text, kind=MARKDOWN)
    assert not diff.changed
    assert diff.counts.hunks == 0


@settings(deadline=None)
@given(st.text(alphabet="ab \u0301\u200d👩👧🏽🇵🇹か\u3099"), st.text(alphabet="ab \u0301\u200d👩👧🏽🇵🇹か\u3099"))
def test_no_op_cuts_a_written_character(old: str, new: str) -> None:
    """On each side, where an op ends a written character ends."""
    regex = pytest.importorskip("regex")
    for block in compare_text(old, new).blocks:
        for dropped in ("insert", "delete"):
            side = [op.text for op in block.ops if op.kind != dropped]
            borders = {match.end() for match in regex.finditer(r"\X", "".join(side))}
            at = 0
            for text in side:
                at += len(text)
                assert at in borders


MARKDOWN_TEXT = """# Opening hours

We are open
every day.

- Monday
- Tuesday
  until late

> Quoted
> text

| Day | Price |
| --- | ----- |

```
keep   this
```
![Cat](cat.jpg)

Old style
=========
***
1. first
"""


def test_markdown_is_read_as_blocks() -> None:
    """Headings, items, quotations, rows, code, pictures and lines are blocks of their kind."""
    kinds = [block.kind for block in compare_text(MARKDOWN_TEXT, MARKDOWN_TEXT, kind=MARKDOWN).blocks]
    assert kinds == ["h1", "p", "li", "li", "quote", "row", "row", "pre", "img", "h1", "hr", "li"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("We are open\nevery day.", "We are\nopen every day.", []),
        ("- Monday\n", "- Monday\n- Sunday\n", [("insert", "- Sunday")]),
        ("- Monday\n", "", [("delete", "- Monday")]),
        ("keep   this", "keep this", [("delete", "   "), ("insert", " ")]),
        ("# Opening hours", "# Closing hours", [("delete", "Opening"), ("insert", "Closing")]),
        ("cat.jpg", "dog.jpg", [("delete", "cat"), ("insert", "dog")]),
        ("open\nevery day.", "open.\n\nEvery day.", [("delete", " every"), ("insert", ".\n\nEvery")]),
    ],
)
def test_edits_of_markdown_show_in_place(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    """Only the words that changed are marked, wherever they stand; new line ends in a paragraph are nothing."""
    assert changes(compare_text(MARKDOWN_TEXT, MARKDOWN_TEXT.replace(before, after), kind=MARKDOWN)) == expected


def test_a_new_heading_level_is_named() -> None:
    """The block says which kind it was."""
    assert compare_text("# A b c", "## A b c", kind=MARKDOWN).blocks[0].note == "was heading 1, now heading 2"


def test_an_open_fence_takes_the_rest() -> None:
    """A code block that nobody closed ends with the text."""
    assert states(compare_text("```\na\n\nb", "```\na\n\nb", kind=MARKDOWN)) == [("same", "pre")]


def test_right_to_left_text_stays_in_logical_order() -> None:
    """Ops follow the order in which the text is written, also where scripts mix."""
    diff = compare_text("שלום world עולם", "שלום big world עולם")
    assert [(op.kind, op.text) for op in ops(diff)] == [("same", "שלום "), ("insert", "big "), ("same", "world עולם")]


def test_a_sentence_is_inserted_as_a_sentence() -> None:
    """Of the places where an insertion could stand, the one at a sentence's start is taken."""
    diff = compare_text("We met. We left.", "We met. We spoke. We left.")
    assert changes(diff) in ([("insert", " We spoke.")], [("insert", "We spoke. ")])


def test_scattered_single_letters_are_joined() -> None:
    """Unchanged letters between larger edits do not stand alone."""
    diff = compare_text("the quick brown fox a jumped over it today", "the slow grey cat a crawled under it today")
    assert diff.counts.hunks == 1


def test_without_time_both_sides_are_shown() -> None:
    """When the time is over, the answer is whole but not word by word."""
    diff = compare_text("one two", "one three", limits=Limits(seconds=-1))
    assert diff.outcome == "too_large"
    assert (diff.old_text(), diff.new_text()) == ("one two", "one three")


def test_long_texts_are_cut_at_anchors() -> None:
    """Three edits in a paragraph far above the region's limit are found exactly."""
    chance = random.Random(5)
    words = [
        chance.choice(("red", "green", "blue", "sun", "sea", "tide")) + str(chance.randrange(900)) for _ in range(9_000)
    ]
    edited = list(words)
    edited[100:102] = ["alpha"]
    edited[4_500:4_500] = ["beta", "gamma"]
    del edited[8_000]
    diff = compare_text(" ".join(words), " ".join(edited), limits=Limits(region_tokens=1_000))
    assert diff.counts.hunks == 3
    assert (diff.counts.words_added, diff.counts.words_removed) == (3, 3)


@pytest.mark.parametrize("vocabulary", [50, None])
def test_pathological_texts_become_one_replacement(vocabulary: int | None) -> None:
    """10,000 words that agree nowhere, or only by chance, are shown as the old and the new whole."""
    chance = random.Random(1)

    def text(prefix: str) -> str:
        return " ".join(f"w{chance.randrange(vocabulary)}" if vocabulary else f"{prefix}{at}" for at in range(10_000))

    old, new = text("a"), text("b")
    diff = compare_text(old, new)
    assert diff.outcome == "replaced"
    assert changes(diff) == [("delete", old), ("insert", new)]


def test_many_equal_lines_stay_bounded() -> None:
    """Thousands of equal items, which difflib alone would not finish, keep what stayed."""
    old = "\n".join(["- a", "- b", "- a"] * 2_000)
    diff = compare_text(old, old + "\n- c", kind=MARKDOWN)
    assert changes(diff) == [("insert", "- c")]


@pytest.mark.skipif(not HISTORY.exists(), reason="the real edits do not lie beside the project")
@pytest.mark.parametrize("kind", [PLAIN, MARKDOWN])
def test_all_real_edits_come_back(kind: FieldKind) -> None:
    """117 edits of a public blog: both sides of each are rebuilt word by word."""
    edits = real_edits()
    assert len(edits) == 117
    for name, old, new in edits:
        diff = compare_text(old, new, kind=kind)
        assert words_only(diff.old_text()) == words_only(old), name
        assert words_only(diff.new_text()) == words_only(new), name
        assert diff.outcome == "complete", name
