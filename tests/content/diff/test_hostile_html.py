"""Hostile and broken HTML: nothing of it is ever markup in the answer, and nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploys.content.diff import FieldKind, Limits, TextDiff, compare_text
from tests.content.diff.edits import changes, ops

HTML = FieldKind.HTML


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>alert(1)</script>",
        "<style>body{display:none}</style>",
        "<!-- a comment -->",
        "<template><p>later</p></template>",
        "<noscript>pixel</noscript>",
        "<link rel=stylesheet href=//evil.example/x.css>",
        "<base href=//evil.example/>",
    ],
)
def test_markup_without_text_is_said_to_have_changed(hidden: str) -> None:
    """The ops are all equal, the outcome says that only markup changed."""
    diff = compare_text("<p>Hello</p>", f"<p>Hello</p>{hidden}", kind=HTML)
    assert diff.outcome == "markup_only"
    assert changes(diff) == []
    assert "alert" not in diff.new_text()


@pytest.mark.parametrize(
    "attribute", ['onclick="alert(1)"', 'style="position:fixed"', 'srcdoc="<script>"', 'class="new"']
)
def test_attributes_that_are_not_shown_are_markup(attribute: str) -> None:
    """An event attribute changes no word."""
    diff = compare_text("<p>Hello</p>", f"<p {attribute}>Hello</p>", kind=HTML)
    assert (diff.outcome, diff.markup_changed, changes(diff)) == ("markup_only", True, [])


def test_the_source_shows_what_markup_changed() -> None:
    """Compared as plain text, the source is text: tags are characters for the template to escape."""
    diff = compare_text("<p>Hi</p>", '<p onclick="x()">Hi</p>', kind=FieldKind.PLAIN)
    assert diff.new_text() == '<p onclick="x()">Hi</p>'
    assert "".join(text for kind, text in changes(diff) if kind == "insert").strip() == 'onclick="x()"'


def test_a_script_link_is_only_named_in_a_note() -> None:
    """The address of a link is text in a note, never something to press."""
    diff = compare_text('<a href="/a">x</a>', '<a href="java\tscript:alert(1)">x</a>', kind=HTML)
    assert [op.note for op in ops(diff)] == ["link was /a, now java script:alert(1)"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<svg onload=alert(1)><text>t</text></svg>", "[drawing]"),
        ("<iframe src=//evil.example/x></iframe>", "[embed: //evil.example/x]"),
        ('<img src=x onerror=alert(1) alt="<b>">', "[image: <b> (x)]"),
        ("<video><source src=/a.mp4>old browser</video>", "[video: /a.mp4]"),
        ("<picture><source srcset=a.webp><img src=a.jpg alt=A></picture>", "[image: A (a.jpg)]"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
    ],
)
def test_embeds_and_escaped_markup_are_words(source: str, text: str) -> None:
    """An embed is one token that names what it is; escaped markup stays the text that it was."""
    diff = compare_text("", source, kind=HTML)
    assert changes(diff) == [("insert", text)]


def test_a_tag_split_over_both_sides_stays_text() -> None:
    """Halves of a tag that would be whole when put together stay in two ops."""
    diff = compare_text("a <scr b", "a ipt>alert(1) b", kind=FieldKind.PLAIN)
    assert all("<script>" not in op.text for op in ops(diff))


def test_a_picture_inside_its_address_is_shown_short() -> None:
    """Two long addresses that differ at their end still differ in words."""
    old, new = (f'<img src="data:image/png;base64,{"A" * 5000}{end}">' for end in "xy")
    diff = compare_text(old, new, kind=HTML)
    assert [kind for kind, _ in changes(diff)] == ["delete", "insert"]
    assert all(len(op.text) < 200 for op in ops(diff))


@pytest.mark.parametrize("depth", [300, 3_000, 100_000])
def test_deep_nesting_is_compared_all_the_same(depth: int) -> None:
    """What the parser cannot follow is compared as its source."""
    diff = compare_text("<div>" * depth + "one", "<div>" * depth + "two", kind=HTML)
    assert [(kind, text) for kind, text in changes(diff) if "o" in text] == [("delete", "one"), ("insert", "two")]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "\0\0<p>\0",
        "\ud800<p>\udfff</p>",
        "&#0;&#xd800;&bogus;&amp",
        "<" * 50_000,
        "&" * 50_000,
        "<!--" * 20_000,
        "<p " + 'x="1" ' * 20_000 + ">t",
        "<a:b x:y=1>q</a:b><?php echo 1 ?>",
        "<table><td><li><h1><tr></b></p>",
        "a<br>" * 20_000,
        "<b>a</b><i>b</i>" * 10_000,
        "<plaintext>x",
        "<svg><math><script>",
    ],
)
def test_broken_html_never_raises(source: str) -> None:
    """Any source gives an answer that survives JSON."""
    diff = compare_text("<p>fine</p>", source, kind=HTML)
    assert TextDiff.from_json(diff.as_json()) == diff
    assert diff.old_text() == "fine" or diff.outcome == "too_large"


TAGS = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<li>", "<ul>", "</ul>", "<table>", "<tr>", "<td>", "</table>", "<pre>"]
)
MORE_TAGS = st.sampled_from(
    ["<br>", "<img src=a>", "<a href=b>", "</a>", "<h2>", "</h2>", "</pre>", "<script>", "<!--", "-->", "<hr>"]
)


@settings(deadline=None, max_examples=80)
@given(
    st.lists(st.one_of(TAGS, MORE_TAGS, st.text(max_size=8))), st.lists(st.one_of(TAGS, MORE_TAGS, st.text(max_size=8)))
)
def test_both_sides_come_back_whatever_the_tags(old: list[str], new: list[str]) -> None:
    """Accepting gives the text of the new side alone, rejecting that of the old."""
    one, other = "".join(old), "".join(new)
    diff = compare_text(one, other, kind=HTML)
    assert diff.old_text() == compare_text(one, one, kind=HTML).new_text()
    assert diff.new_text() == compare_text(other, other, kind=HTML).new_text()


def test_a_huge_source_is_too_large() -> None:
    """Above the limit both sides are there whole, as text."""
    diff = compare_text("<p>short", "<p>" + "long " * 300, kind=HTML, limits=Limits(max_bytes=1_000))
    assert diff.outcome == "too_large"
    assert [block.state for block in diff.blocks] == ["removed", "added"]
    assert diff.old_text() == "<p>short"
