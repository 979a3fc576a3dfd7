"""Small edits as people make them: each shows what was done and nothing else."""

from __future__ import annotations

import pytest

from deploys.content.diff import FieldKind, Op, compare_text
from tests.content.diff.edits import changes, ops, states

HTML = FieldKind.HTML


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<p>a big house</p>", "<p>a small house</p>", [("delete", "big"), ("insert", "small")]),
        ("<p>open until 17:00</p>", "<p>open until 18:00</p>", [("delete", "17:00"), ("insert", "18:00")]),
        ("<p>One. Two.</p>", "<p>One.</p><p>Two.</p>", [("delete", " "), ("insert", "\n\n")]),
        ("<p>One.</p><p>Two.</p>", "<p>One. Two.</p>", [("delete", "\n\n"), ("insert", " ")]),
        ("<ul><li>a</li><li>b</li></ul>", "<ul><li>a</li><li>c</li><li>b</li></ul>", [("insert", "c")]),
        ("<ul><li>a</li><li>b</li></ul>", "<ul><li>b</li></ul>", [("delete", "a")]),
        (
            '<p>See <img src="a.jpg" alt="Cat"></p>',
            '<p>See <img src="b.jpg" alt="Cat"></p>',
            [("delete", "[image: Cat (a.jpg)]"), ("insert", "[image: Cat (b.jpg)]")],
        ),
        (
            "<table><tr><th>Day</th><th>Price</th></tr><tr><td>Monday</td><td>4</td></tr></table>",
            "<table><tr><th>Day</th><th>Price</th></tr><tr><td>Monday</td><td>5</td></tr></table>",
            [("delete", "4"), ("insert", "5")],
        ),
        ("<p>漢字かな交じり文</p>", "<p>漢字カナ交じり文</p>", [("delete", "かな"), ("insert", "カナ")]),
        ("<p>Hi 👨‍👩‍👧‍👦 all</p>", "<p>Hi 👨‍👩‍👧 all</p>", [("delete", "👨‍👩‍👧‍👦"), ("insert", "👨‍👩‍👧")]),
        ("<p>nai\u0308ve art</p>", "<p>naive art</p>", [("delete", "nai\u0308ve"), ("insert", "naive")]),
        ("<p>שלום עולם טוב</p>", "<p>שלום עולם גדול</p>", [("delete", "טוב"), ("insert", "גדול")]),
        ("<p>a<br>b</p>", "<p>a b</p>", [("delete", "\n"), ("insert", " ")]),
    ],
)
def test_only_the_edit_is_marked(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    """What stayed is "same"; what was done is one deletion and one insertion."""
    assert changes(compare_text(old, new, kind=HTML)) == expected


@pytest.mark.parametrize(
    ("old", "new", "text", "note"),
    [
        ("<p>so <i>it</i> is</p>", "<p>so it is</p>", "it", "was italic, now plain"),
        ("<p>a big house</p>", "<p>a <b>big house</b></p>", "big house", "was plain, now bold"),
        ('<p><a href="/a">here</a></p>', '<p><a href="/b">here</a></p>', "here", "link was /a, now /b"),
        ("<p>go here</p>", '<p>go <a href="/b">here</a></p>', "here", "now a link to /b"),
        ('<p><a href="/a">here</a></p>', "<p>here</p>", "here", "link to /a removed"),
        ("<p><em>x <b>y</b></em></p>", "<p><em>x</em> <b>y</b></p>", "y", "was bold and italic, now bold"),
        ("<p><b>un</b>happy</p>", "<p>unhappy</p>", "unhappy", "was partly bold, now plain"),
        ("<h2>Title</h2>", "<h3>Title</h3>", "Title", "was heading 2, now heading 3"),
        ("<ul><li>a</li></ul>", "<ol><li>a</li></ol>", "a", "was list item, now list item, numbered"),
        ("<p>q</p>", "<blockquote><p>q</p></blockquote>", "q", "was paragraph, now quotation"),
    ],
)
def test_new_formatting_of_the_same_text_is_named(old: str, new: str, text: str, note: str) -> None:
    """The text is not deleted and inserted; a note says in words what became of it."""
    found = [op for op in ops(compare_text(old, new, kind=HTML)) if op.kind != "same"]
    assert found == [Op(kind="format", text=text, note=note)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<p>a  b\n c</p>\n\n", "<p>a b c</p>"),
        ("<p>caf&eacute; &amp; bar&#33;</p>", "<p>café &#38; bar!</p>"),
        ('<p class="x" id="y">t</p>', "<p id='y'   class=\"x\">t</p>"),
        ("<p>a</p>", "<P>a"),
        ("<p><b>a b</b></p>", "<p><strong>a</strong> <b>b </b></p>"),
        ("<p>a<br></p>", "<p>a</p>"),
        ("<p>&nbsp;</p><p>a</p>", "<p>a</p>"),
    ],
)
def test_noise_is_no_change(old: str, new: str) -> None:
    """White space, entities, attribute order, letter case of tags and empty paragraphs do not show."""
    diff = compare_text(old, new, kind=HTML)
    assert not diff.changed
    assert diff.outcome == "complete"


def test_swapped_paragraphs_are_a_move() -> None:
    """One paragraph stays, the other is named at both of its places; no word counts as added or removed."""
    one, two = "<p>The first of the paragraphs.</p>", "<p>The second of the paragraphs.</p>"
    diff = compare_text(one + two, two + one, kind=HTML)
    assert changes(diff) == [("moved", "The second of the paragraphs.")] * 2
    assert [op.note for op in ops(diff) if op.note] == ["moved here from below", "moved up from here"]
    assert (diff.counts.words_added, diff.counts.words_removed, diff.counts.hunks) == (0, 0, 2)


def test_a_new_paragraph_is_a_block_of_its_own() -> None:
    """The neighbours stay as they are."""
    diff = compare_text("<p>One.</p><p>Three.</p>", "<p>One.</p><p>Two.</p><p>Three.</p>", kind=HTML)
    assert states(diff) == [("same", "p"), ("added", "p"), ("same", "p")]


def test_a_rewritten_text_is_replaced_whole() -> None:
    """Two texts with nothing in common are not woven into a salad of single words."""
    diff = compare_text("Meet at the slipway.", "Totally other content", kind=FieldKind.PLAIN)
    assert diff.outcome == "replaced"
    assert changes(diff) == [("delete", "Meet at the slipway."), ("insert", "Totally other content")]


def test_letters_that_only_look_the_same_are_explained() -> None:
    """A composed and a decomposed accent look alike; the note says why they are marked."""
    diff = compare_text("cafe\u0301 x", "caf\u00e9 x")
    assert {op.note for op in ops(diff) if op.kind != "same"} == {"looks the same, written with other characters"}


def test_invisible_characters_are_named() -> None:
    """A direction override that came in alone is told by its number."""
    found = [op for op in ops(compare_text("one two", "one \u202etwo")) if op.kind == "insert"]
    assert found == [Op(kind="insert", text="\u202e", note="invisible character U+202E")]


def test_tables_go_row_by_row() -> None:
    """A row is one block with its cells parted by a bar."""
    table = "<table><tr><td>a</td><td></td></tr><tr><td>{}</td><td>c</td></tr></table>"
    diff = compare_text(table.format("b"), table.format("x"), kind=HTML)
    assert states(diff) == [("same", "row"), ("changed", "row")]
    assert diff.new_text() == "a |\n\nx | c"


def test_nested_lists_tell_their_level() -> None:
    """An item that went one level down is named so."""
    old, new = "<ul><li>a</li><li>b</li></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"
    assert compare_text(old, new, kind=HTML).blocks[1].note == "was list item, now list item, level 2"


def test_preformatted_text_keeps_its_blanks() -> None:
    """Indentation counts within pre."""
    diff = compare_text("<pre>if a:\n  b</pre>", "<pre>if a:\n    b</pre>", kind=HTML)
    assert changes(diff) == [("delete", "  "), ("insert", "    ")]


def test_words_are_counted_as_people_count_them() -> None:
    """Words where blanks part them, characters where nothing does."""
    counts = compare_text("It's 17:00", "It's 18:00 漢字").counts
    assert (counts.words_added, counts.words_removed, counts.hunks) == (3, 1, 1)
