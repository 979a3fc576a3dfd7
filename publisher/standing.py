"""What stands on a target now: as its manifest says, except where a broken run makes that unsure or a look is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from publisher import journal as journals
from publisher import model
from publisher.contract import Target
from publisher.errors import NotKept, Refused
from publisher.journal import Journal
from publisher.local import Build, hash_file
from publisher.model import File, Leaving, Manifest
from publisher.parallel import run_all
from publisher.pointer import Pointer
from publisher.results import OnProgress

_MD5 = re.compile(r'"?([0-9a-f]{32})"?')
_THREADS = 4


@dataclass(frozen=True, kw_only=True)
class Standing:
    """files: what is there of the site; leaving: hashed assets kept on; unknown: files of no release, left alone.

    uncertain: paths that a broken run may have written or deleted; stale: files whose caches it still owed to clear;
    finishing: the release that it was about, "" when none; seed: of its invalidations.

    base: the release that was live before, "" for none; base_manifest: its record; before: what stood there then, None
    when that is what stands there now.
    """

    files: Mapping[str, File]
    leaving: Mapping[str, Leaving]
    unknown: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    finishing: str = ""
    seed: str = ""
    base: str = ""
    base_manifest: str = ""
    before: Mapping[str, File] | None = None


def read_manifest(target: Target, key: str) -> Manifest:
    """The manifest under this key. Raises NotKept."""
    stored = target.read(key)
    if stored is None:
        raise NotKept(f"The record {key} is missing on the target. Publish again with --verify.")
    return model.decode(stored.body)


def kept_manifest(target: Target, pointer: Pointer, release: str) -> Manifest:
    """The manifest of a kept release. Raises NotKept, with those that are."""
    record = pointer.record(release)
    if record is None:
        kept = ", ".join(one.id for one in pointer.releases[:5]) or "none"
        raise NotKept(f"Release {release} is not kept on {target.name}. Kept, newest first: {kept}.")
    return read_manifest(target, record.manifest)


def live_manifest(target: Target, pointer: Pointer) -> Manifest | None:
    """The manifest of what is live; None before the first publish."""
    return read_manifest(target, pointer.manifest) if pointer.manifest else None


def look(
    target: Target,
    pointer: Pointer,
    manifest: Manifest | None,
    *,
    release: str,
    verify: bool,
    remove_unknown: bool,
    wanted: Mapping[str, File],
    on_progress: OnProgress,
) -> Standing:
    """What stands there. Without a manifest, or when asked to, everything is listed and compared.

    release: what is to become live, to tell a run that is repeated from another one.
    """
    remove_unknown = remove_unknown or not target.keeps_others
    journal, lost = _journal(target, pointer)
    files = dict(manifest.files) if manifest else {}
    leaving = dict(manifest.leaving) if manifest else {}
    owed = _owed(pointer, journal, files, leaving, lost=lost)
    if manifest is not None and journal is None and not verify and not lost:
        return owed
    known = _all_of(manifest) if manifest else {}
    # Where a target has no headers, a file that no release had is served with those that are wanted.
    expected = {**wanted, **known}
    if verify or lost or manifest is None:
        since = 0.0 if journal or lost else pointer.settled_at
        found = target.survey(None, expected, since=since, on_progress=on_progress)
        seen = _surveyed(owed, found, wanted, remove_unknown=remove_unknown)
        return _with_base(target, pointer, journal, release, seen, known) if journal else seen
    found = target.survey(owed.uncertain, expected, since=0.0, on_progress=on_progress)
    _take_over(found, owed.uncertain, files, leaving)
    return _with_base(target, pointer, journal, release, owed, known) if journal else owed


def _owed(
    pointer: Pointer, journal: Journal | None, files: dict[str, File], leaving: dict[str, Leaving], *, lost: bool
) -> Standing:
    """What the manifest says, and what a broken run left to be done."""
    return Standing(
        files=files,
        leaving=leaving,
        uncertain=tuple(journal.touched) if journal else (),
        # Nobody knows any more what a lost journal owed, so everything may be stale.
        stale=tuple(journal.stale) if journal else tuple(files) if lost else (),
        finishing=journal.release if journal else "",
        seed=journal.seed if journal else "",
        base=pointer.release,
        base_manifest=pointer.manifest,
    )


def _take_over(
    found: Mapping[str, File], touched: Iterable[str], files: dict[str, File], leaving: dict[str, Leaving]
) -> None:
    """Of the paths that a broken run touched, what was found there counts, not the manifest."""
    for path in touched:
        files.pop(path, None)
        if path in found and path not in leaving:
            files[path] = found[path]
        elif path in leaving:
            kept = leaving.pop(path)
            if path in found:
                leaving[path] = Leaving(found[path], kept.since)


def _with_base(
    target: Target, pointer: Pointer, journal: Journal, release: str, standing: Standing, known: Mapping[str, File]
) -> Standing:
    """With what was there before the broken run, which a repeated run counts its changes against.

    known: what the live release had. When the run that is repeated was live already, the release before it counts.
    """
    if release == journal.release == pointer.release and journal.base is not None:
        stored = target.read(journal.base_manifest) if journal.base_manifest else None
        earlier = model.decode(stored.body) if stored else None
        if earlier is not None or not journal.base:
            before = _all_of(earlier) if earlier else {}
            return replace(standing, base=journal.base, base_manifest=journal.base_manifest, before=before)
    there = {path: one.file for path, one in standing.leaving.items()} | dict(standing.files)
    touched = set(journal.touched)
    before = {path: file for path, file in there.items() if path not in touched}
    return replace(standing, before=before | {path: known[path] for path in touched & known.keys()})


def _all_of(manifest: Manifest) -> dict[str, File]:
    return {path: one.file for path, one in manifest.leaving.items()} | dict(manifest.files)


def _journal(target: Target, pointer: Pointer) -> tuple[Journal | None, bool]:
    """The journal of a run that did not finish; True when there is one that cannot be read any more."""
    if not pointer.journal:
        return None, False
    stored = target.read(pointer.journal)
    if stored is None:
        return None, True
    try:
        return journals.decode(stored.body), False
    except Refused:
        return None, True


def _surveyed(
    owed: Standing, found: Mapping[str, File], wanted: Mapping[str, File], *, remove_unknown: bool
) -> Standing:
    ours = owed.files.keys() | owed.leaving.keys() | set(owed.uncertain) | wanted.keys()
    unknown = tuple(sorted(path for path in found if path not in ours))
    leaving = {
        path: Leaving(found[path], one.since)
        for path, one in owed.leaving.items()
        if path in found and path not in owed.files
    }
    files = {path: file for path, file in found.items() if path not in leaving and (remove_unknown or path in ours)}
    return replace(owed, files=files, leaving=leaving, unknown=() if remove_unknown else unknown)


def recognise(standing: Standing, build: Build) -> Standing:
    """Objects that other tools wrote have no hash noted; where their ETag is an MD5, the local file's tells."""
    candidates = [
        path
        for path, file in standing.files.items()
        if not file.sha256 and path in build.files and build.files[path].size == file.size
    ]
    equal: dict[str, File] = {}

    def work(path: str) -> None:
        seen, content = standing.files[path], build.content(path)
        match = _MD5.fullmatch(seen.etag)
        if match and isinstance(content, str) and hash_file(content, "md5")[0] == match.group(1):
            equal[path] = replace(seen, sha256=build.files[path].sha256)

    run_all(candidates, work, threads=_THREADS)
    return replace(standing, files={**standing.files, **equal}) if equal else standing
