"""What a job writes into its log: lines for people, and lines that Buildhub reads.

The protocol is two kinds of line, each alone on its line and complete JSON:
``buildhub:progress {"step": "building", "done": 12, "total": 31}`` and
``buildhub:error {"class": "asset_missing", "page": "Opening hours", ...}``.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

EXIT_CODES = {
    "asset_missing": 3,
    "content_invalid": 4,
    "link_broken": 5,
    "template_error": 6,
    "dependency": 7,
    "auth_expired": 8,
}
REPORTED_AT_MOST = 20


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One reason why the site cannot be published; ``kind`` is a failure class known to Buildhub."""

    kind: str
    detail: str
    page: str | None = None
    url: str | None = None
    entry: str | None = None
    field: str | None = None
    file: str | None = None
    rule: str | None = None
    edit_url: str | None = None
    deleted_by: str | None = None
    deleted_at: str | None = None

    def payload(self, count: int) -> dict[str, str | int]:
        """The JSON object of the error line; keys without a value are left out."""
        values = asdict(self)
        payload: dict[str, str | int] = {"class": values.pop("kind")}
        payload.update({key: value for key, value in values.items() if value is not None})
        payload["count"] = count
        return payload


class BuildStopped(Exception):
    """The job cannot go on; every problem found so far is inside."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].detail)
        self.problems = tuple(problems)

    @property
    def exit_code(self) -> int:
        return EXIT_CODES.get(self.problems[0].kind, 1)


def say(topic: str, text: str) -> None:
    """Write one line for people. Line breaks inside data become spaces, so no data can forge a line."""
    sys.stdout.write(f"[{topic}] {' '.join(text.split())}\n")
    sys.stdout.flush()


def progress(step: str, done: int, total: int) -> None:
    """Write one progress line; ``done`` and ``total`` count entries, pages or files."""
    _machine_line("progress", {"step": step, "done": done, "total": total})


def paced(seconds: float, steps: int) -> None:
    """Spend one step's share of the demonstration's pause; ``seconds`` is for the whole stage."""
    if seconds > 0 and steps > 0:
        time.sleep(seconds / steps)


def run(job: str, main: Callable[[], None]) -> None:
    """Run a job to its end and leave the process with the exit code that fits what happened."""
    try:
        main()
    except BuildStopped as stopped:
        _report(stopped)
        say(job, f"stopped, exit {stopped.exit_code}")
        sys.exit(stopped.exit_code)
    except Exception:  # noqa: BLE001 - the last line of defence: the log must name a class, whatever broke
        traceback.print_exc(file=sys.stdout)
        _machine_line("error", {"class": "build_command", "rule": f"the {job} job broke", "count": 1})
        sys.exit(1)


def _report(stopped: BuildStopped) -> None:
    same_kind = [problem for problem in stopped.problems if problem.kind == stopped.problems[0].kind]
    others = [problem for problem in stopped.problems if problem.kind != stopped.problems[0].kind]
    for problem in [*same_kind, *others][:REPORTED_AT_MOST]:
        say(problem.kind, f"error: {problem.detail}")
        count = sum(other.kind == problem.kind for other in stopped.problems)
        _machine_line("error", problem.payload(count))


def _machine_line(kind: str, payload: dict[str, str | int]) -> None:
    sys.stdout.write(f"buildhub:{kind} {json.dumps(payload, ensure_ascii=False)}\n")
    sys.stdout.flush()
