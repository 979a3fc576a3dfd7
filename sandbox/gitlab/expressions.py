"""The language of `rules:if`: variables, strings, null, /regex/, == != =~ !~ && || and parentheses.

Source: GitLab docs, "Job rules", section on CI/CD variable expressions.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

Value = str | bool | None
Variables = Mapping[str, str]
Node = Callable[[Variables], Value]

_TOKEN = re.compile(
    r"\s*(?:(?P<operator>&&|\|\||==|!=|=~|!~|\(|\))"
    r"|\$(?P<variable>\w+)|\$\{(?P<braced>\w+)\}"
    r'|"(?P<double>[^"]*)"|\'(?P<single>[^\']*)\''
    r"|(?P<regex>/(?:[^/\\]|\\.)+/[ismU]*)"
    r"|(?P<null>null)\b)"
)
_PATTERN = re.compile(r"/(?P<body>.*)/(?P<flags>[ismU]*)", re.DOTALL)
# GitLab uses RE2, which has neither look-around nor back references.
_NOT_IN_RE2 = re.compile(r"\(\?<?[=!]|(?<!\\)\\[1-9]")
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "U": 0}
COMPARISONS = {"==", "!=", "=~", "!~"}


class ExpressionError(ValueError):
    """The text is not an expression of this language."""


@dataclass(frozen=True)
class Token:
    """One word of an expression: its kind (a group name of the pattern above) and its text."""

    kind: str
    text: str


def compile_pattern(literal: str) -> re.Pattern[str]:
    """The regular expression of `/body/flags`. Raises ExpressionError when GitLab would refuse it."""
    found = _PATTERN.fullmatch(literal)
    if found is None or _NOT_IN_RE2.search(found["body"]):
        raise ExpressionError(f"invalid regular expression: {literal}")
    flags = 0
    for letter in found["flags"]:
        flags |= _FLAGS[letter]
    try:
        return re.compile(found["body"], flags)
    except re.error as error:
        raise ExpressionError(f"invalid regular expression: {literal}") from error


def is_present(value: Value) -> bool:
    """Whether a value counts as true: defined and not empty."""
    return value is True or (isinstance(value, str) and value != "")


def _tokens(text: str) -> list[Token]:
    words, position, end = [], 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise ExpressionError(f"invalid expression syntax at: {text[position:]}")
        words.append(Token(found.lastgroup, found[found.lastgroup]))
        position = found.end()
    if not words:
        raise ExpressionError("an empty expression")
    return words


class _Parser:
    """Recursive descent over the tokens; each method returns a function of the variables."""

    def __init__(self, words: list[Token]) -> None:
        self.words = words
        self.position = 0

    def whole(self) -> Node:
        node = self.either()
        if self.position != len(self.words):
            raise ExpressionError(f"unexpected {self.words[self.position].text}")
        return node

    def either(self) -> Node:
        node = self.both()
        while self._accept("||"):
            node = _disjunction(node, self.both())
        return node

    def both(self) -> Node:
        node = self.comparison()
        while self._accept("&&"):
            node = _conjunction(node, self.comparison())
        return node

    def comparison(self) -> Node:
        left = self.operand()
        while self._peek() in COMPARISONS:
            operator = self._take().text
            right_is_literal = self._peek_kind() == "regex"
            right = self.operand()
            left = _comparison(operator, left, right, right_is_literal)
        return left

    def operand(self) -> Node:
        word = self._take()
        if word.kind == "operator":
            if word.text != "(":
                raise ExpressionError(f"unexpected {word.text}")
            node = self.either()
            if not self._accept(")"):
                raise ExpressionError("a parenthesis is not closed")
            return node
        if word.kind in ("variable", "braced"):
            return lambda variables: variables.get(word.text)
        if word.kind == "null":
            return lambda variables: None
        if word.kind == "regex":
            compile_pattern(word.text)
        return lambda variables: word.text

    def _peek(self) -> str | None:
        if self.position < len(self.words) and self.words[self.position].kind == "operator":
            return self.words[self.position].text
        return None

    def _peek_kind(self) -> str | None:
        return self.words[self.position].kind if self.position < len(self.words) else None

    def _take(self) -> Token:
        if self.position >= len(self.words):
            raise ExpressionError("the expression ends too early")
        self.position += 1
        return self.words[self.position - 1]

    def _accept(self, operator: str) -> bool:
        if self._peek() == operator:
            self.position += 1
            return True
        return False


def _disjunction(left: Node, right: Node) -> Node:
    return lambda variables: is_present(left(variables)) or is_present(right(variables))


def _conjunction(left: Node, right: Node) -> Node:
    return lambda variables: is_present(left(variables)) and is_present(right(variables))


def _comparison(operator: str, left: Node, right: Node, right_is_literal: bool) -> Node:
    if operator == "==":
        return lambda variables: left(variables) == right(variables)
    if operator == "!=":
        return lambda variables: left(variables) != right(variables)
    wanted = operator == "=~"
    if right_is_literal:
        literal = right({})
        pattern = compile_pattern(str(literal))
        return lambda variables: _matches(left(variables), pattern) is wanted
    return lambda variables: _matches(left(variables), _pattern_in(right(variables))) is wanted


def _pattern_in(value: Value) -> re.Pattern[str] | None:
    """A variable may hold `/regex/`; anything else matches nothing."""
    try:
        return compile_pattern(value) if isinstance(value, str) else None
    except ExpressionError:
        return None


def _matches(text: Value, pattern: re.Pattern[str] | None) -> bool:
    return isinstance(text, str) and pattern is not None and pattern.search(text) is not None


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """A function of the variables for this expression. Raises ExpressionError."""
    return _Parser(_tokens(text)).whole()


def evaluate(text: str, variables: Variables) -> bool:
    """Whether the expression is true with these variables. Raises ExpressionError."""
    return is_present(parse(text)(variables))
