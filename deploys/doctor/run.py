"""Carrying checks out: what cannot be looked at becomes a finding of its own and keeps nothing else from being seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from deploys.doctor.model import CannotLook, Check, Checked, Finding, NobodyCanLook, NothingThere, State, worst

FINE, TO_DO, USAGE, NOT_SEEN = 0, 1, 2, 3


def run(checks: Iterable[Check], *, of: str = "") -> Iterator[Checked]:
    """Carry the checks out, one after the other, as they are asked for; no further than somebody can look."""
    for check in checks:
        is_over, found = _found(check)
        findings = tuple(
            finding if finding.docs or finding.state == State.OK else replace(finding, docs=check.docs)
            for finding in found
        )
        yield Checked(key=check.key, title=check.title, findings=findings, of=of)
        if is_over:
            return


def exit_code(checked: Iterable[Checked]) -> int:
    """FINE, TO_DO when something is missing or wrong, NOT_SEEN when nothing is but something could not be seen."""
    state = worst(one.state for one in checked)
    return {State.OK: FINE, State.UNKNOWN: NOT_SEEN}.get(state, TO_DO)


def _found(check: Check) -> tuple[bool, list[Finding]]:
    """Whether nobody can look any further, and the findings."""
    found: list[Finding] = []
    waiting: Finding | None = None
    for look in check.looks:
        try:
            found += look.run()
        except NobodyCanLook as reason:
            return True, [*found, look.thing.unknown(str(reason), reason.next_step)]
        except CannotLook as reason:
            found.append(look.thing.unknown(str(reason), reason.next_step))
        except NothingThere as reason:
            waiting = waiting or look.thing.unknown(f"Not looked at: {reason}.")
    # Where an earlier part has said what is missing, that all the rest waits for it goes without saying.
    if waiting and all(finding.state == State.OK for finding in found):
        found.append(waiting)
    return False, _once(found)


def _once(found: Iterable[Finding]) -> list[Finding]:
    """Without repeating why parts could not be looked at: one right that is lacking may hide ten things."""
    told: set[tuple[str, str]] = set()
    kept = []
    for finding in found:
        if finding.state == State.UNKNOWN and (finding.sentence, finding.next_step) in told:
            continue
        told.add((finding.sentence, finding.next_step))
        kept.append(finding)
    return kept
