"""What checks found as text for a terminal, and as data for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from deploys.doctor.model import Checked, Finding, State

_WORDS = {State.OK: "ok", State.UNKNOWN: "not seen", State.MISSING: "missing", State.WRONG: "wrong"}
_WIDTH = max(map(len, _WORDS.values()))


class Report:
    """What a person reads. Commands that were told once are not told again in full."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def lines_of(self, checked: Checked) -> Iterator[str]:
        """The lines of one check."""
        yield f"{checked.title}: {_WORDS[checked.state]}"
        for finding in checked.findings:
            advice = "" if finding.is_needed or finding.state == State.OK else "(advice) "
            yield f"  {_WORDS[finding.state]:<{_WIDTH}}  {finding.subject}: {advice}{finding.sentence}"
            yield from (f"  {'':<{_WIDTH}}  {line}" for line in self._next(finding))

    def closing(self, all_checked: Sequence[Checked]) -> Iterator[str]:
        """What it comes to, and what to begin with, in full."""
        counted = [(checked, finding) for checked in all_checked for finding in checked.findings if finding.counts]
        if not counted:
            yield "Everything that was looked at is as it must be."
            return
        parts = [
            f"{number} {_WORDS[state]}"
            for state in (State.MISSING, State.WRONG, State.UNKNOWN)
            if (number := sum(finding.state == state for _, finding in counted))
        ]
        yield f"In all: {', '.join(parts)}."
        checked, first = next((pair for pair in counted if pair[1].state != State.UNKNOWN), counted[0])
        place = f"{checked.of}, {checked.title}" if checked.of else checked.title
        yield f"Begin with {place}, {first.subject}: {first.sentence}"
        self._told.clear()
        yield from (f"  {line}" for line in self._next(first))

    def _next(self, finding: Finding) -> Iterator[str]:
        if finding.state == State.OK:
            return
        if finding.next_step:
            yield f"→ {finding.next_step}"
        if finding.command and finding.command in self._told:
            yield "  $ as above"
        else:
            yield from (f"  $ {line}" for line in finding.command.splitlines())
        self._told.add(finding.command)
        if finding.docs:
            yield f"  see {finding.docs}"


def data_of(checked: Checked) -> dict[str, Any]:
    """The same for machines."""
    findings = [{**asdict(finding), "state": finding.state.value} for finding in checked.findings]
    return {
        "of": checked.of,
        "key": checked.key,
        "title": checked.title,
        "state": checked.state.value,
        "findings": findings,
    }
