"""Publish a build, and say beforehand what that would do."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.comparison import Comparison, compare, guard, hold_back
from publisher.contract import Kind, Target
from publisher.errors import HeldBack, Refused
from publisher.ledger import Ledger, claimed
from publisher.local import Build, find_build
from publisher.model import Bound, File, Manifest, marker_body
from publisher.options import Options
from publisher.pointer import Pointer, check_name
from publisher.reports import hand_over, hand_over_held_back, key_of
from publisher.results import OnProgress, Plan, Progress, Published
from publisher.running import Job, carry_out, distribution_for, nothing_done
from publisher.standing import Standing, look, read_manifest, recognise
from publisher.targets import opened

if TYPE_CHECKING:
    from publisher.own_address import Search


def silent(progress: Progress) -> None:
    """Nobody wants to know how far it is."""


def publish(
    dist: Path | str,
    target: str,
    *,
    release: str = "",
    options: Options | None = None,
    on_progress: OnProgress = silent,
) -> Published:
    """Make the target show this build as a release of this name ("": a new name).

    Raises HeldBack, Busy, Refused, Unavailable, LostClaim. After any of them the same call may be made again; a run
    that was ended in between is finished by it.
    """
    options = options or Options()
    run = _Run(Path(dist), release, options, on_progress)
    with opened(target, options) as host:
        ledger = Ledger(host, options, on_progress)
        run.read_both(host, ledger, to_write=True)
        return claimed(ledger, lambda: run.attempt(host, ledger))


def plan(
    dist: Path | str,
    target: str,
    *,
    release: str = "",
    options: Options | None = None,
    on_progress: OnProgress = silent,
) -> Plan:
    """What publish would do now: what goes, stays and vanishes. Writes nothing. Raises Refused, Unavailable."""
    options = options or Options()
    run = _Run(Path(dist), release, options, on_progress)
    with opened(target, options) as host:
        ledger = Ledger(host, options, on_progress)
        run.read_both(host, ledger)
        standing, comparison = run.look(host, ledger)
    build = run.build
    return Plan(
        release=run.release,
        base=ledger.pointer.release,
        files=len(build.files),
        size=sum(file.size for file in build.files.values()),
        added=comparison.of(Kind.ADDED),
        changed=comparison.of(Kind.CONTENT),
        headers_changed=comparison.of(Kind.HEADERS),
        removed=tuple(sorted(comparison.gone)),
        kept=tuple(sorted(comparison.leaving)),
        unknown=standing.unknown,
        held_back=guard(comparison, options.rules),
        unchanged=len(build.files) - len(comparison.steps),
    )


def shows_already(pointer: Pointer, standing: Standing, comparison: Comparison, markers: Set[str]) -> bool:
    """True when nothing but the name of the release would change, and no run is left unfinished."""
    if not pointer.release or standing.finishing or pointer.journal:
        return False
    others = [step for step in comparison.steps if step.path not in markers]
    return not others and not comparison.gone and comparison.same_paths


def refuse_another_content(pointer: Pointer, release: str, files: Mapping[str, File]) -> None:
    """Raises Refused when a release of this name is kept and is not this one."""
    known = pointer.record(release)
    if known is not None and Manifest(release=release, made_at=0, files=files).content_id() != known.content_id:
        raise Refused(f"Release {release} is kept already, with other content. Give this one another name.")


def _search(address: str) -> Search | None:
    if not address:
        return None
    from publisher.own_address import Search

    return Search(address)


@dataclass
class _Seen:
    """The manifest that was read beside the hashing, and for which key."""

    key: str = ""
    manifest: Manifest | None = None


class _Run:
    """One publish, until it has the claim."""

    def __init__(self, dist: Path, release: str, options: Options, on_progress: OnProgress) -> None:
        self.started = time.monotonic()
        self.release = release or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        check_name(self.release)
        self._asked = release
        self._search = _search(options.address)
        self._dist = dist
        self._options = options
        self._on_progress = on_progress
        self._seen = _Seen()
        self._build: Build | None = None
        self._takes_unread = False

    @property
    def build(self) -> Build:
        """The build, once it was read."""
        if self._build is None:
            raise RuntimeError("the build was not read yet")
        return self._build

    def read_both(self, target: Target, ledger: Ledger, *, to_write: bool = False) -> None:
        """Hash the build while the host answers what it has; of what has to be compared with nothing, the rest is
        hashed while it is sent. to_write: the host may be asked by writing."""
        failure: list[BaseException] = []
        found, begin = threading.Event(), threading.Event()

        def ask() -> None:
            try:
                self._remember(target, ledger.load().manifest)
                if to_write and ledger.is_new and target.takes_unread():
                    found.wait()
                    self._prepare(ledger, begin)
            except Exception as error:  # noqa: BLE001 - raised again below, in the thread that asked
                failure.append(error)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        try:
            self._build = self._find_build()
        finally:
            found.set()
        self.build.hash_all(self._on_progress, enough=begin.is_set)
        asking.join()
        if failure:
            raise failure[0]

    def _find_build(self) -> Build:
        marker = self._options.marker
        return find_build(
            self._dist,
            self._options.rules,
            behind_cdn=bool(self._options.distribution),
            extra={marker: marker_body(self.release)} if marker else {},
            search=self._search,
        )

    def _prepare(self, ledger: Ledger, begin: threading.Event) -> None:
        """The first words with a new place take it a while: they are spoken beside the hashing."""
        if self._build is not None:
            ledger.judge_host()
            self._takes_unread = True
            begin.set()

    def _remember(self, target: Target, key: str) -> Manifest | None:
        if not key:
            return None
        if self._seen.key != key:
            self._seen = _Seen(key=key, manifest=read_manifest(target, key))
        return self._seen.manifest

    def look(self, target: Target, ledger: Ledger) -> tuple[Standing, Comparison]:
        """What is there, and how it differs from the build."""
        if self._takes_unread and ledger.is_new:
            standing = Standing(files={}, leaving={})
            return standing, self._compare(standing, target)
        self.build.hash_all(self._on_progress)
        standing = look(
            target,
            ledger.pointer,
            self._remember(target, ledger.pointer.manifest),
            release=self.release,
            verify=self._options.verify,
            remove_unknown=self._options.remove_unknown,
            wanted=self.build.files,
            on_progress=self._on_progress,
        )
        standing = recognise(standing, self.build)
        return standing, self._compare(standing, target)

    def _compare(self, standing: Standing, target: Target) -> Comparison:
        return compare(
            self.build.files,
            there=standing.files,
            leaving=standing.leaving,
            uncertain=standing.uncertain,
            rules=self._options.rules,
            now=target.now(),
            last=self._options.marker,
        )

    def attempt(self, target: Target, ledger: Ledger) -> Published:
        """Look, decide, claim, and do it. Raises Conflict when another run was quicker than the claim."""
        standing, comparison = self.look(target, ledger)
        pointer = ledger.pointer
        if self._shows_already(pointer, standing, comparison):
            return self._say_nothing_done(target, pointer.release, standing)
        refuse_another_content(pointer, self.release, self.build.files)
        if not self._options.anyway:
            self._hold_back(target, comparison)
        job = Job(
            what="publishing",
            release=self.release,
            wanted=self.build.files,
            build=self.build,
            standing=standing,
            comparison=comparison,
            distribution=distribution_for(self._options, target.name),
            started=self.started,
            report_as=self._asked,
            bound_to=self.build.bound_to,
        )
        journal = job.journal(ledger.token)
        warnings = ledger.take(job.what, journal, self.release)
        return carry_out(job, journal, target=target, ledger=ledger, warnings=warnings, on_progress=self._on_progress)

    def _say_nothing_done(self, target: Target, live: str, standing: Standing) -> Published:
        """Reported under another id, or when there is no report: the live release's own says what that publish did."""
        result = nothing_done(live, self.build.files, standing, self.started, self._known_bound())
        if self._asked and (self._asked != live or target.read(key_of(live)) is None):
            hand_over(target, self._asked, result)
        return result

    def _hold_back(self, target: Target, comparison: Comparison) -> None:
        try:
            hold_back(comparison, self._options.rules)
        except HeldBack as held:
            hand_over_held_back(target, self._asked, str(held), held.removed, comparison.pages_before)
            raise

    def _shows_already(self, pointer: Pointer, standing: Standing, comparison: Comparison) -> bool:
        known = self._known_bound()
        looked = self._search is None or (known is not None and known.address == self._search.host)
        return looked and shows_already(pointer, standing, comparison, {self._options.marker})

    def _known_bound(self) -> Bound | None:
        return self._seen.manifest.bound_to if self._seen.manifest else None
