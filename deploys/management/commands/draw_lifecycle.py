"""`manage.py draw_lifecycle` writes docs/lifecycle.md from the table in deploys/lifecycle.py."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from deploys.checks import OURS
from deploys.lifecycle import ACTIVE, ENDED, FOLLOWED, MEANING, MOVES, State

HEAD = """# The life of a build

Drawn from `deploys/lifecycle.py` by `manage.py draw_lifecycle`; a test holds it current. Do not edit.
Only `deploys.transitions.advance` changes a state, and each change is one transaction with its event.

"""


def drawing() -> str:
    """Return the whole page as Markdown with a Mermaid diagram."""
    lines = [HEAD + "```mermaid", "stateDiagram-v2", "    [*] --> queued"]
    lines += [f"    {old.value} --> {new.value}" for old in State for new in State if new in MOVES[old]]
    lines += ["```", "", "| state | meaning | group | may go to |", "|---|---|---|---|"]
    for state in State:
        following = ", ".join(new.value for new in State if new in MOVES[state]) or "nothing"
        lines.append(f"| {state.value} | {state.label} | {_groups(state)} | {following} |")
    lines += ["", "## What GitLab's statuses mean here", "", "| GitLab says | state |", "|---|---|"]
    lines += [f"| {status} | {state.value} |" for status, state in MEANING.items()]
    lines.append("| any other | no move; the build stays open and it is logged once |")
    return "\n".join(lines) + "\n"


def _groups(state: State) -> str:
    groups = [("active", ACTIVE), ("followed", FOLLOWED), ("ended", ENDED)]
    return ", ".join(name for name, members in groups if state in members) or "in line"


class Command(BaseCommand):
    """Draws the state machine into the documentation."""

    requires_system_checks = [OURS]  # Django's own would load every page before the first word
    help = "Write docs/lifecycle.md from the table of states and moves."

    def handle(self, *_: Any, **__: Any) -> None:
        """Write the file."""
        page = Path(settings.BASE_DIR, "docs", "lifecycle.md")
        page.write_text(drawing(), encoding="utf-8")
        self.stdout.write(f"Wrote {page.relative_to(settings.BASE_DIR)}.")
