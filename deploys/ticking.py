"""Signs of life that the background processes leave by themselves: the worker while it listens, beat while it ticks."""

from __future__ import annotations

import logging
import time
from typing import Any

from celery.beat import PersistentScheduler
from celery.signals import heartbeat_sent
from django.db import DatabaseError, connection

from deploys.models.heartbeat import Heartbeat, Part

logger = logging.getLogger(__name__)

EVERY = 5.0  # seconds between two signs of one process


class SignOfLife:
    """Leaves the signs of one part, and no more often than needed."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._next_at = 0.0

    def leave(self) -> None:
        """Note that the part is alive. A database that does not answer is no reason to stop."""
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + EVERY
        try:
            Heartbeat.beat(self.part)
        except DatabaseError as error:
            logger.warning("The sign of life of the %s could not be written: %s", self.part, error)
        finally:
            # Processes that run tasks are forked from the worker's: no connection may be open meanwhile.
            connection.close()


class Scheduler(PersistentScheduler):
    """Celery's own, which is seen while it ticks: a process that hangs leaves no sign."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._signs = SignOfLife(Part.BEAT)
        super().__init__(*arguments, **options)

    def tick(self, *arguments: Any, **options: Any) -> float:
        """Send what is due; returns the seconds until the next call."""
        seconds: float = super().tick(*arguments, **options)
        self._signs.leave()
        return seconds


_worker = SignOfLife(Part.WORKER)


@heartbeat_sent.connect
def worker_listens(**_: object) -> None:
    """Celery's worker has said to the broker that it lives, which it does every two seconds while it is connected."""
    _worker.leave()
