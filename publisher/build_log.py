"""Lines that buildhub reads in the log of a job (docs/failures.md): why it failed, and how far it is.

They are printed beside the words for people when the pipeline runs for a build, which BUILDHUB_BUILD tells.
"""

from __future__ import annotations

import json
import os
from typing import TextIO

from publisher.errors import HeldBack
from publisher.results import Progress

_LINES = 20
_LONGEST = 300


class BuildLog:
    """Where those lines go; nowhere when the run is not for a build of buildhub."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_wanted = bool(os.environ.get("BUILDHUB_BUILD"))
        self._next = 1.0

    def show(self, progress: Progress) -> None:
        """Say how many files went live, some twenty times at most."""
        if not progress.goes_live or progress.done < self._next:
            return
        self._next = progress.done + max(1.0, progress.total / _LINES)
        self._print("progress", {"done": progress.done, "total": progress.total})

    def fail(self, why: Exception | str) -> None:
        """Say why the job fails, in a form that the build's page can explain."""
        words = str(why)[:_LONGEST]
        if isinstance(why, HeldBack):
            self._print("error", {"class": "held_back", "count": len(why.removed), "finding": words})
        else:
            self._print("error", {"class": "deploy_refused", "detail": words})

    def _print(self, kind: str, facts: dict[str, str | int]) -> None:
        if self._is_wanted:
            self._stream.write(f"buildhub:{kind} {json.dumps(facts)}\n")
            self._stream.flush()
