"""A folder as a target. The web server's root is TARGET/current, a link that is switched in one step.

TARGET/.releases/blobs/<hash> holds every content once; TARGET/.releases/trees/<release>.<token>/ is a whole site
made of hard links to them, with nothing else in it. Nothing else in TARGET is looked at or touched. Headers are the web
server's affair.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import batched
from pathlib import Path

from publisher import folder_erasing
from publisher.contract import ABSENT, Delivered, Entry, Found, Stored, Target, Watch, Work
from publisher.errors import Conflict, Refused
from publisher.local import hash_file
from publisher.model import File, Headers, Manifest
from publisher.options import Options
from publisher.parallel import run_all
from publisher.results import OnProgress, Progress
from publisher.rules import RESERVED

CURRENT = "current"
BLOBS = ".releases/blobs"
TREES = ".releases/trees"
_THREADS = 4
_BATCH = 64
_UNKNOWN = Headers("", "")


class FolderTarget:
    """See contract.Target."""

    # A release is a tree of its own.
    keeps_others = False

    def __init__(self, address: str, options: Options) -> None:
        self.name = address
        self.root = Path(address).absolute()
        current = self.root / CURRENT
        if current.exists() and not current.is_symlink():
            raise Refused(
                f"{current} is a folder, and must be a link that the publisher switches. Move it away, then publish; "
                f"the web server's root stays {current}."
            )
        self._ours = threading.Lock()

    def close(self) -> None:
        """Nothing is held open."""

    def now(self) -> float:
        return time.time()

    def has_conditional_writes(self) -> bool:
        return True

    def takes_unread(self) -> bool:
        return False

    def read(self, key: str) -> Stored | None:
        try:
            body = (self.root / key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(error) from error
        return Stored(body=body, version=_version(body), now=time.time())

    def write(self, key: str, body: bytes, *, expect: str | None = None) -> str:
        goal = self.root / key
        try:
            goal.parent.mkdir(parents=True, exist_ok=True)
            with self._alone():
                if expect is not None:
                    there = self.read(key)
                    if (there.version if there else ABSENT) != expect:
                        raise Conflict(key)
                fresh = goal.with_name(f".{goal.name}.{os.getpid()}.{threading.get_ident()}")
                with fresh.open("wb") as stream:
                    stream.write(body)
                    stream.flush()
                    os.fsync(stream.fileno())
                fresh.replace(goal)
        except OSError as error:
            raise _refused(error) from error
        return _version(body)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Read, compare and write as one step, among threads and among processes."""
        with self._ours, (self.root / RESERVED / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def remove(self, keys: Collection[str]) -> None:
        for key in keys:
            (self.root / key).unlink(missing_ok=True)

    def records(self, prefix: str) -> Iterator[Entry]:
        start = self.root / prefix
        for folder, folders, names in os.walk(start):
            if Path(folder) == self.root / RESERVED:
                folders[:] = [name for name in folders if name != "trees"]
            for name in names:
                file = Path(folder, name)
                seen = file.stat()
                path = file.relative_to(self.root).as_posix()
                # A content that the live site is made of takes no space of its own.
                size = 0 if seen.st_nlink > 1 else seen.st_size
                yield Entry(path=path, size=size, etag="", modified=seen.st_mtime)

    def survey(
        self, paths: Iterable[str] | None, known: Mapping[str, File], *, since: float, on_progress: OnProgress
    ) -> dict[str, File]:
        tree = self.root / CURRENT
        found: dict[str, File] = {}
        wanted = list(paths) if paths is not None else list(_files_below(tree))

        def look(path: str) -> None:
            try:
                digest, size = hash_file(tree / path)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return
            found[path] = File(digest, size, known[path].headers if path in known else _UNKNOWN)
            on_progress(Progress(stage="Looking at the target", done=len(found), total=len(wanted)))

        run_all(wanted, look, threads=_THREADS)
        return found

    def deliver(self, work: Work, watch: Watch, on_progress: OnProgress) -> Delivered:
        tree = self._tree(work)
        sent = 0
        try:
            (self.root / BLOBS).mkdir(parents=True, exist_ok=True)
            for number, step in enumerate(work.steps, start=1):
                watch.check()
                sent += self._store(step.path, step.file, work)
                on_progress(Progress(stage="Copying files", done=number, total=len(work.steps), goes_live=True))
            everything = {**work.wanted} | {path: one.file for path, one in work.leaving.items()}
            sent += self._adopt(everything, work.token)
            shutil.rmtree(tree, ignore_errors=True)
            for folder in sorted({path.rpartition("/")[0] for path in everything}):
                (tree / folder).mkdir(parents=True, exist_ok=True)
            self._link(tree, everything, watch, on_progress)
            os.sync()
        except OSError as error:
            raise _refused(error) from error
        return Delivered(files={}, sent_bytes=sent)

    def _tree(self, work: Work) -> Path:
        return self.root / TREES / f"{work.release}.{work.token}"

    def _store(self, path: str, file: File, work: Work) -> int:
        """The content among the blobs, whole. Returns the bytes that were copied."""
        blob = self.root / BLOBS / file.sha256
        if blob.exists() and hash_file(blob)[0] == file.sha256:
            return 0
        content, shared = _content(path, file, work)
        return self._put(path, file, content, shared=shared, token=work.token)

    def _adopt(self, files: Mapping[str, File], token: str) -> int:
        """What stays as it is but is not kept yet, as another tool brought it, is from now on. Returns its bytes."""
        with os.scandir(self.root / BLOBS) as blobs:
            kept = {blob.name for blob in blobs}
        copied = 0
        for path, file in files.items():
            there = self.root / CURRENT / path
            if file.sha256 not in kept and there.is_file() and hash_file(there)[0] == file.sha256:
                copied += self._put(path, file, there, shared=False, token=token)
                kept.add(file.sha256)
        return copied

    def _put(self, path: str, file: File, content: Path | bytes, *, shared: bool, token: str) -> int:
        blob = self.root / BLOBS / file.sha256
        fresh = blob.with_name(f".{blob.name}.{token}")
        fresh.unlink(missing_ok=True)
        if not isinstance(content, Path):
            fresh.write_bytes(content)
        elif not (shared and _linked(content, fresh)):
            shared = False
            shutil.copyfile(content, fresh)
        if hash_file(fresh)[0] != file.sha256:
            fresh.unlink()
            raise Refused(f"{path} changed while it was copied. Publish when the build has ended.")
        fresh.chmod(0o444)  # releases share it: an edit in place would change all of them
        fresh.replace(blob)
        return 0 if shared else file.size

    def _link(self, tree: Path, files: Mapping[str, File], watch: Watch, on_progress: OnProgress) -> None:
        blobs, base = f"{self.root / BLOBS}{os.sep}", f"{tree}{os.sep}"
        done = 0
        for batch in batched(files.items(), _BATCH):
            watch.check()
            for path, file in batch:
                try:
                    os.link(blobs + file.sha256, base + path)
                except FileNotFoundError:
                    raise Refused(
                        f"The content of {path} is missing in {self.root / BLOBS}. Publish again with --verify."
                    ) from None
            done += len(batch)
            on_progress(Progress(stage="Linking the release", done=done, total=len(files)))

    def switch(self, work: Work) -> None:
        fresh = self.root / f".{CURRENT}.{work.token}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path(TREES) / self._tree(work).name)
        fresh.replace(self.root / CURRENT)

    def clear(self, work: Work, watch: Watch, records: Collection[str]) -> None:
        """Trees that are not served go; what they were made of stays among the blobs."""
        watch.check()
        self.remove(records)
        served = (self.root / CURRENT).resolve()
        for tree in (self.root / TREES).iterdir():
            if tree.resolve() != served:
                shutil.rmtree(tree, ignore_errors=True)
        for leftover in (*self.root.glob(f".{CURRENT}.*"), *(self.root / BLOBS).glob(".*")):
            leftover.unlink(missing_ok=True)

    def no_erasing(self) -> str:
        return ""

    def everything(self) -> list[str]:
        served = [CURRENT] if (self.root / CURRENT).is_symlink() else []
        return served + list(_files_below(self.root))

    def erase(self, paths: Collection[str], watch: Watch) -> None:
        watch.check()
        folder_erasing.erase(self.root, paths, current=CURRENT, trees=TREES)

    def refusal_of(self, source: Target) -> str:
        if not isinstance(source, FolderTarget):
            return f"{source.name} is a bucket and {self.name} a folder"
        if source.root.resolve() == self.root.resolve():
            return f"{source.name} and {self.name} are the same place: bring the release back there"
        return ""

    def locate(
        self, contents: Mapping[str, File], served: Mapping[str, File], *, since: float, on_progress: OnProgress
    ) -> dict[str, Found]:
        """What is served is made of the blobs."""
        keys = {content: f"{BLOBS}/{content}" for content in contents}
        return {content: Found(key=key) for content, key in keys.items() if (self.root / key).exists()}

    def give_up(self, kept: Sequence[Manifest]) -> int:
        needed = {file.sha256 for manifest in kept for file in manifest.files.values()}
        needed |= {one.file.sha256 for manifest in kept for one in manifest.leaving.values()}
        freed = 0
        for blob in (self.root / BLOBS).iterdir():
            if blob.name not in needed:
                freed += blob.stat().st_size
                blob.unlink()
        return freed


def _content(path: str, file: File, work: Work) -> tuple[Path | bytes, bool]:
    """Where the content of a step comes from; True when it may be shared with another target."""
    build, origin = work.build, work.origin
    if origin is not None and isinstance(origin.source, FolderTarget) and (build is None or path not in build.extra):
        kept = origin.source.root / BLOBS / file.sha256
        if kept.exists():
            return kept, True
    elif build is not None:
        found = build.content(path)
        return Path(found) if isinstance(found, str) else found, False
    raise Refused(f"The content of {path} in release {work.release} is not kept whole any more.")


def _linked(content: Path, fresh: Path) -> bool:
    """Make it a hard link; False where the two are on different disks, or the system does not allow it."""
    try:
        os.link(content, fresh)
    except OSError:
        return False
    return True


def _files_below(folder: Path) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        for name in names:
            yield Path(parent, name).relative_to(folder).as_posix()


def _version(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _refused(error: OSError) -> Refused:
    return Refused(f"The folder cannot be written: {error}. Check that it exists, its owner and the space on the disk.")
