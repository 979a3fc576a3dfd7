"""From a comparison to a live release, step by step, in an order that a run may die in at any moment."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from publisher import model
from publisher.cdn import Distribution
from publisher.comparison import Comparison
from publisher.contract import Kind, Target, Work
from publisher.journal import Journal
from publisher.ledger import Ledger
from publisher.local import Build
from publisher.model import File, Manifest, is_page
from publisher.options import Options
from publisher.pointer import Record
from publisher.results import Invalidation, OnProgress, Progress, Published
from publisher.standing import Standing

MANIFESTS = ".releases/manifests/"


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to become live, and everything that was found out before the first write."""

    what: str
    release: str
    wanted: Mapping[str, File]
    build: Build | None
    standing: Standing
    comparison: Comparison
    distribution: Distribution | None
    started: float

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
    base = ledger.pointer.release
    work = Work(
        release=job.release,
        token=ledger.token,
        steps=job.comparison.steps,
        gone=job.comparison.gone,
        wanted=job.wanted,
        leaving=job.comparison.leaving,
        build=job.build,
    )
    with holding(ledger):
        delivered = target.deliver(work, ledger, on_progress)
        manifest = _manifest(job, delivered.etags, target.now())
        key = f"{MANIFESTS}{job.release}.{ledger.token}.json.gz"
        ledger.check()
        target.write(key, model.encode(manifest))
        target.switch(work)
        old = ledger.pointer.record(job.release)
        record = _record(manifest, key)
        spent = (*ledger.pointer.spent, old.manifest) if old else ledger.pointer.spent
        ledger.note(
            release=job.release, manifest=key, settled_at=target.now(), releases=ledger.pointer.with_release(record)
        )
        target.clear(work, ledger, spent)
        invalidation = _invalidate(job, journal, ledger, on_progress)
        months = _counted(ledger.pointer.invalidated_paths, len(invalidation.paths))
        ledger.finish(journal="", spent=(journal.key,), invalidated_paths=months)
    if job.distribution is not None:
        done = job.distribution.wait(invalidation.ids, on_progress)
        invalidation = replace(invalidation, completed=done, paths_this_month=months.get(_month(), 0))
    on_progress(Progress(stage="Live"))
    return _published(job, base, delivered.sent_bytes, invalidation, (*warnings, *delivered.warnings))


def _manifest(job: Job, etags: Mapping[str, str], now: float) -> Manifest:
    """The release as it now stands: each file with the host's mark of the copy that is served."""
    files = {}
    for path, file in job.wanted.items():
        there = job.standing.files.get(path)
        if there is None and path in job.standing.leaving:
            there = job.standing.leaving[path].file
        etag = etags.get(path, there.etag if there else "")
        files[path] = file if file.etag == etag else File(file.sha256, file.size, file.headers, etag)
    return Manifest(release=job.release, made_at=now, files=files, leaving=job.comparison.leaving)


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


def _invalidate(job: Job, journal: Journal, ledger: Ledger, on_progress: OnProgress) -> Invalidation:
    """Ask the CDN once for everything that is stale. The journal is there until it said yes."""
    if job.distribution is None or not journal.stale:
        return Invalidation()
    paths = job.distribution.paths(journal.stale)
    on_progress(Progress(stage="Telling the CDN"))
    ledger.check()
    one = job.distribution.invalidate(paths, seed=journal.seed, on_progress=on_progress)
    return Invalidation(ids=(one,), paths=paths, completed=False)


def _month() -> str:
    return datetime.now(UTC).strftime("%Y-%m")


def _counted(months: Mapping[str, int], paths: int) -> dict[str, int]:
    """The counts of the last months with these paths added."""
    fresh = {**months, _month(): months.get(_month(), 0) + paths} if paths else dict(months)
    return {month: fresh[month] for month in sorted(fresh)[-13:]}


def nothing_done(release: str, wanted: Mapping[str, File], standing: Standing, started: float) -> Published:
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
    )


def _published(job: Job, base: str, sent: int, invalidation: Invalidation, warnings: tuple[str, ...]) -> Published:
    comparison = job.comparison
    return Published(
        release=job.release,
        base=base,
        was_live=False,
        files=len(job.wanted),
        pages=sum(map(is_page, job.wanted)),
        size=sum(file.size for file in job.wanted.values()),
        added=comparison.of(Kind.ADDED),
        changed=comparison.of(Kind.CONTENT),
        headers_changed=comparison.of(Kind.HEADERS),
        removed=tuple(sorted(comparison.gone)),
        kept=tuple(sorted(comparison.leaving)),
        unknown=job.standing.unknown,
        sent_bytes=sent,
        finished_earlier_run=job.standing.finishing,
        invalidation=invalidation,
        warnings=warnings,
        seconds=round(time.monotonic() - job.started, 3),
    )
