"""The folder that a job works in, and the artifacts that go into it and come out of it."""

import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from sandbox.gitlab.repository import copy_content
from sandbox.gitlab.variables import Variable


@dataclass
class Workspace:
    """`root` holds the project's folder and, beside it, the files of file variables."""

    root: Path
    name: str

    @property
    def folder(self) -> Path:
        """The copy of the repository: `CI_PROJECT_DIR`."""
        return self.root / self.name

    @property
    def variables_folder(self) -> Path:
        """Where values of file variables are kept."""
        return self.root / f"{self.name}.tmp"

    def fill(self, snapshot: Path) -> None:
        """Start with a fresh copy of the repository."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.folder.mkdir(parents=True)
        copy_content(snapshot, self.folder)

    def write_variables(self, variables: Iterable[Variable]) -> dict[str, str]:
        """Write file variables; returns the path for each name."""
        self.variables_folder.mkdir(parents=True, exist_ok=True)
        paths = {}
        for variable in variables:
            path = self.variables_folder / variable.key
            path.write_text(variable.value, encoding="utf-8")
            paths[variable.key] = str(path)
        return paths

    def remove(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.root, ignore_errors=True)

    def matching(self, pattern: str, exclude: Iterable[str]) -> list[Path]:
        """Files below the folder that a path of `artifacts:paths` names; folders stand for all in them."""
        pattern = pattern.removeprefix("./").rstrip("/")
        if not pattern or pattern.startswith("/") or ".." in Path(pattern).parts:
            return []
        found: set[Path] = set()
        for path in self.folder.glob(pattern):
            inside = path.rglob("*") if path.is_dir() else [path]
            found.update(one for one in inside if one.is_file())
        return sorted(one for one in found if not self._is_excluded(one, exclude))

    def _is_excluded(self, path: Path, exclude: Iterable[str]) -> bool:
        name = str(path.relative_to(self.folder))
        return any(fnmatch(name, pattern.replace("**/", "*")) for pattern in exclude)


def pack(files: Iterable[Path], folder: Path, archive: Path) -> int:
    """Write files into a zip with paths relative to `folder`. Returns its size in bytes."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as packed:
        for file in files:
            packed.write(file, str(file.relative_to(folder)))
    return archive.stat().st_size


def unpack(archive: Path, folder: Path) -> int:
    """Put the files of a zip into a folder, executable ones stay so. Returns how many there were."""
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            path = Path(packed.extract(entry, folder))
            mode = entry.external_attr >> 16
            if mode and path.is_file():
                path.chmod(mode & 0o777)
        return len(packed.infolist())
