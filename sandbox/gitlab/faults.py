"""Ordered misbehaviour: what goes wrong, at which calls, and how often."""

import re
import threading
from dataclasses import dataclass, field
from typing import Any

CREATION_PATH = r"/(trigger/pipeline|pipeline)$"
# What each kind does, and the fields that it needs.
KINDS: dict[str, tuple[str, ...]] = {
    "hold_queue": ("seconds",),
    "fail_job": ("job",),
    "lose_answer": (),
    "delay_before": ("seconds",),
    "delay_after": ("seconds",),
    "answer": ("status",),
    "down": (),
    "hide_pipeline": ("seconds",),
    "delete_pipeline": (),
    "drop_hooks": (),
    "duplicate_hooks": (),
    "delay_hooks": ("seconds",),
    "reorder_hooks": (),
}


class FaultError(ValueError):
    """An order that cannot be followed."""


@dataclass
class Fault:
    """One order. `remaining` None stands until it is cleared; `method` and `path` are regular expressions."""

    id: int
    kind: str
    remaining: int | None
    method: str
    path: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long it takes, for kinds that take time."""
        return float(self.fields.get("seconds", 0))

    def as_json(self) -> dict[str, Any]:
        """For the control endpoint."""
        return {**vars(self), "count": self.remaining if self.remaining is not None else "until_cleared"}


class Faults:
    """The orders of one project. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Fault] = []
        self._last_id = 0

    def order(
        self, kind: str, *, count: int | None = 1, method: str = ".*", path: str | None = None, **fields: Any
    ) -> Fault:
        """Add an order; `count` None means until cleared. Raises FaultError for an unknown or incomplete one."""
        missing = [name for name in KINDS.get(kind, ()) if name not in fields]
        if kind not in KINDS or missing:
            raise FaultError(f"{kind} needs: {', '.join(missing)}" if missing else f"no fault is called {kind}")
        if count is not None and count < 1:
            raise FaultError("count must be a whole number from 1, or until_cleared")
        if path is None:
            path = CREATION_PATH if kind in ("lose_answer", "delay_before", "delay_after") else ".*"
        try:
            re.compile(path)
            re.compile(method)
            float(fields.get("seconds", 0))
        except (re.error, TypeError, ValueError) as error:
            raise FaultError(str(error)) from error
        with self._lock:
            self._last_id += 1
            fault = Fault(self._last_id, kind, count, method, path, fields)
            self._orders.append(fault)
        return fault

    def take(self, kind: str, *, method: str = "", path: str = "", job: str | None = None) -> Fault | None:
        """The first order of this kind that fits, counted down; None when nothing is ordered."""
        if not self._orders:
            return None
        with self._lock:
            for fault in self._orders:
                if fault.kind == kind and _fits(fault, method, path, job):
                    if fault.remaining is not None:
                        fault.remaining -= 1
                        if fault.remaining == 0:
                            self._orders.remove(fault)
                    return fault
        return None

    def clear(self, fault_id: int | None = None) -> None:
        """Forget one order or all."""
        with self._lock:
            self._orders = [fault for fault in self._orders if fault_id not in (None, fault.id)]

    def all(self) -> list[Fault]:
        """The orders that still stand."""
        with self._lock:
            return list(self._orders)

    def hold_queue(self, seconds: float, count: int | None = 1) -> Fault:
        """Jobs of the next pipelines stay pending for this long."""
        return self.order("hold_queue", count=count, seconds=seconds)

    def fail_job(self, job: str, count: int | None = 1, reason: str = "script_failure") -> Fault:
        """The job of this name fails when it runs, with GitLab's failure reason."""
        return self.order("fail_job", count=count, job=job, reason=reason)

    def lose_answer(self, count: int | None = 1, *, method: str = "POST", path: str | None = None) -> Fault:
        """The call is carried out, then the connection closes without an answer. By default: creations."""
        return self.order("lose_answer", count=count, method=method, path=path)

    def delay_before(self, seconds: float, count: int | None = 1, *, path: str | None = None) -> Fault:
        """Wait before a call is carried out. By default: creations."""
        return self.order("delay_before", count=count, path=path, seconds=seconds)

    def delay_after(self, seconds: float, count: int | None = 1, *, path: str | None = None) -> Fault:
        """Wait after a call was carried out and before it is answered. By default: creations."""
        return self.order("delay_after", count=count, path=path, seconds=seconds)

    def answer(
        self,
        status: int,
        body: Any = "",
        *,
        headers: dict[str, str] | None = None,
        content_type: str | None = None,
        count: int | None = 1,
        method: str = ".*",
        path: str = ".*",
    ) -> Fault:
        """Answer with this instead of carrying the call out; a body that is not text goes as JSON."""
        kept = {"status": status, "body": body, "headers": headers or {}, "content_type": content_type}
        return self.order("answer", count=count, method=method, path=path, **kept)

    def go_down(self, count: int | None = None, *, path: str = ".*") -> Fault:
        """Close every connection at once, until cleared."""
        return self.order("down", count=count, path=path)

    def hide_pipeline(self, seconds: float, count: int | None = 1) -> Fault:
        """The next pipeline is made, but reads do not see it for this long."""
        return self.order("hide_pipeline", count=count, seconds=seconds)

    def delete_pipeline(self, seconds: float = 0, count: int | None = 1) -> Fault:
        """The next pipeline is deleted this long after it was made."""
        return self.order("delete_pipeline", count=count, seconds=seconds)

    def drop_hooks(self, count: int | None = 1) -> Fault:
        """The next webhook deliveries are lost."""
        return self.order("drop_hooks", count=count)

    def duplicate_hooks(self, count: int | None = 1) -> Fault:
        """The next webhook deliveries are sent twice, with the same Idempotency-Key."""
        return self.order("duplicate_hooks", count=count)

    def delay_hooks(self, seconds: float, count: int | None = 1) -> Fault:
        """The next webhook deliveries arrive late, with the content of the moment of the event."""
        return self.order("delay_hooks", count=count, seconds=seconds)

    def reorder_hooks(self, count: int | None = 1) -> Fault:
        """The next webhook delivery arrives after the one that follows it."""
        return self.order("reorder_hooks", count=count)


def _fits(fault: Fault, method: str, path: str, job: str | None) -> bool:
    if job is not None and fault.fields.get("job") != job:
        return False
    return bool(re.fullmatch(fault.method, method) and re.search(fault.path, path))
