"""From a comparison to a live release, step by step, in an order that a run may die in at any moment."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from publisher import model
from publisher.cdn import Distribution
from publisher.comparison import Changes, Comparison
from publisher.contract import Origin, Target, Work
from publisher.errors import PublisherError
from publisher.journal import Journal
from publisher.ledger import Ledger
from publisher.local import Build
from publisher.model import Bound, File, Manifest, is_page
from publisher.options import Options
from publisher.pointer import Pointer, Record
from publisher.reports import hand_over
from publisher.results import Invalidation, OnProgress, Progress, Published
from publisher.standing import Standing

MANIFESTS = ".releases/manifests/"
_MOST_SPENT = 30


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to become live, and everything that was found out before the first write.

    report_as: the release id that a report is handed over under, "" for none.
    """

    what: str
    release: str
    wanted: Mapping[str, File]
    build: Build | None
    standing: Standing
    comparison: Comparison
    distribution: Distribution | None
    started: float
    report_as: str = ""
    origin: Origin | None = None
    bound_to: Bound | None = None

    @property
    def stale(self) -> tuple[str, ...]:
        """Files whose old versions may be cached: of this run, and those that a broken run still owed."""
        return tuple(sorted({*self.comparison.stale, *self.standing.stale}))

    def journal(self, token: str) -> Journal:
        """What will be touched, to be written before anything is."""
        touched = {step.path for step in self.comparison.steps} | self.comparison.gone.keys()
        return Journal(
            token=token,
            release=self.release,
            touched=sorted(touched | set(self.standing.uncertain)),
            stale=self.stale,
            seed=self.standing.seed if self.standing.finishing == self.release else f"{self.release} {token}",
            base=self.standing.base,
            base_manifest=self.standing.base_manifest,
        )


def distribution_for(options: Options, address: str) -> Distribution | None:
    """The CDN in front of the target, asked before the first write, so that a wrong id changes nothing."""
    return Distribution(options, address=address) if options.distribution else None


@contextlib.contextmanager
def holding(ledger: Ledger) -> Iterator[None]:
    """Let go of the claim when the work inside fails, whatever it fails with."""
    try:
        yield
    except BaseException:
        ledger.abandon()
        raise


def carry_out(
    job: Job, journal: Journal, *, target: Target, ledger: Ledger, warnings: tuple[str, ...], on_progress: OnProgress
) -> Published:
    """Make the job live. The claim is held, and the journal names everything that is touched below."""
    work = Work(
        release=job.release,
        token=ledger.token,
        steps=job.comparison.steps,
        gone=job.comparison.gone,
        wanted=job.wanted,
        leaving=job.comparison.leaving,
        build=job.build,
        origin=job.origin,
    )
    with holding(ledger):
        delivered = target.deliver(work, ledger, on_progress)
        manifest = _manifest(job, delivered.files, target.now())
        job = replace(job, wanted=manifest.files, bound_to=manifest.bound_to)
        key = f"{MANIFESTS}{job.release}.{ledger.token}.json.gz"
        ledger.check()
        target.write(key, model.encode(manifest))
        target.switch(work)
        spent, later = _spent(job, ledger.pointer)
        ledger.note(
            release=job.release,
            manifest=key,
            settled_at=target.now(),
            releases=ledger.pointer.with_release(_record(manifest, key)),
        )
        target.clear(work, ledger, spent)
        invalidation, months = _invalidate(job, journal, ledger, on_progress)
        result = _published(job, delivered.sent_bytes, invalidation, (*warnings, *delivered.warnings))
        # Before the journal is closed: a run that dies here is repeated, and hands it over.
        ledger.check()
        hand_over(target, job.report_as, result)
        ledger.finish(journal="", spent=(*later, journal.key), invalidated_paths=months)
    result = _seen_at_the_cdn(job, result, target, on_progress)
    on_progress(Progress(stage="Live"))
    return replace(result, seconds=round(time.monotonic() - job.started, 3))


def _spent(job: Job, pointer: Pointer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The records that no run needs any more: those to delete now, and those that wait for the next deletion.

    A request for them alone is only made now and then.
    """
    old = pointer.record(job.release)
    spent = (*pointer.spent, old.manifest) if old else pointer.spent
    return (spent, ()) if job.comparison.gone or len(spent) >= _MOST_SPENT else ((), spent)


def _seen_at_the_cdn(job: Job, result: Published, target: Target, on_progress: OnProgress) -> Published:
    """The result with whether the CDN did what it was asked; the report is put right when it did."""
    if job.distribution is None:
        return result
    done = job.distribution.wait(result.invalidation.ids, on_progress)
    result = replace(result, invalidation=replace(result.invalidation, completed=done))
    if done and result.invalidation.ids:
        with contextlib.suppress(PublisherError):  # it is live, and its report says so already
            hand_over(target, job.report_as, result)
    return result


def _manifest(job: Job, brought: Mapping[str, File], now: float) -> Manifest:
    """The release as it now stands: each file with the host's mark of the copy that is served."""
    files = {}
    for path, file in job.wanted.items():
        there = brought.get(path) or job.standing.files.get(path)
        if there is None and path in job.standing.leaving:
            there = job.standing.leaving[path].file
        files[path] = there if path in brought and there else file.marked(there.etag if there else "")
    # What a build names is known when all of it was read, which may have been while it was sent.
    bound_to = job.build.bound_to if job.build and job.build.search else job.bound_to
    leaving = job.comparison.leaving
    return Manifest(release=job.release, made_at=now, files=files, leaving=leaving, bound_to=bound_to)


def _record(manifest: Manifest, key: str) -> Record:
    return Record(
        id=manifest.release,
        at=manifest.made_at,
        manifest=key,
        files=len(manifest.files),
        pages=sum(map(is_page, manifest.files)),
        size=manifest.size,
        content_id=manifest.content_id(),
    )


def _invalidate(
    job: Job, journal: Journal, ledger: Ledger, on_progress: OnProgress
) -> tuple[Invalidation, dict[str, int]]:
    """Ask the CDN once for everything that is stale. The journal is there until it said yes. Returns the paths of
    each month too."""
    known = ledger.pointer.invalidated_paths
    if job.distribution is None or not journal.stale:
        return Invalidation(paths_this_month=known.get(_month(), 0) if job.distribution else 0), dict(known)
    paths = job.distribution.paths(journal.stale)
    on_progress(Progress(stage="Telling the CDN"))
    ledger.check()
    one = job.distribution.invalidate(paths, seed=journal.seed, on_progress=on_progress)
    months = _counted(known, len(paths))
    return Invalidation(ids=(one,), paths=paths, completed=False, paths_this_month=months[_month()]), months


def _month() -> str:
    return datetime.now(UTC).strftime("%Y-%m")


def _counted(months: Mapping[str, int], paths: int) -> dict[str, int]:
    """The counts of the last months with these paths added."""
    fresh = {**months, _month(): months.get(_month(), 0) + paths}
    return {month: fresh[month] for month in sorted(fresh)[-13:]}


def nothing_done(
    release: str, wanted: Mapping[str, File], standing: Standing, started: float, bound_to: Bound | None
) -> Published:
    """The result when the target shows all of this already, as this release."""
    return Published(
        release=release,
        base=release,
        was_live=True,
        files=len(wanted),
        pages=sum(map(is_page, wanted)),
        size=sum(file.size for file in wanted.values()),
        kept=tuple(sorted(standing.leaving)),
        unknown=standing.unknown,
        seconds=round(time.monotonic() - started, 3),
        bound_to=bound_to,
    )


def _published(job: Job, sent: int, invalidation: Invalidation, warnings: tuple[str, ...]) -> Published:
    """What was done since the release before, whatever part of it a broken run had done."""
    comparison, before = job.comparison, job.standing.before
    changes = comparison.changes() if before is None else Changes.since(before, job.wanted, comparison.leaving)
    return Published(
        release=job.release,
        base=job.standing.base,
        was_live=False,
        files=len(job.wanted),
        pages=sum(map(is_page, job.wanted)),
        size=sum(file.size for file in job.wanted.values()),
        added=changes.added,
        changed=changes.changed,
        headers_changed=changes.headers_changed,
        removed=changes.removed,
        kept=tuple(sorted(comparison.leaving)),
        unknown=job.standing.unknown,
        sent_bytes=sent,
        finished_earlier_run=job.standing.finishing,
        invalidation=invalidation,
        warnings=warnings,
        bound_to=job.bound_to,
        seconds=round(time.monotonic() - job.started, 3),
    )
