"""Bring back a kept release: by copies on the host alone, in the same order and with the same care as a publish."""

from __future__ import annotations

import time
from collections.abc import Mapping

from publisher.comparison import Comparison, compare, hold_back
from publisher.contract import Kind, Origin, Target
from publisher.errors import NotKept
from publisher.ledger import Ledger, claimed
from publisher.model import File
from publisher.options import Options
from publisher.publishing import silent
from publisher.results import OnProgress, Published
from publisher.running import Job, carry_out, distribution_for, nothing_done
from publisher.standing import Standing, kept_manifest, live_manifest, look
from publisher.targets import opened


def bring_back(
    target: str, release: str, *, options: Options | None = None, on_progress: OnProgress = silent
) -> Published:
    """Make the target show a release that it showed before. No content is sent to the host.

    Raises NotKept, HeldBack, Busy, Refused, Unavailable, LostClaim. After the last four the call may be repeated.
    """
    options = options or Options()
    started = time.monotonic()
    with opened(target, options) as host:
        ledger = Ledger(host, options, on_progress)
        return claimed(ledger, lambda: _attempt(host, ledger, release, options, on_progress, started))


def _attempt(
    target: Target, ledger: Ledger, release: str, options: Options, on_progress: OnProgress, started: float
) -> Published:
    pointer = ledger.pointer
    kept = kept_manifest(target, pointer, release)
    wanted = kept.files
    standing = look(
        target,
        pointer,
        live_manifest(target, pointer),
        release=release,
        verify=options.verify,
        remove_unknown=options.remove_unknown,
        wanted=wanted,
        on_progress=on_progress,
    )
    comparison = _compare(wanted, standing, options, target.now())
    if pointer.release == release and comparison.changes_nothing and not pointer.journal:
        return nothing_done(release, wanted, standing, started, kept.bound_to)
    origin = _find(target, release, wanted, comparison, on_progress)
    if not options.anyway:
        hold_back(comparison, options.rules)
    job = Job(
        what="bringing back",
        release=release,
        wanted=wanted,
        build=None,
        standing=standing,
        comparison=comparison,
        distribution=distribution_for(options, target.name),
        started=started,
        bound_to=kept.bound_to,
        origin=origin,
    )
    journal = job.journal(ledger.token)
    warnings = ledger.take(job.what, journal, release)
    return carry_out(job, journal, target=target, ledger=ledger, warnings=warnings, on_progress=on_progress)


def _compare(wanted: Mapping[str, File], standing: Standing, options: Options, now: float) -> Comparison:
    return compare(
        wanted,
        there=standing.files,
        leaving=standing.leaving,
        uncertain=standing.uncertain,
        rules=options.rules,
        now=now,
        last=options.marker,
    )


def _find(
    target: Target, release: str, wanted: Mapping[str, File], comparison: Comparison, on_progress: OnProgress
) -> Origin:
    """Where all content is kept, before anything is written: half a release is worse than none."""
    needed = [step.path for step in comparison.steps if step.kind is not Kind.HEADERS]
    contents = {wanted[path].sha256: wanted[path] for path in needed}
    kept = target.locate(contents, {}, since=0.0, on_progress=on_progress)
    missing = [path for path in needed if wanted[path].sha256 not in kept]
    if missing:
        raise NotKept(
            f"Release {release} cannot be brought back: {len(missing)} of its files are not kept any more "
            f"({', '.join(missing[:3])}). Nothing was changed."
        )
    return Origin(here=kept)
