"""Promote: show a release that another target of the same kind keeps, by copies on the host alone."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from publisher.comparison import Comparison, compare, hold_back
from publisher.contract import Kind, Origin, Target
from publisher.errors import NotKept, Refused
from publisher.ledger import Ledger, claimed
from publisher.local import Build
from publisher.model import File, Manifest, is_page, marker_body
from publisher.options import Options
from publisher.pointer import Pointer, check_name
from publisher.publishing import refuse_another_content, shows_already, silent
from publisher.results import OnProgress, Progress, Published
from publisher.rules import headers_at
from publisher.running import Job, carry_out, distribution_for, nothing_done
from publisher.standing import Standing, kept_manifest, live_manifest, look
from publisher.targets import opened


def promote(
    source: str,
    target: str,
    release: str,
    *,
    as_release: str = "",
    options: Options | None = None,
    source_options: Options | None = None,
    on_progress: OnProgress = silent,
) -> Published:
    """Make the target show the release that the source keeps, under this name ("": the same). Nothing but a marker is
    sent to the host, and nothing is written to the source.

    Raises NotKept, HeldBack, Busy, Refused, Unavailable, LostClaim. After the last four the call may be repeated.
    """
    options = options or Options()
    source_options = source_options or options
    check_name(as_release or release)
    with opened(target, options) as host, opened(source, source_options) as origin:
        reason = host.refusal_of(origin)
        if reason:
            raise Refused(f"Release {release} cannot be copied: {reason}. Nothing was changed.")
        kept = _read_source(origin, release, source_options)
        if not options.anyway:
            _refuse_bound(kept.manifest)
        run = _Promotion(host, origin, kept, as_release or release, options, on_progress)
        ledger = Ledger(host, options, on_progress)
        return claimed(ledger, lambda: run.attempt(ledger))


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """What the source keeps: the release, what is served there, and since when nobody should have written to it."""

    manifest: Manifest
    served: Mapping[str, File]
    settled_at: float


def _read_source(source: Target, release: str, options: Options) -> _Kept:
    pointer = Ledger(source, options, silent).load()
    manifest = kept_manifest(source, pointer, release)
    live = manifest if pointer.release == release else live_manifest(source, pointer)
    served = {**{path: one.file for path, one in live.leaving.items()}, **live.files} if live else {}
    return _Kept(manifest=manifest, served=served, settled_at=0.0 if pointer.journal else pointer.settled_at)


def _refuse_bound(manifest: Manifest) -> None:
    """Raises Refused when the release would lead visitors and search engines away from another place."""
    name, bound = f"Release {manifest.release}", manifest.bound_to
    again = "build it again for the other place. Nothing was changed."
    if bound is None:
        raise Refused(
            f"{name} cannot go elsewhere: nobody looked whether it names its own address. Publish it to its own place "
            f"with --address, or {again}"
        )
    if bound.files:
        raise Refused(
            f"{name} names its own address {bound.address} in {bound.files} files ({', '.join(bound.first[:3])}), so "
            f"visitors of the other place would be sent back: {again}"
        )
    pages = sum(map(is_page, manifest.files))
    if bound.noindex * 2 > pages:
        raise Refused(
            f"{name} asks search engines to leave out {bound.noindex} of its {pages} pages, so the other place would "
            f"not be found any more: {again}"
        )


class _Promotion:
    """One promotion, until it has the claim."""

    def __init__(
        self, target: Target, source: Target, kept: _Kept, release: str, options: Options, on_progress: OnProgress
    ) -> None:
        self._started = time.monotonic()
        self._target = target
        self._source = source
        self._kept = kept
        self._release = release
        self._options = options
        self._on_progress = on_progress
        self._markers = self._made_here()
        self._wanted = self._files()
        foreign = next((path for path in self._wanted if options.rules.is_foreign(path)), "")
        if foreign:
            raise Refused(f"Release {kept.manifest.release} has {foreign}, which publishing never touches there.")

    def _made_here(self) -> dict[str, bytes]:
        """The markers with the new name in them; a marker is what consists of the release's old one."""
        old = hashlib.sha256(marker_body(self._kept.manifest.release)).hexdigest()
        found = {path for path, file in self._kept.manifest.files.items() if file.sha256 == old}
        if self._options.marker:
            found.add(self._options.marker)
        return dict.fromkeys(sorted(found), marker_body(self._release))

    def _files(self) -> dict[str, File]:
        """The files as they will stand here: the marks of the source's copies mean nothing."""
        rules, cdn = self._options.rules, bool(self._options.distribution)
        files = {
            path: File(file.sha256, file.size, headers_at(cdn, file.headers, rules))
            for path, file in self._kept.manifest.files.items()
        }
        for path, body in self._markers.items():
            headers = files[path].headers if path in files else rules.headers_of(path, behind_cdn=cdn)
            files[path] = File(hashlib.sha256(body).hexdigest(), len(body), headers)
        return dict(sorted(files.items()))

    def attempt(self, ledger: Ledger) -> Published:
        """Look, decide, claim, and do it. Raises Conflict when another run was quicker than the claim."""
        pointer = ledger.pointer
        standing, comparison = self._look(pointer)
        if shows_already(pointer, standing, comparison, self._markers.keys()):
            return nothing_done(pointer.release, self._wanted, standing, self._started, self._kept.manifest.bound_to)
        refuse_another_content(pointer, self._release, self._wanted)
        if not self._options.anyway:
            hold_back(comparison, self._options.rules)
        job = Job(
            what="promoting",
            release=self._release,
            wanted=self._wanted,
            build=Build(folder=Path(), files=self._wanted, extra=self._markers),
            standing=standing,
            comparison=comparison,
            distribution=distribution_for(self._options, self._target.name),
            started=self._started,
            bound_to=self._kept.manifest.bound_to,
            origin=self._find(standing, comparison, 0.0 if pointer.journal else pointer.settled_at),
        )
        journal = job.journal(ledger.token)
        warnings = ledger.take(job.what, journal, self._release)
        return carry_out(
            job, journal, target=self._target, ledger=ledger, warnings=warnings, on_progress=self._on_progress
        )

    def _look(self, pointer: Pointer) -> tuple[Standing, Comparison]:
        """What is there, and how it differs from the release."""
        standing = look(
            self._target,
            pointer,
            live_manifest(self._target, pointer),
            release=self._release,
            verify=self._options.verify,
            remove_unknown=self._options.remove_unknown,
            wanted=self._wanted,
            on_progress=self._on_progress,
        )
        return standing, compare(
            self._wanted,
            there=standing.files,
            leaving=standing.leaving,
            uncertain=standing.uncertain,
            rules=self._options.rules,
            now=self._target.now(),
            last=next(iter(self._markers), ""),
        )

    def _find(self, standing: Standing, comparison: Comparison, settled_at: float) -> Origin:
        """Where all content comes from, before anything is written: half a release is worse than none."""
        self._on_progress(Progress(stage="Looking at the release"))
        steps = [step for step in comparison.steps if step.path not in self._markers]
        kept = self._kept.manifest.files
        needed = {step.file.sha256: kept[step.path] for step in steps if step.kind is not Kind.HEADERS}
        # What this run overwrites cannot be copied from while it does.
        touched = {step.path for step in comparison.steps}
        there = {path: one.file for path, one in standing.leaving.items()} | dict(standing.files)
        stays = {path: file for path, file in there.items() if path not in touched}
        here = self._target.locate(needed, stays, since=settled_at, on_progress=self._on_progress)
        elsewhere = {content: file for content, file in needed.items() if content not in here}
        found = self._source.locate(
            elsewhere, self._kept.served, since=self._kept.settled_at, on_progress=self._on_progress
        )
        missing = [step.path for step in steps if step.file.sha256 in elsewhere.keys() - found.keys()]
        if missing:
            raise NotKept(
                f"Release {self._kept.manifest.release} is not whole on {self._source.name}: {len(missing)} of its "
                f"files are not kept any more ({', '.join(missing[:3])}). Nothing was changed."
            )
        return Origin(source=self._source, here=here, there=found)
