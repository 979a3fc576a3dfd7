"""Whether what the doctor tells people to type and to read is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from deploys.doctor.model import Finding
from tests.infra.templates import INFRA, template

ROOT = INFRA.parent


def anchors(file: Path) -> set[str]:
    """The sections of a page as GitLab and GitHub link to them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def deploys(command: str) -> list[tuple[str, set[str]]]:
    """Template and parameters of each deploy in a command."""
    found = []
    for line in command.splitlines():
        words = shlex.split(line)
        if words[:3] != ["aws", "cloudformation", "deploy"]:
            continue
        given = words[words.index("--parameter-overrides") + 1 :] if "--parameter-overrides" in words else []
        found.append((words[words.index("--template-file") + 1], {one.partition("=")[0] for one in given}))
    return found


def check_words(finding: Finding) -> None:
    """The command parses, its templates have the parameters, and the section is one of the page."""
    page, _, section = finding.docs.partition("#")
    assert not section or section in anchors(ROOT / page)
    for file, given in deploys(finding.command):
        parameters = template(file.removeprefix("infra/"))["Parameters"]
        assert given <= set(parameters)
        if "HostedZoneId" in given and len(given) > 1:
            assert {key for key, one in parameters.items() if "Default" not in one} <= given
