"""Text to tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploys.content.diff.tokens import clean, collapse, is_word, tokenise


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("It's don\u2019t", ["It's", " ", "don\u2019t"]),
        ("10:30 £4.50", ["10:30", " ", "£", "4.50"]),
        ("end. Next", ["end", ".", " ", "Next"]),
        ("cafe\u0301s", ["cafe\u0301s"]),
        ("漢字かな", ["漢", "字", "か", "な"]),
        ("か\u3099", ["か\u3099"]),
        ("น้ำใจ", ["น้ำ", "ใ", "จ"]),
        ("हिन्दी भाषा", ["हिन्दी", " ", "भाषा"]),
        ("👨‍👩‍👧‍👦👍🏽❤️", ["👨‍👩‍👧‍👦", "👍🏽", "❤️"]),
        ("🇵🇹🇩🇪", ["🇵🇹", "🇩🇪"]),
        ("1️⃣", ["1️⃣"]),
        ("שלום עולם", ["שלום", " ", "עולם"]),
        ("a\n\nb", ["a", "\n", "\n", "b"]),
    ],
)
def test_tokens_are_what_a_reader_takes_for_one(text: str, tokens: list[str]) -> None:
    """Words, prices, times, flags, families and accented letters stay whole; scripts without blanks go by character."""
    assert tokenise(text) == tokens


@given(st.text())
def test_no_character_is_lost(text: str) -> None:
    """The tokens of any text, joined, are the text."""
    assert "".join(tokenise(text)) == text


PARTS = st.sampled_from([*"a1 .'漢か\u3099\u0301\u200d\ufe0f👩👧👍🏽🇵🇹🇩ह\u0e33가ᄀ\n", "क\u094dन", "ท\u0e35"])


@given(st.lists(PARTS).map("".join))
def test_no_written_character_is_cut(text: str) -> None:
    """Every border between tokens is a border between the written characters that Unicode defines."""
    regex = pytest.importorskip("regex")
    borders = {match.end() for match in regex.finditer(r"\X", text)}
    at = 0
    for token in tokenise(text):
        at += len(token)
        assert at in borders


def test_cleaning_takes_out_what_json_cannot_hold() -> None:
    """Null characters and halves of pairs become the replacement character, line ends become one kind."""
    assert clean("a\0b\ud800c\r\nd\re") == "a\ufffdb\ufffdc\nd\ne"


def test_collapsing_leaves_single_blanks() -> None:
    """Tabs, line ends and non-breaking blanks are blanks."""
    assert collapse(" a\u00a0\t b\n\nc ") == "a b c"


def test_signs_are_no_words() -> None:
    """Letters and digits make a word; signs, blanks and emoji do not."""
    assert [is_word(token) for token in ("a", "7", "'", " ", "漢", "👍", "\n\n")] == [
        True,
        True,
        False,
        False,
        True,
        False,
        False,
    ]
