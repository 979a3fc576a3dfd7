"""What the docs list is all there is: commands, variables, metrics."""

from __future__ import annotations

import re

import pytest

from buildhub.up.paths import ROOT
from tests.test_env_example import EXAMPLE, EXPLAINED

COMMANDS = sorted(path.stem for path in (ROOT / "deploys/management/commands").glob("[!_]*.py"))
COMMAND_LINE = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_section_with_exit_codes(name: str) -> None:
    """And a line in the table at the top."""
    assert f"| [`{name}`](#{name}) |" in COMMAND_LINE
    section = COMMAND_LINE.split(f"\n## `{name}`\n")[1].split("\n## ")[0]
    source = (ROOT / f"deploys/management/commands/{name}.py").read_text(encoding="utf-8")
    assert "sys.exit" not in source or "| exit code |" in section


def test_no_section_is_of_a_command_that_is_gone() -> None:
    """The other way round."""
    assert re.findall(r"^## `(\w+)`$", COMMAND_LINE, re.MULTILINE) == sorted(
        COMMANDS, key=lambda name: COMMAND_LINE.index(f"\n## `{name}`")
    )


def test_every_variable_is_in_the_table_in_the_words_of_the_example() -> None:
    """One table, in the order of `.env.example`; on a difference this prints the right rows."""
    rows = "".join(f"| `{name}` | {words_of(name)} |\n" for name in EXPLAINED)
    assert OPERATIONS.split("| variable | what it says |\n|---|---|\n")[1].startswith(rows), rows


def words_of(name: str) -> str:
    """The comment lines right above the variable."""
    lines: list[str] = []
    for line in reversed(EXAMPLE[: EXAMPLE.index(f"\n# {name}=")].splitlines()):
        if not line.startswith("# ") or line.startswith("# ---") or re.match(r"# [A-Z][A-Z_]+=", line):
            break
        lines.insert(0, line.removeprefix("# "))
    return " ".join(lines).replace("|", "\\|")


def test_every_metric_is_in_the_table() -> None:
    """With or without its labels."""
    source = (ROOT / "deploys/api/metrics.py").read_text(encoding="utf-8")
    names = set(re.findall(r'"(buildhub_\w+)"', source))
    assert len(names) > 15
    assert [name for name in names if f"`{name}" not in OPERATIONS] == []
