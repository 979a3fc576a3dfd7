"""Who may take a role, told clause by clause."""

from __future__ import annotations

from typing import Any

import pytest

from deploys.doctor.infra.policies import read
from deploys.doctor.infra.trust import Expected, faults

PROVIDER = "arn:aws:iam::1:oidc-provider/gitlab.example"
EXPECTED = Expected(gitlab="https://gitlab.example", provider=PROVIDER, project="acme/site", branch="main")
AUDIENCE, SUBJECT = "gitlab.example:aud", "gitlab.example:sub"
RIGHT: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Federated": PROVIDER},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {"StringEquals": {AUDIENCE: "https://gitlab.example", SUBJECT: EXPECTED.subject}},
}


def found(*statements: dict[str, Any], expected: Expected = EXPECTED) -> list[str]:
    """The faults of a trust with these statements."""
    return list(faults(read({"Statement": list(statements)}), expected))


def with_subject(subject: Any, operator: str = "StringEquals") -> dict[str, Any]:
    """The right statement but for the subject."""
    conditions: dict[str, Any] = {"StringEquals": {AUDIENCE: "https://gitlab.example"}}
    conditions.setdefault(operator, {})[SUBJECT] = subject
    return RIGHT | {"Condition": conditions}


def test_the_right_one_has_no_fault() -> None:
    """Also with the names of conditions in capitals, which AWS does not tell apart."""
    shouted = {"StringEquals": {AUDIENCE.upper(): "https://gitlab.example", SUBJECT.upper(): EXPECTED.subject}}
    assert found(RIGHT) == found(RIGHT | {"Condition": shouted}) == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (RIGHT | {"Principal": {"Service": "ec2.amazonaws.com"}}, "does not trust gitlab.example"),
        (RIGHT | {"Action": "sts:AssumeRole"}, "does not allow sts:AssumeRoleWithWebIdentity"),
        (RIGHT | {"Principal": {"Federated": PROVIDER.replace(":1:", ":2:")}}, "not the provider"),
        (with_subject("project_path:acme/site:*", "StringLike"), "not by one branch alone"),
        (with_subject("project_path:acme/*", "ForAnyValue:StringLike"), "not by one branch alone"),
        (with_subject([EXPECTED.subject, "project_path:acme/site:ref_type:branch:ref:x"]), "2 subjects"),
        (with_subject("project_path:acme/site:ref_type:tag:ref:v1"), "trusts a tag"),
        (with_subject("acme/site"), "none of a branch"),
        (with_subject("project_path:acme/other:ref_type:branch:ref:main"), "acme/other, not acme/site"),
        (with_subject("project_path:acme/site:ref_type:branch:ref:feature/x"), "feature/x, not main"),
        (RIGHT | {"Condition": {"StringEquals": {SUBJECT: EXPECTED.subject}}}, "no audience"),
        (
            RIGHT | {"Condition": {"StringEquals": {AUDIENCE: "sts.amazonaws.com", SUBJECT: EXPECTED.subject}}},
            "asks for the audience sts.amazonaws.com",
        ),
        (RIGHT | {"Condition": {"StringEquals": {AUDIENCE: "https://gitlab.example"}}}, "every project"),
    ],
)
def test_each_fault_is_told(statement: dict[str, Any], fault: str) -> None:
    """One each."""
    (told,) = found(statement)
    assert fault in told


def test_a_second_way_in_is_told() -> None:
    """Somebody of the account, for a look, and never taken out again."""
    other = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}, "Action": "sts:AssumeRole"}
    assert found(RIGHT, other) == ["may also be taken by AWS:arn:aws:iam::1:root"]


def test_a_project_that_is_not_known_is_not_judged() -> None:
    """Settings have the number of a project, not its path: then the branch alone is compared."""
    expected = Expected(gitlab="https://gitlab.example", provider="", project="", branch="main")
    assert found(RIGHT, expected=expected) == []
    assert found(with_subject("project_path:x/y:ref_type:branch:ref:dev"), expected=expected) != []
