"""cfn-lint, AWS's own linter: it knows every property, action and value that CloudFormation takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.templates import INFRA, TEMPLATES

LINTER = Path(sys.executable).parent.parent / "servers" / "bin" / "cfn-lint"  # its pins differ from ours
pytestmark = pytest.mark.skipif(
    not LINTER.exists(), reason="NOT TESTED: the templates by cfn-lint, as it is not installed. Run `make test`."
)


def findings(file: Path) -> list[str]:
    """Errors, warnings and hints, for the region where the stacks are made; nothing is switched off."""
    command = [str(LINTER), "--format", "json", "--regions", "us-east-1", "--include-checks", "I"]
    done = subprocess.run([*command, "--", str(file)], capture_output=True, text=True)
    assert done.stderr == ""
    return [f"{one['Rule']['Id']} {one['Message']}" for one in json.loads(done.stdout or "[]")]


@pytest.mark.parametrize("name", TEMPLATES)
def test_cfn_lint_finds_nothing(name: str) -> None:
    """Every property, type and value is one that CloudFormation takes."""
    assert findings(INFRA / name) == []


def test_it_would_find_a_right_that_does_not_exist(tmp_path: Path) -> None:
    """A misspelt action is refused by nobody else before a publish is."""
    wrong = tmp_path / "site.yaml"
    wrong.write_text((INFRA / "site.yaml").read_text(encoding="utf-8").replace("s3:PutObject,", "s3:PutObjct,"))
    assert any("PutObjct" in one or "putobjct" in one for one in findings(wrong))
