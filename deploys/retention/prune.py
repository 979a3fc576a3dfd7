"""The walk through everything that is no longer kept, in small transactions, one process at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from deploys.models import PruneRun, Retention, Site
from deploys.retention.amounts import Amount, Kind, Scope
from deploys.retention.contents import CONTENTS
from deploys.retention.logs import LOGS
from deploys.retention.readings import STATES, VERSIONS
from deploys.retention.small import ANSWERS, HOOKS, MESSAGES, NAMES, PAGES, REPORTS, SESSIONS, TRIES

logger = logging.getLogger(__name__)

KINDS = (LOGS, VERSIONS, STATES, CONTENTS, PAGES, MESSAGES, REPORTS, NAMES, TRIES, HOOKS, ANSWERS, SESSIONS)
EVERY = timedelta(days=1)
BUDGET = 45.0  # seconds of one tick; what is left is for the next one
RUNS_KEPT = 60
ONE_AT_A_TIME = 7_301_003  # advisory lock

Removed = dict[str, Amount]
Clock = Callable[[], datetime]


class Busy(Exception):
    """Another process is at it."""


class Stopped(Exception):
    """The time was over before everything was looked at; `removed` says what went."""

    def __init__(self, removed: Removed) -> None:
        super().__init__("The time was over.")
        self.removed = removed


def look(sites: Iterable[Site] | None, moment: datetime) -> Removed:
    """What would go now, by kind. Changes nothing. No sites: all of them, and what belongs to none."""
    found: Removed = {}
    for kind, scope in _walk(sites, moment):
        found[kind.key] = found.get(kind.key, Amount()) + kind.look(scope)
    return found


def prune(
    sites: Iterable[Site] | None, moment: datetime, *, seconds: float | None = None, clock: Clock = timezone.now
) -> Removed:
    """Remove it, and give back what went, by kind. Raises Busy, and Stopped when it takes more than so many seconds."""
    with _alone():
        run = PruneRun.objects.create(began_at=clock())
        removed: Removed = {}
        try:
            _remove(sites, moment, removed, ends=None if seconds is None else time.monotonic() + seconds)
            run.is_complete = sites is None
        finally:
            run.removed = {key: [one.rows, one.size] for key, one in removed.items() if one.rows}
            run.ended_at = clock()
            run.save()
            PruneRun.objects.filter(pk__lte=run.pk - RUNS_KEPT).delete()
    return removed


def prune_if_due(clock: Clock = timezone.now) -> None:
    """Once a day; what a tick does not finish, the next one goes on with."""
    last, moment = PruneRun.last(), clock()
    if last is not None and last.began_at > moment - EVERY:
        return
    try:
        removed = prune(None, moment, seconds=BUDGET, clock=clock)
    except Busy:
        return
    except Stopped as stopped:
        removed = stopped.removed
    told = {key: one.rows for key, one in removed.items() if one.rows}
    logger.info("Removed what is no longer kept: %s.", ", ".join(f"{n} {key}" for key, n in told.items()) or "nothing")


def _remove(sites: Iterable[Site] | None, moment: datetime, removed: Removed, *, ends: float | None) -> None:
    for kind, scope in _walk(sites, moment):
        while True:
            if ends is not None and time.monotonic() >= ends:
                raise Stopped(removed)
            gone = kind.batch(scope)
            removed[kind.key] = removed.get(kind.key, Amount()) + gone
            if not gone.rows:
                break


def _walk(sites: Iterable[Site] | None, moment: datetime) -> Iterator[tuple[Kind, Scope]]:
    """Each kind with each of what it is done for."""
    scopes = [
        Scope(site=site, retention=Retention.of(site), moment=moment)
        for site in (Site.objects.all() if sites is None else sites)
    ]
    nobody = Scope(site=None, retention=None, moment=moment)
    for kind in KINDS:
        if kind.of_site:
            yield from ((kind, scope) for scope in scopes)
        elif sites is None or kind is CONTENTS:
            yield kind, nobody


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock of whoever cleans up. Raises Busy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONE_AT_A_TIME])
        (held,) = cursor.fetchone()
        if not held:
            raise Busy("Another process is removing what is no longer kept.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
