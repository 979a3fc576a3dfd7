"""docs/doctor.md names what there is: actions, options, exit codes, pages."""

from __future__ import annotations

import json
import re

from deploys.doctor.infra.asked import options
from tests.doctor.test_denied import QUESTIONS
from tests.doctor.told import ROOT

GUIDE = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")


def test_the_policy_of_the_guide_allows_what_is_asked_and_no_more() -> None:
    """Groups and the search for roles are asked where there are groups and no stacks."""
    (text,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    (statement,) = json.loads(text)["Statement"]
    sometimes = {
        "iam:GetGroupPolicy",
        "iam:ListAttachedGroupPolicies",
        "iam:ListGroupPolicies",
        "iam:ListRoles",
    }
    assert set(statement["Action"]) == set(QUESTIONS.values()) | sometimes
    assert len(statement["Action"]) == len(set(statement["Action"]))


def test_the_guide_names_every_option_and_every_exit_code() -> None:
    """And the command's help names the codes too."""
    assert [name for name, _ in options() if f"`--{name.replace('_', '-')}`" not in GUIDE] == []
    assert re.findall(r"^\| (\d) \|", GUIDE, re.MULTILINE) == ["0", "1", "2", "3"]


def test_the_names_of_sections_in_the_guide_lead_somewhere() -> None:
    """Links to pages beside it."""
    for page in re.findall(r"\]\(([\w./-]+\.md)", GUIDE):
        assert (ROOT / "docs" / page).is_file()
