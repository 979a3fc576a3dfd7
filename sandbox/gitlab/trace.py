"""The log of a job, as GitLab Runner writes it: collapsible sections, commands in green, the verdict at the end.

Source: GitLab docs, "CI/CD job logs" (custom collapsible sections).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GREEN = "\x1b[32;1m"
RED = "\x1b[31;1m"
CYAN = "\x1b[36;1m"
YELLOW = "\x1b[0;33m"
RESET = "\x1b[0;m"
ERASE = "\x1b[0K"


class Trace:
    """A growing file; processes write to it at the same time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        path.touch()

    def write(self, text: str) -> None:
        """Append text as it is."""
        with self.path.open("ab") as file:
            file.write(text.encode("utf-8", "replace"))

    def line(self, text: str, color: str = "") -> None:
        """Append a line."""
        self.write(f"{color}{text}{RESET}\n" if color else f"{text}\n")

    @contextmanager
    def section(self, name: str, header: str) -> Iterator[None]:
        """Everything written inside belongs to this collapsible section."""
        self.write(f"section_start:{int(time.time())}:{name}\r{ERASE}{ERASE}{CYAN}{header}{RESET}\n")
        try:
            yield
        finally:
            self.write(f"section_end:{int(time.time())}:{name}\r{ERASE}")
