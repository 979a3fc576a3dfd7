"""A job's commands as one shell script that shows each command before it runs, as GitLab Runner does."""

import shlex
from collections.abc import Iterable

from sandbox.gitlab.trace import GREEN, RESET


def shell_script(commands: Iterable[str]) -> str:
    """The text of the script."""
    lines: list[str] = []
    for command in commands:
        first, *rest = command.splitlines() or [""]
        shown = f"$ {first} # collapsed multi-line command" if rest else f"$ {first}"
        lines.append(f"printf '%s\\n' {shlex.quote(GREEN + shown + RESET)}")
        lines.append(command)
    return "\n".join(lines) + "\n"
