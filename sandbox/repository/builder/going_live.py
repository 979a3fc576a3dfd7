"""Before the publish job's own command: count what is about to go live, as slowly as DEMO_PACE says.

The publisher itself takes less than a second here; this is what lets people watch. A real project has no such step.
"""

from __future__ import annotations

from .build import PUBLIC
from .report import paced, progress, run, say
from .settings import Settings


def main() -> None:
    settings = Settings.from_environment()
    total = sum(file.is_file() for file in PUBLIC.rglob("*"))
    say("publish", f"{total} files for the {settings.environment} site")
    for number in range(1, total + 1):
        progress("going_live", number, total)
        paced(settings.pace, total)


if __name__ == "__main__":
    run("publish", main)
