"""The claim on a target: taken by a conditional write before anything else is written, renewed while work is done."""

from __future__ import annotations

import dataclasses
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from publisher import journal as journals
from publisher import pointer as pointers
from publisher.contract import ABSENT, Target
from publisher.errors import Busy, Conflict, LostClaim, PublisherError, Refused, Unavailable
from publisher.journal import Journal
from publisher.options import Options
from publisher.pointer import POINTER, Claim, Pointer
from publisher.results import OnProgress, Progress

_POLL = 2.0
# Without conditional writes: how long to let a rival's write show up before looking who was last.
_SETTLE = 2.0


class Ledger:
    """Reads and writes the pointer of one target; while it holds the claim, `check` says whether it still does."""

    def __init__(self, target: Target, options: Options, on_progress: OnProgress) -> None:
        self._target = target
        self._options = options
        self._on_progress = on_progress
        self.token = secrets.token_hex(8)
        self.pointer = Pointer()
        self._version = ABSENT
        self._writing = threading.RLock()
        self._ended = threading.Event()
        self._good_until = 0.0
        self._keeper: threading.Thread | None = None
        self._lost = False
        self._loaded = False

    @property
    def is_new(self) -> bool:
        """True when the pointer was looked for and is not there: nobody has published here yet."""
        return self._loaded and self._version == ABSENT

    def load(self) -> Pointer:
        """Read the pointer anew."""
        stored = self._target.read(POINTER)
        self.pointer = pointers.decode(stored.body) if stored else Pointer()
        self._version = stored.version if stored else ABSENT
        self._loaded = True
        return self.pointer

    def load_once(self) -> Pointer:
        """The pointer as it was read before, else read now; a write on it fails when it is old by then."""
        return self.pointer if self._loaded else self.load()

    def wait_until_free(self) -> None:
        """Return when nobody else holds a claim. Raises Busy after the time to wait."""
        deadline = time.monotonic() + self._options.wait
        while (claim := self.pointer.claim) is not None and claim.until > self._target.now():
            left = deadline - time.monotonic()
            if left <= 0:
                raise Busy(
                    f"{self._target.name} is being written by another run ({claim.what} {claim.release}). "
                    "Nothing was changed here. Try again when it is done."
                )
            self._on_progress(Progress(stage=f"Waiting for another run ({claim.what} {claim.release})"))
            time.sleep(min(_POLL, left, self._options.lease / 4))
            self.load()

    def take(self, what: str, journal: Journal | None, release: str) -> tuple[str, ...]:
        """Claim the target, with the journal of what will be touched. Returns warnings. Raises Conflict when another
        run was quicker."""
        if journal is not None:
            self._target.write(journal.key, journals.encode(journal))
        key = journal.key if journal else self.pointer.journal
        spent = (*self.pointer.spent, self.pointer.journal) if journal and self.pointer.journal else self.pointer.spent
        started = time.monotonic()
        try:
            self._write(claim=self._claim(what, release), journal=key, spent=spent)
        except Conflict:
            if journal is not None:
                self._target.remove([journal.key])
            raise
        self._good_until = started + self._options.lease
        self._keeper = threading.Thread(target=self._keep, args=(what, release), daemon=True)
        self._keeper.start()
        try:
            return self._find_out_who_won()
        except BaseException as error:
            self._lost = self._lost or isinstance(error, Conflict)
            self.abandon()
            raise

    def _claim(self, what: str, release: str) -> Claim:
        until = self._target.now() + self._options.lease
        return Claim(holder=self.token, what=what, release=release, until=until)

    def judge_host(self) -> None:
        """Once per target: does it refuse a write on a false condition? May be asked before the claim is taken."""
        if self.pointer.conditional_writes is None:
            judged = self._target.has_conditional_writes()
            with self._writing:
                self.pointer = dataclasses.replace(self.pointer, conditional_writes=judged)

    def _find_out_who_won(self) -> tuple[str, ...]:
        """Where conditional writes cannot be relied on: look who wrote last, and say so."""
        self.judge_host()
        if self.pointer.conditional_writes:
            return ()
        time.sleep(_SETTLE)
        with self._writing:
            stored = self._target.read(POINTER)
            claim = pointers.decode(stored.body).claim if stored else None
            if claim is None or claim.holder != self.token:
                raise Conflict(POINTER)
        return (
            "This host has no conditional writes: two runs that start within a second of each other may both "
            "write. Let your pipeline run one at a time (in GitLab: resource_group).",
        )

    def _keep(self, what: str, release: str) -> None:
        """Renew the claim until the work ends."""
        while not self._ended.wait(self._options.lease / 3):
            started = time.monotonic()
            with self._writing:
                if self._ended.is_set():
                    return
                try:
                    self._write(claim=self._claim(what, release))
                    self._good_until = started + self._options.lease
                except Conflict:
                    self._lost = True
                    return
                except (Unavailable, Refused):
                    continue  # the lease says how long this may go on

    def check(self) -> None:
        """Raises LostClaim when this run may not write any more."""
        if self._lost or time.monotonic() > self._good_until:
            self._lost = True
            raise LostClaim(
                "This run was silent for too long and has stopped, since another one may have taken over. "
                "Nothing is lost: publish again."
            )

    def note(self, **changes: Any) -> None:
        """Write the pointer while the claim is kept. Raises LostClaim."""
        with self._writing:
            self.check()
            try:
                self._write(**changes)
            except Conflict:
                self._lost = True
                self.check()

    def finish(self, **changes: Any) -> None:
        """Write the pointer and let go of the claim. Raises LostClaim."""
        self._end()
        self.note(claim=None, **changes)

    def vanish(self) -> None:
        """Delete the pointer itself, and the claim with it: the last step of erasing. Raises LostClaim."""
        self._end()
        with self._writing:
            self.check()
            self._target.erase([POINTER], self)

    def abandon(self) -> None:
        """Let go after a failure, so that the next run need not wait. What was begun stays in the journal."""
        self._end()
        if not self._lost:
            try:
                self.note(claim=None)
            except PublisherError:
                return  # then it lapses by itself

    def _end(self) -> None:
        self._ended.set()
        if self._keeper is not None:
            self._keeper.join()

    def _write(self, **changes: Any) -> None:
        """Compare and set. A lost answer to a write that went through is found by reading back."""
        with self._writing:
            fresh = dataclasses.replace(self.pointer, **changes, written_by=f"{self.token}-{secrets.token_hex(4)}")
            body = pointers.encode(fresh)
            try:
                self._version = self._target.write(POINTER, body, expect=self._version)
            except Conflict:
                stored = self._target.read(POINTER)
                if stored is None or stored.body != body:
                    raise
                self._version = stored.version
            self.pointer = fresh


def claimed[T](ledger: Ledger, attempt: Callable[[], T]) -> T:
    """Run the attempt (which looks and then takes the claim) again while other runs are quicker. Raises Busy."""
    ledger.load_once()
    while True:
        ledger.wait_until_free()
        try:
            return attempt()
        except Conflict:
            ledger.load()
