"""The editors' light markup."""

from __future__ import annotations

import pytest

from sandbox.repository.builder.markup import to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\nTwo.", '<p dir="auto">One.<br>Two.</p>'),
        ("One.\r\n\r\nTwo.", '<p dir="auto">One.</p>\n<p dir="auto">Two.</p>'),
        ("## Café\nText", '<h2>Café</h2>\n<p dir="auto">Text</p>'),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("> said", "<blockquote><p>said</p></blockquote>"),
        ("**bold** and *not*", '<p dir="auto"><strong>bold</strong> and <em>not</em></p>'),
        ("3 * 4 * 5", '<p dir="auto">3 * 4 * 5</p>'),
        ("[go](/visit/)", '<p dir="auto"><a href="/staging/visit/">go</a></p>'),
        ("[go](https://x.example/?a=1&b=2)", '<p dir="auto"><a href="https://x.example/?a=1&amp;b=2">go</a></p>'),
        ("", ""),
    ],
)
def test_each_form_becomes_its_element(text: str, html: str) -> None:
    """Links to the own site get the base path, others stay."""
    assert to_html(text, "/staging") == html


def test_a_table_has_a_head_and_rows() -> None:
    """The first line is the head."""
    html = to_html("| Day | Time |\n| Friday | 10:00 |", "")

    assert '<th scope="col">Day</th><th scope="col">Time</th>' in html
    assert "<tr><td>Friday</td><td>10:00</td></tr>" in html


@pytest.mark.parametrize("target", ["javascript:alert`1`", "//evil.example/", "data:text/html,x", '"onclick="x'])
def test_a_link_that_is_not_safe_is_only_its_words(target: str) -> None:
    """No address of that kind ever reaches a page."""
    assert to_html(f"[words]({target})", "") == '<p dir="auto">words</p>'


def test_markup_in_the_text_is_text() -> None:
    """Angle brackets, quotes and ampersands are escaped."""
    assert to_html('<b onclick="x">&', "") == '<p dir="auto">&lt;b onclick=&quot;x&quot;&gt;&amp;</p>'
