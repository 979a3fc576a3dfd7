"""One reading of a source: everything is read, then stored at once; what is not complete never counts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from django.utils.timezone import now

from deploys.content.connect import source_of
from deploys.content.sources.errors import SourceError, SourceUnavailable
from deploys.content.sources.types import Progress, Source
from deploys.content.spool import Spool
from deploys.content.store import HeldBack, store
from deploys.models import ContentSource, ContentState, Environment

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)  # renewed with the progress; longer than the slowest answer of a source
TELL_EVERY = 1.0  # seconds between two notes of the progress
REFUSED_PAUSE = timedelta(minutes=5)
KEPT_FAILURES = 20


class OutOfTime(Exception):
    """The reading would take longer than its caller can wait; it is left to the worker's own task."""


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """How a reading ended: the state that now counts, or the trouble; and how long to wait until the next one."""

    pause: timedelta
    state: ContentState | None = None
    trouble: str = ""
    note: str = ""


def read(source: ContentSource, *, within: float | None = None) -> ContentState | None:
    """Read a source once and return the state that now counts.

    None when another worker reads it, or when the reading failed or is held back: the row then says why.
    `within` (seconds) raises OutOfTime at the first page after that.
    """
    began = now()
    if not source.lease(until=began + LEASE):
        return None
    source.refresh_from_db()
    try:
        outcome = _carry_out(_Attempt(source=source, began=began, within=within))
    except BaseException:
        source.let_go(again_at=now() + source.read_every)
        raise
    source.give_back(began=began, again_at=now() + outcome.pause, trouble=outcome.trouble, note=outcome.note)
    is_news = outcome.state is not None and outcome.state.seq != source.seq
    if is_news or outcome.trouble != source.trouble:
        _tell_pages(source)
    return outcome.state


@dataclass(kw_only=True)
class _Attempt:
    """A reading under way. `told` is when its progress was last noted (monotonic seconds)."""

    source: ContentSource
    began: datetime
    within: float | None
    started: float = field(default_factory=monotonic)
    told: float = 0.0

    def report(self, progress: Progress) -> None:
        """Note how far it is, keep the lease, and stop when the time is over."""
        moment = monotonic()
        if self.within is not None and moment - self.started > self.within:
            raise OutOfTime
        if moment - self.told < TELL_EVERY:
            return
        self.told = moment
        told = {"read": progress.read, "total": progress.total, "note": progress.note}
        ContentSource.objects.filter(pk=self.source.pk).update(progress=told, reading_until=now() + LEASE)


def _carry_out(attempt: _Attempt) -> _Outcome:
    """Read and store; what a source or the guard says against it becomes part of the outcome."""
    source = attempt.source
    try:
        state = _read_and_store(attempt)
    except SourceError as error:
        return _Outcome(trouble=error.error_class, note=str(error), pause=_pause(source, error))
    except HeldBack as reason:
        _remember(attempt, reason)
        return _Outcome(trouble=reason.problem, note=str(reason), pause=source.read_every)
    return _Outcome(state=state, pause=source.read_every)


def _read_and_store(attempt: _Attempt) -> ContentState:
    source = attempt.source
    reader = source_of(source)
    with Spool() as spool:
        for entry in reader.read(on_progress=attempt.report):
            spool.add(entry)
        if reader.etag_unchanged and (last := source.last_state):
            last.read_from, last.read_to = attempt.began, now()
            last.save(update_fields=["read_from", "read_to"])
            return last
        _refuse_incomplete(reader)
        state = store(source, spool, read_from=attempt.began, read_to=now(), is_partial=reader.is_partial)
    ContentSource.objects.filter(pk=source.pk).update(etag=reader.etag[:300])
    for warning in reader.warnings:
        logger.info("%s: %s", source, warning)
    return state


def _refuse_incomplete(reader: Source) -> None:
    if not reader.is_complete:
        raise HeldBack("incomplete", reader.shortfall)


def _pause(source: ContentSource, error: SourceError) -> timedelta:
    """How long to wait after a failure: what needs a person is not asked for every minute."""
    if isinstance(error, SourceUnavailable):
        return max(source.read_every, timedelta(seconds=error.retry_after or 0))
    return max(source.read_every, REFUSED_PAUSE)


def _remember(attempt: _Attempt, reason: HeldBack) -> None:
    """Keep what was held back as a state that does not count; only the newest of these are kept."""
    states = attempt.source.states.filter(is_complete=False)
    ContentState.objects.create(
        source=attempt.source,
        seq=None,
        read_from=attempt.began,
        read_to=now(),
        is_complete=False,
        problem=reason.problem,
        finding=str(reason),
    )
    kept = states.order_by("-pk").values("pk")[:KEPT_FAILURES]
    states.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()


def _tell_pages(source: ContentSource) -> None:
    """Pages that watch ask anew. In a fixed order, as every writer locks environments first."""
    for environment in _environments(source):
        environment.touch()


def _environments(source: ContentSource) -> Iterator[Environment]:
    return Environment.objects.filter(site_id=source.site_id).order_by("pk").iterator()
