"""Watchers in a thread of their own, and what each of them saw when, for a benchmark that acts meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

from _people import page_of, session_of
from _stage import HOST
from _watching import View, Watcher

from deploys.models import Environment, User

Condition = Callable[[View], bool]


class Audience:
    """One watcher per environment, while the context lasts."""

    def __init__(self, environments: Sequence[Environment], users: Sequence[User], port: int) -> None:
        self._seen: list[list[tuple[float, View]]] = [[] for _ in environments]
        self._watchers = [
            Watcher(host=HOST, port=port, session=session_of(user), page=page_of(environment), saw=_into(seen))
            for environment, user, seen in zip(environments, users, self._seen, strict=True)
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="audience", daemon=True)

    def __enter__(self) -> Audience:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def reload(self) -> None:
        """Everybody opens the page anew and asks at its pace from then on, each from a moment of their own."""
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(timeout=120)

    def first_seen(self, number: int, condition: Condition, *, since: float = 0) -> float | None:
        """When that watcher's page first met the condition since then (perf_counter); None when not yet."""
        return next((at for at, view in tuple(self._seen[number]) if at >= since and condition(view)), None)

    def errors(self) -> list[str]:
        """What went wrong for any of them."""
        return [error for watcher in self._watchers for error in watcher.tally.errors]

    async def _open(self) -> None:
        await self._close()
        for seen in self._seen:
            seen.clear()
        for watcher in self._watchers:
            await watcher.open()
        forever = self._loop.time() + 24 * 3600
        self._tasks = [self._loop.create_task(watcher.watch(until=forever)) for watcher in self._watchers]

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _into(seen: list[tuple[float, View]]) -> Callable[[float, View], None]:
    return lambda at, view: seen.append((at, view))
