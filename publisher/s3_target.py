"""A bucket as a target: the site in place, what it was under .releases/, which no visitor may read.

What is about to be replaced or deleted is first copied, on the host, to .releases/blobs/<hash>. So a first publish
copies nothing, a change costs two requests, and every kept release is whole: in place, or among the blobs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import batched, groupby
from typing import Any

from publisher.contract import ABSENT, Delivered, Entry, Found, Kind, Origin, Step, Stored, Target, Watch, Work
from publisher.errors import Conflict, Refused
from publisher.model import File, Manifest
from publisher.options import Options
from publisher.parallel import run_all
from publisher.pointer import POINTER
from publisher.results import OnProgress, Progress
from publisher.s3_connection import Place, connect
from publisher.s3_large import LARGE_COPY, LARGE_FILE, copy_large, put_large
from publisher.s3_objects import DELETE_AT_ONCE, Objects

BLOBS = ".releases/blobs/"
PROBE = ".releases/conditional"
_ASKED = 20
WAVES = ("Sending assets", "Sending files", "Sending pages", "Sending indexes", "Sending the front page")


def blob_key(file: File) -> str:
    """Where content is kept by its hash."""
    return f"{BLOBS}{file.sha256}"


class S3Target:
    """See contract.Target."""

    keeps_others = True

    def __init__(self, address: str, options: Options) -> None:
        self.place = Place.parse(address)
        self.name = address
        self.endpoint = options.endpoint.rstrip("/") or "AWS"
        self._options = options
        self._wire, self._new_client = connect(self.place, options)
        wanted = os.environ.get("AWS_REQUEST_CHECKSUM_CALCULATION", "").lower() != "when_required"
        self._objects = Objects(self._wire, self.place, checksums=wanted)

    @cached_property
    def _client(self) -> Any:
        """boto3's client, made when a file is so large that it goes in parts."""
        return self._new_client()

    def close(self) -> None:
        self._wire.close()

    def now(self) -> float:
        return self._wire.now()

    def read(self, key: str) -> Stored | None:
        return self._objects.get(key)

    def write(self, key: str, body: bytes, *, expect: str | None = None) -> str:
        return self._objects.put_record(key, body, expect)

    def remove(self, keys: Collection[str]) -> None:
        self._objects.delete(keys)

    def records(self, prefix: str) -> Iterator[Entry]:
        return self._objects.listing(prefix)

    def has_conditional_writes(self) -> bool:
        self.write(PROBE, b"1")
        try:
            self.write(PROBE, b"1", expect=ABSENT)
        except Conflict:
            return True
        return False

    def takes_unread(self) -> bool:
        return not any(self._is_ours(entry.path) for entry in self._objects.listing(""))

    def survey(
        self, paths: Iterable[str] | None, known: Mapping[str, File], *, since: float, on_progress: OnProgress
    ) -> dict[str, File]:
        found: dict[str, File] = {}
        asking: list[str] = list(paths) if paths is not None else []
        if paths is None:
            for entry in self._objects.listing(""):
                if self._is_ours(entry.path):
                    file = known.get(entry.path)
                    same = file is not None and file.etag == entry.etag and file.size == entry.size
                    # The clock that is read here has whole seconds.
                    if file is not None and same and entry.modified <= since + 1:
                        found[entry.path] = file
                    else:
                        asking.append(entry.path)
        asked: dict[str, File] = {}

        def ask(path: str) -> None:
            file = self._objects.head(path)
            if file is not None:
                asked[path] = file
            on_progress(Progress(stage="Looking at the target", done=len(asked), total=len(asking)))

        run_all(asking, ask, threads=self._options.threads)
        return found | asked

    def _is_ours(self, path: str) -> bool:
        rules = self._options.rules
        # A prefix that is published for itself (a preview) has no foreign folders but the records.
        return not path.startswith(".releases/") if self.place.prefix else not rules.is_foreign(path)

    def deliver(self, work: Work, watch: Watch, on_progress: OnProgress) -> Delivered:
        brought: dict[str, File] = {}
        warnings: list[str] = []
        counting = threading.Lock()
        sent = 0

        def bring(step: Step) -> None:
            nonlocal sent
            watch.check()
            if step.was is not None and step.kind is Kind.CONTENT:
                self._keep(step.path, step.was, warnings)
            file, size = self._bring(step, work)
            with counting:
                brought[step.path] = file
                sent += size
                on_progress(Progress(stage=WAVES[step.wave], done=len(brought), total=len(work.steps), goes_live=True))

        for _, wave in groupby(work.steps, key=lambda step: step.wave):
            run_all(wave, bring, threads=self._options.threads)
        return Delivered(files=brought, sent_bytes=sent, warnings=tuple(warnings))

    def _bring(self, step: Step, work: Work) -> tuple[File, int]:
        """One file to its place. Returns what stands there now and how many bytes went over the line."""
        if step.kind is Kind.HEADERS and step.was is not None:
            etag = self._copy(Found(key=step.path, etag=step.was.etag), step.path, step.file, source=self)
            if etag is not None:
                return step.file.marked(etag), 0
        build, origin = work.build, work.origin
        if build is None or (origin is not None and step.path not in build.extra):
            etag = self._copy_kept(step, origin) if origin else None
            if etag is None:
                raise Refused(f"The content of {step.path} in release {work.release} is not kept any more.")
            return step.file.marked(etag), 0
        file, content = build.read(step.path)
        if isinstance(content, str) and file.size > LARGE_FILE:
            etag = put_large(self._client, self.place, step.path, content, file)
        else:
            etag = self._objects.put_file(step.path, content, file)
        return file.marked(etag), file.size

    def _copy_kept(self, step: Step, origin: Origin) -> str | None:
        """From where it was found; what was served there and is not any more is kept there by its hash."""
        content = step.file.sha256
        found, source = origin.here.get(content), self
        if found is None and isinstance(origin.source, S3Target):
            found, source = origin.there.get(content), origin.source
        etag = self._copy(found, step.path, step.file, source=source) if found else None
        if etag is None:
            kept = source._objects.head(blob_key(step.file))
            if kept is not None and _is_content(kept, step.file):
                etag = self._copy(Found(key=blob_key(step.file), etag=kept.etag), step.path, step.file, source=source)
        return etag

    def _copy(self, found: Found, key: str, file: File, *, source: S3Target) -> str | None:
        """Copy what was found, with these headers. None when it is not there any more, or is another copy by now."""
        if file.size > LARGE_COPY:
            etag = copy_large(self._client, self.place, found.key, key, file, etag=found.etag, origin=source.place)
        else:
            etag = self._objects.copy(found.key, key, file=file, etag=found.etag, origin=source.place)
        if etag is None or not found.etag or etag == found.etag or self._heeds_conditions:
            return etag
        there = source._objects.head(found.key) if (source, found.key) != (self, key) else None
        if there is not None and there.etag == found.etag:
            return etag
        # The hash that was noted is that of the release, and must not stay with other content.
        self._objects.copy(key, key, file=replace(file, sha256=""))
        return None

    @cached_property
    def _heeds_conditions(self) -> bool:
        """Whether the host refuses to copy another version than was asked for. Asked when a copy has another mark than
        its source, which may also be because it is encrypted or was sent in parts."""
        return self._objects.copy(POINTER, PROBE, file=None, etag='"0"') is None

    def _keep(self, path: str, file: File, warnings: list[str]) -> None:
        """Copy what stands there to the blobs before it goes, if it is still what it should be."""
        if file.sha256 and not self._is_kept(path, file):
            warnings.append(
                f"{path} was changed on the target by hand. Its published version is not kept, "
                "so releases that had it cannot be brought back."
            )

    def _is_kept(self, path: str, file: File) -> bool:
        """Copy it; the host is asked to refuse another copy than ours, and the answer is checked, as not every host
        knows that condition."""
        blob = blob_key(file)
        if file.size > LARGE_COPY:
            return self._copy(Found(key=path, etag=file.etag), blob, file, source=self) is not None
        etag = self._objects.copy(path, blob, file=None, etag=file.etag)
        if etag is None or etag == file.etag or (file.etag and self._heeds_conditions):
            return etag is not None
        # Then the hash that came along tells.
        copied = self._objects.head(blob)
        if copied is not None and _is_content(copied, file):
            return True
        self._objects.delete([blob])
        return False

    def switch(self, work: Work) -> None:
        """The site is served in place: nothing to switch."""

    def clear(self, work: Work, watch: Watch, records: Collection[str]) -> None:
        warnings: list[str] = []

        def keep(path: str) -> None:
            watch.check()
            self._keep(path, work.gone[path], warnings)

        run_all(work.gone, keep, threads=self._options.threads)
        watch.check()
        self._objects.delete([*work.gone, *records])

    def no_erasing(self) -> str:
        return "" if self.place.prefix else f"{self.name} is a whole bucket: name the folder in it that is to go."

    def everything(self) -> list[str]:
        return [entry.path for entry in self._objects.listing("")]

    def erase(self, paths: Collection[str], watch: Watch) -> None:
        for some in batched(sorted(paths, key=lambda path: path.startswith(".releases/")), DELETE_AT_ONCE):
            watch.check()
            self._objects.delete(some)

    def refusal_of(self, source: Target) -> str:
        if not isinstance(source, S3Target):
            return f"{source.name} is a folder and {self.name} a bucket"
        if source.place == self.place:
            return f"{source.name} and {self.name} are the same place: bring the release back there"
        if source.endpoint != self.endpoint:
            return f"{source.name} and {self.name} are on two hosts, {source.endpoint} and {self.endpoint}"
        return ""

    def locate(
        self, contents: Mapping[str, File], served: Mapping[str, File], *, since: float, on_progress: OnProgress
    ) -> dict[str, Found]:
        if not contents:
            return {}
        found = self._kept(contents, on_progress)
        wanted = contents.keys() - found.keys()
        paths = [path for path, file in served.items() if file.sha256 in wanted]
        if paths:
            # A listing tells of a thousand files what asking tells of one.
            seen = self.survey(paths if len(paths) <= _ASKED else None, served, since=since, on_progress=on_progress)
            found |= {
                served[path].sha256: Found(key=path, etag=seen[path].etag)
                for path in paths
                if path in seen and seen[path].has_content_of(served[path])
            }
        return found

    def _kept(self, contents: Mapping[str, File], on_progress: OnProgress) -> dict[str, Found]:
        """Those that are kept by their hash and are still what the key says: the mark tells, else the host is asked."""
        found: dict[str, Found] = {}
        asking: list[Entry] = []
        for entry in self._objects.listing(BLOBS):
            content = entry.path.removeprefix(BLOBS)
            file = contents.get(content)
            if file is not None and entry.etag == file.etag and entry.size == file.size:
                found[content] = Found(key=entry.path, etag=entry.etag)
            elif file is not None and entry.size == file.size:
                asking.append(entry)

        def ask(entry: Entry) -> None:
            content = entry.path.removeprefix(BLOBS)
            kept = self._objects.head(entry.path)
            if kept is not None and _is_content(kept, contents[content]):
                found[content] = Found(key=entry.path, etag=kept.etag)
            on_progress(Progress(stage="Looking at what is kept", total=len(asking)))

        run_all(asking, ask, threads=self._options.threads)
        return found

    def give_up(self, kept: Sequence[Manifest]) -> int:
        needed = {blob_key(file) for manifest in kept for file in manifest.files.values()}
        spare = [entry for entry in self._objects.listing(BLOBS) if entry.path not in needed]
        self._objects.delete([entry.path for entry in spare])
        return sum(entry.size for entry in spare)


def _is_content(seen: File, file: File) -> bool:
    return seen.has_content_of(file) and seen.size == file.size
