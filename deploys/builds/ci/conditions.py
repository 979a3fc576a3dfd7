"""Whether a rule lets a request of Buildhub in: `rules:if` with what is known of it, and "perhaps" for the rest.

Source: GitLab docs, "Job rules", section on CI/CD variable expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

# True, False, or None for "that depends on what Buildhub does not know".
type Answer = bool | None
type Known = Mapping[str, str | None]

_TOKEN = re.compile(
    r"\s*(&&|\|\||==|!=|=~|!~|\(|\)|\$\w+|\$\{\w+\}|\"[^\"]*\"|'[^']*'|/(?:[^/\\]|\\.)+/[a-zA-Z]*|null\b)"
)
_COMPARISONS = {"==", "!=", "=~", "!~"}
_UNKNOWN = object()


def holds(condition: str, known: Known) -> Answer:
    """Say whether the condition holds; None for one that hangs on other variables or cannot be read."""
    words = _TOKEN.findall(condition)
    if _TOKEN.sub("", condition).strip():
        return None
    try:
        answer, rest = _either(words, known)
    except (IndexError, re.error):
        return None
    return None if rest else answer


def _either(words: list[str], known: Known) -> tuple[Answer, list[str]]:
    return _chain(words, known, "||", _both, lambda left, right: _or(left, right))


def _both(words: list[str], known: Known) -> tuple[Answer, list[str]]:
    return _chain(words, known, "&&", _atom, lambda left, right: _not(_or(_not(left), _not(right))))


def _chain(
    words: list[str],
    known: Known,
    operator: str,
    part: Callable[[list[str], Known], tuple[Answer, list[str]]],
    join: Callable[[Answer, Answer], Answer],
) -> tuple[Answer, list[str]]:
    answer, words = part(words, known)
    while words and words[0] == operator:
        right, words = part(words[1:], known)
        answer = join(answer, right)
    return answer, words


def _or(left: Answer, right: Answer) -> Answer:
    if left or right:
        return True
    return None if left is None or right is None else False


def _not(answer: Answer) -> Answer:
    return None if answer is None else not answer


def _atom(words: list[str], known: Known) -> tuple[Answer, list[str]]:
    if words[0] == "(":
        answer, words = _either(words[1:], known)
        return answer, words[1:] if words[0] == ")" else words
    if len(words) > 2 and words[1] in _COMPARISONS:
        return _compared(words[0], words[1], words[2], known), words[3:]
    value = _value(words[0], known)
    return (None if value is _UNKNOWN else bool(value)), words[1:]


def _compared(left: str, operator: str, right: str, known: Known) -> Answer:
    one, other = _value(left, known), _value(right, known)
    if one is _UNKNOWN or other is _UNKNOWN:
        return None
    if operator in ("==", "!="):
        return (one == other) is (operator == "==")
    body, _, flags = str(other or "").removeprefix("/").rpartition("/")
    found = one is not None and re.search(body, str(one), re.IGNORECASE if "i" in flags else 0) is not None
    return found is (operator == "=~")


def _value(word: str, known: Known) -> object:
    if word.startswith("$"):
        return known.get(word.strip("${}"), _UNKNOWN)
    if word == "null":
        return None
    return word[1:-1] if word[0] in "\"'" else word
