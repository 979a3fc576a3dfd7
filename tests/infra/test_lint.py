"""cfn-lint, AWS's own linter: it knows every property, action and value that CloudFormation takes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.infra.templates import INFRA, TEMPLATES

pytest.importorskip("cfnlint", reason="NOT TESTED: the templates by cfn-lint, as it is not installed.")


@pytest.mark.parametrize("name", TEMPLATES)
def test_cfn_lint_finds_nothing(name: str) -> None:
    """Errors, warnings and hints, for the region where the stack is made; nothing is switched off."""
    command = [sys.executable, "-m", "cfnlint", "--format", "json", "--regions", "us-east-1", "--include-checks", "I"]
    done = subprocess.run([*command, "--", str(INFRA / name)], capture_output=True, text=True)
    found = [f"{one['Rule']['Id']} {one['Message']}" for one in json.loads(done.stdout or "[]")]
    assert (found, done.returncode, done.stderr) == ([], 0, "")
