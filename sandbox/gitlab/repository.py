"""A folder as a repository: its content has a sha, and each sha is kept as a snapshot that jobs copy."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CONFIG_FILE = ".gitlab-ci.yml"
NOT_CONTENT = frozenset({".git", "__pycache__", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache"})

Signature = tuple[tuple[str, int, int], ...]


@dataclass
class Repository:
    """One ref's folder. The digest is taken again only when a name, size or time of a file changed."""

    folder: Path
    snapshots: Path
    _signature: Signature | None = field(default=None, repr=False)
    _sha: str = ""

    def sha(self) -> str:
        """40 hexadecimal digits that stand for the content of the folder."""
        signature = tuple(_listing(self.folder))
        if signature != self._signature:
            self._sha = _digest(self.folder, [name for name, _, _ in signature])
            self._signature = signature
        return self._sha

    def snapshot(self, sha: str) -> Path:
        """A copy of the content at this sha, made once; `sha` is the current one or was, earlier."""
        kept = self.snapshots / sha
        if not kept.exists():
            self.snapshots.mkdir(parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(prefix="new-", dir=self.snapshots))
            copy_content(self.folder, fresh)
            try:
                fresh.rename(kept)
            except OSError:
                shutil.rmtree(fresh)
        return kept


def copy_content(source: Path, target: Path) -> None:
    """Copy a folder without version control and caches; links stay links."""

    def ignore(_folder: str, names: list[str]) -> set[str]:
        return set(names) & NOT_CONTENT

    shutil.copytree(source, target, symlinks=True, ignore=ignore, dirs_exist_ok=True)


def _listing(folder: Path, prefix: str = "") -> Iterator[tuple[str, int, int]]:
    """Path below the folder, size, and time of each file, in a steady order."""
    with os.scandir(folder / prefix) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name in NOT_CONTENT:
            continue
        name = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _listing(folder, f"{name}/")
        else:
            state = entry.stat(follow_symlinks=False)
            yield name, state.st_size, state.st_mtime_ns


def _digest(folder: Path, names: list[str]) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    for name in names:
        path = folder / name
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        executable = b"x" if os.access(path, os.X_OK) else b"-"
        digest.update(b"%s\0%s\0%d\0" % (name.encode(), executable, len(content)))
        digest.update(content)
    return digest.hexdigest()
