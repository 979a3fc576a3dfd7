"""Many small jobs on some threads, with the first failure stopping the rest. Memory does not grow with the jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable


def run_all[T](items: Iterable[T], work: Callable[[T], None], *, threads: int) -> None:
    """Do the work for each item. Returns when all are done; raises the first error after the threads have stopped."""
    waiting = iter(items)
    turn = threading.Lock()
    failures: list[BaseException] = []

    def take_turns() -> None:
        while not failures:
            with turn:
                try:
                    item = next(waiting)
                except StopIteration:
                    return
                except Exception as error:  # noqa: BLE001 - raised again below, in the thread that asked
                    failures.append(error)
                    return
            try:
                work(item)
            except Exception as error:  # noqa: BLE001 - raised again below, in the thread that asked
                failures.append(error)

    crew = [threading.Thread(target=take_turns, daemon=True) for _ in range(max(1, threads))]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    if failures:
        raise failures[0]
