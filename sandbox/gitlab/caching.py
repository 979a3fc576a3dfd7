"""What a job leaves for later jobs of its project: a best effort, never a result (GitLab docs, caching)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sandbox.gitlab.project import Project
from sandbox.gitlab.trace import YELLOW, Trace
from sandbox.gitlab.variables import expand
from sandbox.gitlab.workspace import Workspace, pack, unpack


class Caches:
    """The caches of one job; `values` are its variables, which keys and paths may name."""

    def __init__(self, project: Project, written: Iterable[Mapping[str, Any]], values: Mapping[str, str]) -> None:
        self._written = list(written)
        self._values = values
        self._folder = project.world.data / "caches" / str(project.id)

    def restore(self, workspace: Workspace, trace: Trace) -> None:
        """Unpack each cache that is there."""
        wanted = [one for one in self._written if one["policy"] != "push"]
        if not wanted:
            return
        with trace.section("restore_cache", "Restoring cache"):
            for key in (expand(one["key"], self._values) for one in wanted):
                trace.line(f"Checking cache for {key}...")
                archive = self._archive(key)
                if archive.exists():
                    unpack(archive, workspace.folder)
                    trace.line("Successfully extracted cache")
                else:
                    trace.line("WARNING: Cache file does not exist", YELLOW)

    def save(self, workspace: Workspace, trace: Trace, *, succeeded: bool) -> None:
        """Keep what the paths name, where the job ended as the cache asks for."""
        end = "on_success" if succeeded else "on_failure"
        wanted = [one for one in self._written if one["policy"] != "pull" and one["when"] in (end, "always")]
        if not wanted:
            return
        with trace.section("archive_cache", f"Saving cache for {'successful' if succeeded else 'failed'} job"):
            for one in wanted:
                key = expand(one["key"], self._values)
                trace.line(f"Creating cache {key}...")
                files: dict[Path, None] = {}
                for pattern in (expand(path, self._values) for path in one["paths"]):
                    files.update(dict.fromkeys(workspace.matching(pattern, ())))
                    trace.line(f"{pattern}: found {len(files)} matching artifact files and directories")
                self._keep(key, files, workspace.folder)
                trace.line("Created cache")

    def _keep(self, key: str, files: Iterable[Path], folder: Path) -> None:
        """Write a new archive beside the old one, then put it in its place."""
        archive = self._archive(key)
        fresh = archive.with_suffix(".part")
        pack(files, folder, fresh)
        fresh.replace(archive)

    def _archive(self, key: str) -> Path:
        """A key may hold any letters, so its hash is the file's name."""
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.zip"
