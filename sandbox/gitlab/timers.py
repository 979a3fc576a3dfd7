"""One thread that does things later, or as soon as the caller is done."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Timers:
    """Calls functions at their time, one after the other. Times to come are lost at `stop`."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin calling."""
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="gitlab-timers", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Wait for the call that runs, and make no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def soon(self, call: Callable[[], object]) -> None:
        """Call from the timer thread as soon as it is free."""
        self.after(0.0, call)

    def after(self, seconds: float, call: Callable[[], object]) -> None:
        """Call from the timer thread when this long has passed."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + max(seconds, 0.0), next(self._numbers), call))
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                call = heapq.heappop(self._due)[2]
            try:
                call()
            except Exception:
                log.exception("A timed call of the sandbox GitLab failed.")
