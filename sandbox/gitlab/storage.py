"""Everything that must outlive the process, in one SQLite file without fsync: fast, and safe against kill -9."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.gitlab.records import Job, Pipeline

SCHEMA = """
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS projects (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS pipelines (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY, pipeline_id INTEGER NOT NULL, plan TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_of_pipeline ON jobs (pipeline_id);
"""


class Storage:
    """The file. Callers hold the state's lock, so one connection serves all threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def next_id(self, counter: str) -> int:
        """The next number of a counter; never one that was given before, not even after a restart."""
        row = self._database.execute(
            "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (counter,),
        ).fetchone()
        return int(row[0])

    def project_id(self, name: str) -> int:
        """The id of the project of this name, the same in every run."""
        row = self._database.execute("SELECT id FROM projects WHERE name = ?", (name,)).fetchone()
        if row is None:
            row = (self.next_id("project"),)
            self._database.execute("INSERT INTO projects VALUES (?, ?)", (row[0], name))
        return int(row[0])

    def save_pipeline(self, pipeline: Pipeline) -> None:
        """Write a pipeline, new or changed, without its jobs."""
        self._database.execute("INSERT OR REPLACE INTO pipelines VALUES (?, ?)", (pipeline.id, pipeline.as_json()))

    def add_job(self, job: Job) -> None:
        """Write a new job."""
        self._database.execute(
            "INSERT INTO jobs VALUES (?, ?, ?, ?)",
            (job.id, job.pipeline_id, job.plan_as_json(), job.as_json()),
        )

    def save_job(self, job: Job) -> None:
        """Write what changed in a job."""
        self._database.execute("UPDATE jobs SET body = ? WHERE id = ?", (job.as_json(), job.id))

    def delete_pipeline(self, pipeline: Pipeline) -> None:
        """Forget a pipeline and its jobs; their numbers stay taken."""
        self._database.execute("DELETE FROM jobs WHERE pipeline_id = ?", (pipeline.id,))
        self._database.execute("DELETE FROM pipelines WHERE id = ?", (pipeline.id,))

    def load(self) -> list[Pipeline]:
        """All pipelines by id, without their jobs."""
        rows = self._database.execute("SELECT body FROM pipelines ORDER BY id")
        return [Pipeline.of_json(body) for (body,) in rows]

    def jobs_of(self, pipeline_id: int) -> list[Job]:
        """A pipeline's jobs by id."""
        rows = self._database.execute("SELECT plan, body FROM jobs WHERE pipeline_id = ? ORDER BY id", (pipeline_id,))
        return [Job.of_json(plan, body) for plan, body in rows]

    def pipeline_of_job(self, job_id: int) -> int | None:
        """The id of the pipeline that a job belongs to."""
        row = self._database.execute("SELECT pipeline_id FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return int(row[0]) if row else None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write everything inside at once; an exception does not undo it, for numbers are never given twice."""
        self._database.execute("BEGIN")
        try:
            yield
        finally:
            self._database.execute("COMMIT")
