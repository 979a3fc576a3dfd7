"""Whether a pipeline that somebody started in GitLab publishes: told by its jobs, its CI file, and our own builds.

In doubt it does not: a pipeline that only builds an image must not be taken for a publish.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from deploys.builds.ci.finding import PUBLISHER
from deploys.builds.ci.reading import CiFile
from deploys.gitlab.types import Job, Pipeline

BEGUN = frozenset({"waiting_for_resource", "preparing", "pending", "running", "success", "failed", "canceling"})
BY_ITSELF = ("on_success", "always")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of a pipeline. `own`: the jobs that published in our last good build; all of them count."""

    pipeline: Pipeline
    jobs: Collection[Job]
    own: frozenset[str]
    file: CiFile | None

    @property
    def publishes(self) -> bool:
        """True when a job with our publisher, or every job that published for us, has begun or begins by itself."""
        found = {job.name for job in self.jobs if self._counts(job)}
        by_script = {name for name in found if self.file and PUBLISHER.search(self.file.script(self.file.job(name)))}
        return bool(by_script) or bool(self.own and self.own <= found)

    def _counts(self, job: Job) -> bool:
        if job.status in BEGUN or (job.status == "canceled" and job.started_at is not None):
            return True
        return job.status in {"created", "skipped"} and self._starts_by_itself(job.name)

    def _starts_by_itself(self, name: str) -> bool:
        """True when the file surely lets the job start without a person. A file that includes others cannot say so."""
        job = self.file.job(name) if self.file and not self.file.body.get("include") else {}
        if self.file is None or not job:
            return False
        usual = job.get("when", "on_success")
        if "rules" not in job:
            return usual in BY_ITSELF
        known = {"CI_PIPELINE_SOURCE": self.pipeline.source, "CI_COMMIT_BRANCH": self.pipeline.ref}
        known["CI_COMMIT_REF_NAME"] = self.pipeline.ref
        rule, is_sure = self.file.first_rule(job["rules"], known)
        return bool(rule is not None and is_sure and rule.get("when", usual) in BY_ITSELF)
