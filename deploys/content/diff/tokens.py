"""Text to tokens: the smallest pieces that a comparison may add or remove; none of them cuts a written character."""

from __future__ import annotations

import re
import unicodedata

# Marks end where the last script with marks ends; variation selectors and tags lie far above them.
_MARKS_UP_TO = 0x1E950


def _mark_ranges() -> str:
    """A character class body of everything that belongs to the character before it (Unicode categories M*)."""
    found: list[str] = []
    start = None
    for code in range(0x300, _MARKS_UP_TO + 1):
        is_mark = unicodedata.category(chr(code)).startswith("M")
        if is_mark and start is None:
            start = code
        elif not is_mark and start is not None:
            found.append(f"{chr(start)}-{chr(code - 1)}")
            start = None
    return "".join(found)


# Also: joiners, halfwidth kana marks, Thai and Lao AM, skin tones, tags, more variation selectors.
_EXTEND = (
    f"{_mark_ranges()}\u1ab0-\u1aff\u200c\u200d\uff9e\uff9f\u0e33\u0eb3"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_PREPEND = (
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3\U000113d1\U0001193f\U00011941"
    "\U00011a3a\U00011a84-\U00011a89\U00011d46\U00011f02"
)
# Scripts written without blanks between words: one token per character. Han, kana, bopomofo, Thai, Lao.
_SINGLE = (
    "\u0e01-\u0e32\u0e34-\u0e7f\u0e81-\u0eb2\u0eb4-\u0eff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u3040-\u312f"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
_PICTURE = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001f0ff\U0001f10d-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff\U0001fc00-\U0001fffd"
)
_FLAG = "[\U0001f1e6-\U0001f1ff]"
_LETTER = rf"[^\W_{_SINGLE}]"
_RUN = rf"{_LETTER}(?:{_LETTER}++|[{_EXTEND}]++)*+"

_TOKEN = re.compile(
    rf"""
      \n
    | [^\S\n]++[{_EXTEND}]*+
    | [{_PREPEND}]*+
      (?: {_RUN}(?: (?:['\u2019_]|(?<=\d)[.,:](?=\d)){_RUN} )*+
        | {_FLAG}{_FLAG}[{_EXTEND}]*+
        | [{_PICTURE}][{_EXTEND}]*+(?:(?<=\u200d)[{_PICTURE}][{_EXTEND}]*+)*+
        | [^\n][{_EXTEND}]*+
      )
    | [{_PREPEND}]++
    """,
    re.VERBOSE,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")
_LINE_END = re.compile(r"\r\n?")


def tokenise(text: str) -> list[str]:
    """Split text into words, single characters, emoji, blanks and line breaks. Joined they are the text again."""
    return _TOKEN.findall(text)


def is_word(token: str) -> bool:
    """True for letters and digits, False for blanks, signs and breaks."""
    return token[0].isalnum() or (len(token) > 1 and any(map(str.isalnum, token)))


def clean(text: str) -> str:
    """Take out what no text may hold (null characters, halves of surrogate pairs) and unify line ends to \\n."""
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    return _SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")


def collapse(text: str) -> str:
    """Turn every run of white space into one blank and trim both ends."""
    return _BLANKS.sub(" ", text).strip()
