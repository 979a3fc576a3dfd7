"""The shared state of one stand-in GitLab. Whoever reads or changes it holds `lock`."""

import threading
from collections.abc import Mapping
from pathlib import Path

from sandbox.gitlab.faults import Fault
from sandbox.gitlab.hooks import HookSender
from sandbox.gitlab.project import Project
from sandbox.gitlab.records import COMPLETED, Job, Pipeline
from sandbox.gitlab.storage import Storage
from sandbox.gitlab.timers import Timers


class World:
    """Projects, pipelines and jobs by id, and the threads that keep them moving."""

    def __init__(self, data: Path, *, runner_environment: Mapping[str, str]) -> None:
        self.data = data
        self.runner_environment = runner_environment
        self.url = ""
        self.lock = threading.RLock()
        self.storage = Storage(data / "gitlab.sqlite3")
        self.projects: dict[int, Project] = {}
        self.pipelines: dict[int, Pipeline] = {}
        self.jobs: dict[int, Job] = {}
        self.timers = Timers()
        self.hooks = HookSender(self)
        for pipeline in self.storage.load():
            self.pipelines[pipeline.id] = pipeline
            if pipeline.status in COMPLETED:
                pipeline.jobs_source = self._load_jobs
            else:
                pipeline.known_jobs = self._load_jobs(pipeline.id)

    def _load_jobs(self, pipeline_id: int) -> list[Job]:
        jobs = self.storage.jobs_of(pipeline_id)
        self.jobs.update((job.id, job) for job in jobs)
        return jobs

    def job(self, job_id: int) -> Job | None:
        """The job of this id, from the disk when it belongs to an old pipeline."""
        if job_id not in self.jobs:
            pipeline = self.pipelines.get(self.storage.pipeline_of_job(job_id) or 0)
            return next((job for job in pipeline.jobs if job.id == job_id), None) if pipeline else None
        return self.jobs[job_id]

    def project_of(self, owned: Pipeline | Job) -> Project:
        """The project that a pipeline or job belongs to."""
        return self.projects[owned.project_id]

    def snapshot_path(self, sha: str) -> Path:
        """The kept copy of a repository's content."""
        return self.data / "snapshots" / sha

    def trace_path(self, job: Job) -> Path:
        """The file that holds the job's log."""
        return self.data / "traces" / f"{job.id}.log"

    def artifacts_path(self, job: Job) -> Path:
        """The archive of what the job left behind."""
        return self.data / "artifacts" / f"{job.id}.zip"

    def take_fault(self, project: Project, kind: str, job: str | None = None) -> Fault | None:
        """The next ordered fault of this kind, counted down."""
        return project.faults.take(kind, job=job)
