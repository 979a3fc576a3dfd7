"""What is known about a target: what is live, whether it is as published, what is kept; and giving up old releases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher import reports
from publisher.comparison import DAY
from publisher.contract import Entry, Target
from publisher.errors import Refused
from publisher.journal import FOLDER as JOURNALS
from publisher.ledger import Ledger, claimed
from publisher.model import Bound, File
from publisher.options import Options
from publisher.pointer import Pointer, Record
from publisher.publishing import silent
from publisher.results import OnProgress, Progress, Pruned, Release, Releases, Status, Verified
from publisher.rules import RESERVED
from publisher.running import MANIFESTS, holding
from publisher.standing import kept_manifest, live_manifest, read_manifest
from publisher.targets import opened


def status(target: str, *, options: Options | None = None) -> Status:
    """What is live, by one request. Raises Refused, Unavailable."""
    options = options or Options()
    with opened(target, options) as host:
        pointer = Ledger(host, options, silent).load()
        claim, record = pointer.claim, pointer.record(pointer.release)
        busy = claim is not None and claim.until > host.now()
        return Status(
            release=pointer.release,
            at=record.at if record else 0.0,
            files=record.files if record else 0,
            busy_with=f"{claim.what} {claim.release}" if claim and busy else "",
            unfinished=pointer.journal if not busy else "",
            conditional_writes=pointer.conditional_writes,
            invalidated_paths=pointer.invalidated_paths,
        )


def verify(target: str, *, options: Options | None = None, on_progress: OnProgress = silent) -> Verified:
    """Compare what stands on the target with its live release. Writes nothing. Raises Refused, Unavailable."""
    options = options or Options()
    with opened(target, options) as host:
        pointer = Ledger(host, options, on_progress).load()
        manifest = live_manifest(host, pointer)
        if manifest is None:
            raise Refused(f"Nothing was published to {target} yet, so there is nothing to compare it with.")
        expected = {path: one.file for path, one in manifest.leaving.items()} | dict(manifest.files)
        found = host.survey(None, expected, since=pointer.settled_at, on_progress=on_progress)
    on_progress(Progress(stage="Compared"))
    return _difference(pointer.release, expected, found)


def _difference(release: str, expected: dict[str, File], found: dict[str, File]) -> Verified:
    both = sorted(expected.keys() & found.keys())
    changed = tuple(path for path in both if not _is_content(found[path], expected[path]))
    return Verified(
        release=release,
        checked=len(expected),
        missing=tuple(sorted(expected.keys() - found.keys())),
        changed=changed,
        headers_changed=tuple(
            path for path in both if found[path].headers != expected[path].headers and path not in changed
        ),
        unknown=tuple(sorted(found.keys() - expected.keys())),
    )


def _is_content(found: File, expected: File) -> bool:
    """By the hash; the host's mark counts too, as a copy that it has not changed is still the same."""
    return found.has_content_of(expected) or (bool(found.etag) and found.etag == expected.etag)


def list_releases(target: str, *, options: Options | None = None) -> Releases:
    """The kept releases, newest first, and the bytes that keeping them costs. Raises Refused, Unavailable."""
    options = options or Options()
    with opened(target, options) as host:
        pointer = Ledger(host, options, silent).load()
        storage = sum(entry.size for entry in host.records(RESERVED)) if pointer.release else 0
    return Releases(
        releases=tuple(
            Release(
                id=one.id,
                at=one.at,
                files=one.files,
                pages=one.pages,
                size=one.size,
                live=one.id == pointer.release,
            )
            for one in pointer.releases
        ),
        storage=storage,
    )


def bound_to(target: str, release: str = "", *, options: Options | None = None) -> Bound | None:
    """How far a kept release (the live one when none is named) is tied to its own address; None: nobody looked.

    Two requests. Raises NotKept, Refused, Unavailable.
    """
    options = options or Options()
    with opened(target, options) as host:
        pointer = Ledger(host, options, silent).load()
        return kept_manifest(host, pointer, release or pointer.release).bound_to


def release_files(target: str, release: str, *, options: Options | None = None) -> Mapping[str, File]:
    """The files of a kept release by path, by two requests. Raises NotKept, Refused, Unavailable."""
    options = options or Options()
    with opened(target, options) as host:
        return kept_manifest(host, Ledger(host, options, silent).load(), release).files


def prune(
    target: str,
    *,
    keep: int = 10,
    keep_days: float = 30,
    options: Options | None = None,
    on_progress: OnProgress = silent,
) -> Pruned:
    """Give up releases that are neither among the newest `keep` nor younger than `keep_days`; never the live one.

    Raises Busy, Refused, Unavailable, LostClaim; may be repeated after any.
    """
    options = options or Options()
    with opened(target, options) as host:
        ledger = Ledger(host, options, on_progress)
        return claimed(ledger, lambda: _prune(host, ledger, keep, keep_days, on_progress))


def _prune(target: Target, ledger: Ledger, keep: int, keep_days: float, on_progress: OnProgress) -> Pruned:
    if not ledger.pointer.release:
        return Pruned(releases=(), kept=(), freed_bytes=0)
    if ledger.pointer.journal:
        raise Refused("The last run did not finish. Publish first, so that nothing it needs is given up.")
    ledger.take("tidying up", None, ledger.pointer.release)
    with holding(ledger):
        kept = _kept(ledger.pointer, keep, keep_days, target.now())
        names = {one.id for one in kept}
        given_up = tuple(one.id for one in ledger.pointer.releases if one.id not in names)
        on_progress(Progress(stage="Giving up old releases", total=len(given_up)))
        manifests = [read_manifest(target, one.manifest) for one in kept]
        # The list is shortened first: a release that is half gone must not be offered.
        ledger.note(releases=kept)
        ledger.check()
        freed = target.give_up(manifests)
        keys = {one.manifest for one in kept}
        spare = [entry for entry in target.records(MANIFESTS) if entry.path not in keys]
        spare += target.records(JOURNALS)
        spare += _old_reports(target, names, given_up, keep_days)
        target.remove([entry.path for entry in spare])
        ledger.finish(spent=())
    return Pruned(
        releases=given_up,
        kept=tuple(one.id for one in kept),
        freed_bytes=freed + sum(entry.size for entry in spare),
    )


def _old_reports(target: Target, kept: set[str], given_up: tuple[str, ...], keep_days: float) -> Iterator[Entry]:
    """Reports of releases that are given up, and those of ids that never became a release, after their days."""
    for entry in target.records(reports.FOLDER):
        asked = reports.asked_in(entry.path)
        young = bool(keep_days) and target.now() - entry.modified < keep_days * DAY
        if asked in given_up or (asked not in kept and not young):
            yield entry


def _kept(pointer: Pointer, keep: int, keep_days: float, now: float) -> tuple[Record, ...]:
    return tuple(
        one
        for number, one in enumerate(pointer.releases)
        if number < keep or (keep_days and now - one.at < keep_days * DAY) or one.id == pointer.release
    )
