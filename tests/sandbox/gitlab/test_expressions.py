"""The language of `rules:if`."""

import pytest

from sandbox.gitlab.expressions import ExpressionError, evaluate, parse

VARIABLES = {
    "SOURCE": "trigger",
    "BRANCH": "main",
    "EMPTY": "",
    "PATTERN": "/^ma/",
    "UPPER": "MAIN",
    "LINES": "one\ntwo",
    "SLASH": "feature/x",
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$SOURCE", True),
        ("$MISSING", False),
        ("$EMPTY", False),
        ("${SOURCE}", True),
        ('$SOURCE == "trigger"', True),
        ("$SOURCE == 'trigger'", True),
        ('"trigger" == $SOURCE', True),
        ('$SOURCE != "trigger"', False),
        ('$SOURCE != "push"', True),
        ("$MISSING == null", True),
        ("$EMPTY == null", False),
        ('$EMPTY == ""', True),
        ('$MISSING == ""', False),
        ("$SOURCE != null", True),
        ("$BRANCH =~ /^main$/", True),
        ("$BRANCH =~ /^(develop|main)$/", True),
        ("$BRANCH =~ /ain/", True),
        ("$BRANCH !~ /^develop$/", True),
        ("$BRANCH !~ /main/", False),
        ("$MISSING =~ /.*/", False),
        ("$MISSING !~ /.*/", True),
        ("$UPPER =~ /^main$/", False),
        ("$UPPER =~ /^main$/i", True),
        ("$LINES =~ /^two$/", False),
        ("$LINES =~ /^two$/m", True),
        ("$LINES =~ /one.two/s", True),
        (r"$SLASH =~ /^feature\/.+/", True),
        ("$BRANCH =~ $PATTERN", True),
        ("$SLASH =~ $PATTERN", False),
        ("$BRANCH =~ $SOURCE", False),
        ('$SOURCE == "push" || $BRANCH == "main"', True),
        ('$SOURCE == "push" && $BRANCH == "main"', False),
        ('$SOURCE == "push" && $MISSING || $BRANCH == "main"', True),
        ('$BRANCH == "main" || $SOURCE == "push" && $MISSING', True),
        ('($BRANCH == "main" || $SOURCE == "push") && $MISSING', False),
        ('($SOURCE == "trigger" && ($MISSING || $BRANCH))', True),
        ("$EMPTY || $SOURCE", True),
        ("$EMPTY && $SOURCE", False),
        ("'a' == 'a'", True),
    ],
)
def test_an_expression_is_true_or_false(expression: str, expected: bool) -> None:
    """Each form of the language, with the value that GitLab gives it."""
    assert evaluate(expression, VARIABLES) is expected


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "$A ==",
        "== $A",
        "$A = 'b'",
        "($A",
        "$A)",
        "$A $B",
        "$A &&",
        "$A =~ /(/",
        "$A =~ /(?=b)/",
        r"$A =~ /(b)\1/",
        "$A and $B",
        "$A == 'b",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    """Broken syntax, and regular expressions that RE2 does not have."""
    with pytest.raises(ExpressionError):
        parse(expression)
