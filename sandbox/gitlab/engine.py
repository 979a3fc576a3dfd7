"""What people and the clock do to pipelines: make, run, cancel, retry, play, delete, and bring back at start."""

import dataclasses
import secrets
from functools import partial

from sandbox.gitlab import scripted
from sandbox.gitlab.changes import set_job_status, set_pipeline_status, settle
from sandbox.gitlab.creation import CreationRefused, Order, create, redundant
from sandbox.gitlab.processing import Processor
from sandbox.gitlab.project import Project
from sandbox.gitlab.records import CANCELABLE, COMPLETED, RETRYABLE, Job, Pipeline
from sandbox.gitlab.runner import JobRun, Outcome
from sandbox.gitlab.times import now
from sandbox.gitlab.variables import Variable
from sandbox.gitlab.world import World

JOB_RETRYABLE = frozenset({"success", "failed", "canceled"})
STOP_SECONDS = 10.0


class NotPossible(Exception):
    """The job is in no state for that."""


class Engine:
    """All of it takes the state's lock itself."""

    def __init__(self, world: World, *, slots: int) -> None:
        self.world = world
        self.processor = Processor(world, self._start, slots)
        self.runs: dict[int, JobRun] = {}

    def create(self, order: Order) -> Pipeline:
        """Make a pipeline and let it run soon. Raises CreationRefused."""
        with self.world.lock, self.world.storage.together():
            try:
                pipeline = create(self.world, order)
            except CreationRefused as refusal:
                self._apply_faults(order.project, refusal.pipeline)
                raise
            self._apply_faults(order.project, pipeline)
            for old in redundant(self.world, pipeline):
                self.cancel(old)
        self.world.timers.soon(partial(self.processor.process_by_id, pipeline.id))
        return pipeline

    def _apply_faults(self, project: Project, pipeline: Pipeline | None) -> None:
        if pipeline is None:
            return
        held = self.world.take_fault(project, "hold_queue")
        if held is not None:
            pipeline.held_until = now() + held.seconds
            self.world.timers.after(held.seconds, partial(self.processor.process_by_id, pipeline.id))
        hidden = self.world.take_fault(project, "hide_pipeline")
        if hidden is not None:
            pipeline.hidden_until = now() + hidden.seconds
        deleted = self.world.take_fault(project, "delete_pipeline")
        if deleted is not None:
            self.world.timers.after(deleted.seconds, partial(self.delete, pipeline))

    def _start(self, job: Job) -> None:
        run = self.runs[job.id] = JobRun(self.world, job, self._finished)
        run.start()

    def _finished(self, job: Job, outcome: Outcome) -> None:
        """A runner is done with a job."""
        with self.world.lock:
            self.runs.pop(job.id, None)
            pipeline = self.world.pipelines.get(job.pipeline_id)
            if pipeline is None or pipeline.scripted or job.status not in ("running", "canceling"):
                return
            if outcome.exit_code and outcome.exit_code in job.plan.allowed_exit_codes:
                job.allow_failure = True
            self._note_artifacts(job)
            status = "canceled" if job.status == "canceling" else outcome.status
            set_job_status(self.world, job, status, reason=outcome.reason)
            if status == "failed" and self._is_tried_again(job):
                self.processor.enqueue(self._clone(job))
            self.processor.process(pipeline)
            self.processor.dispatch()

    def _note_artifacts(self, job: Job) -> None:
        trace = self.world.trace_path(job)
        size = trace.stat().st_size if trace.exists() else 0
        job.artifacts.append({"file_type": "trace", "size": size, "filename": "job.log", "file_format": "raw"})
        wanted = job.plan.artifacts
        if wanted and wanted["expire_in"] is not None:
            job.artifacts_expire_at = now() + wanted["expire_in"]

    def _is_tried_again(self, job: Job) -> bool:
        wanted = job.plan.retry_when
        fits = "always" in wanted or (job.failure_reason or "unknown_failure") in wanted
        return fits and job.retries_count < job.plan.retries and not self.processor.stopped

    def _clone(self, job: Job, user_id: int | None = None) -> Job:
        """A new job of the same name; the old one is then retried."""
        moment = now()
        fresh = Job(
            id=self.world.storage.next_id("job"),
            pipeline_id=job.pipeline_id,
            project_id=job.project_id,
            name=job.name,
            stage=job.stage,
            stage_index=job.stage_index,
            plan=job.plan,
            allow_failure=job.allow_failure,
            created_at=moment,
            updated_at=moment,
            token=f"glcbt-{secrets.token_hex(16)}",
            retries_count=job.retries_count + 1,
            variables=job.variables,
            user_id=user_id or job.user_id,
        )
        job.retried = True
        self.world.storage.save_job(job)
        self.world.storage.add_job(fresh)
        self.world.jobs[fresh.id] = fresh
        self.world.pipelines[job.pipeline_id].jobs.append(fresh)
        self.world.hooks.job_changed(fresh)
        return fresh

    def cancel(self, pipeline: Pipeline) -> None:
        """Cancel what can be canceled; nothing happens to a pipeline that is over."""
        with self.world.lock:
            for job in pipeline.latest_jobs:
                self._cancel(job)
            if pipeline.scripted and pipeline.status not in COMPLETED:
                set_pipeline_status(self.world, pipeline, "canceled")
            settle(self.world, pipeline)
            self.processor.dispatch()

    def cancel_job(self, job: Job) -> None:
        """Cancel one job; the jobs after it are decided anew."""
        with self.world.lock:
            self._cancel(job)
            pipeline = self.world.pipelines[job.pipeline_id]
            settle(self.world, pipeline)
            self.processor.process(pipeline)

    def _cancel(self, job: Job) -> None:
        run = self.runs.get(job.id)
        if job.status not in CANCELABLE:
            return
        if run is None:
            set_job_status(self.world, job, "canceled")
            return
        set_job_status(self.world, job, "canceling")
        self.world.timers.soon(run.cancel)

    def retry(self, pipeline: Pipeline, user_id: int) -> None:
        """Run failed and canceled jobs again, as new jobs; skipped ones after them get another chance."""
        with self.world.lock:
            broken = [job for job in pipeline.latest_jobs if job.status in RETRYABLE]
            self._run_again(pipeline, broken, user_id)

    def retry_job(self, job: Job, user_id: int) -> Job:
        """Run one job again, as a new job. Raises NotPossible."""
        with self.world.lock:
            if job.status not in JOB_RETRYABLE or job.retried:
                raise NotPossible("Job is not retryable")
            pipeline = self.world.pipelines[job.pipeline_id]
            self._run_again(pipeline, [job], user_id)
            return pipeline.job(job.name)

    def _run_again(self, pipeline: Pipeline, jobs: list[Job], user_id: int) -> None:
        if not jobs:
            return
        fresh = [self._clone(job, user_id) for job in jobs]
        # A retry presses the button of a manual job, and does not wait again for a delayed one.
        for job in fresh:
            job.scheduled_at = now()
        first = min(job.stage_index for job in fresh)
        for job in pipeline.latest_jobs:
            if job.status == "skipped" and (job.stage_index > first or job.plan.needs):
                set_job_status(self.world, job, "created")
        if self.processor.follows_orders(pipeline):
            for job in fresh:
                set_job_status(self.world, job, "pending")
            set_pipeline_status(self.world, pipeline, "pending")
        self.processor.process(pipeline)

    def play(self, job: Job, user_id: int, variables: list[Variable]) -> Job:
        """Press the button of a manual or delayed job. Raises NotPossible."""
        with self.world.lock:
            if job.status not in ("manual", "scheduled"):
                raise NotPossible("Unplayable Job")
            pipeline = self.world.pipelines[job.pipeline_id]
            job.user_id = user_id
            job.variables = [dataclasses.asdict(variable) for variable in variables]
            self.processor.enqueue(job)
            if pipeline.scripted:
                set_pipeline_status(self.world, pipeline, "pending")
            for other in pipeline.latest_jobs:
                if other.status == "skipped" and other.stage_index > job.stage_index:
                    set_job_status(self.world, other, "created")
            self.processor.process(pipeline)
            return job

    def delete(self, pipeline: Pipeline) -> None:
        """Remove a pipeline with its jobs; no webhook tells of it."""
        with self.world.lock:
            for job in pipeline.jobs:
                run = self.runs.get(job.id)
                if run is not None:
                    self.world.timers.soon(run.cancel)
                self.world.jobs.pop(job.id, None)
            self.world.pipelines.pop(pipeline.id, None)
            self.world.storage.delete_pipeline(pipeline)

    def set_status(self, pipeline: Pipeline, status: str) -> None:
        """Force a pipeline into a status; from then on it follows orders and runs no job."""
        with self.world.lock:
            pipeline.scripted = True
            for job in pipeline.latest_jobs:
                run = self.runs.pop(job.id, None)
                if run is not None:
                    self.world.timers.soon(run.cancel)
            scripted.force(self.world, pipeline, status)

    def recover(self, project: Project) -> None:
        """After a restart: jobs that ran are lost, all others go on."""
        with self.world.lock:
            for pipeline in project.pipelines():
                if pipeline.status in COMPLETED or self.processor.follows_orders(pipeline):
                    continue
                for job in pipeline.latest_jobs:
                    if job.status == "running":
                        set_job_status(self.world, job, "failed", reason="runner_system_failure")
                    elif job.status == "canceling":
                        set_job_status(self.world, job, "canceled")
                    elif job.status == "scheduled":
                        self.processor.resume_scheduled(job)
                for seconds in {0.0, pipeline.held_until - now()}:
                    self.world.timers.after(seconds, partial(self.processor.process_by_id, pipeline.id))

    def stop(self) -> None:
        """Kill what runs and wait for it."""
        with self.world.lock:
            self.processor.stopped = True
            runs = list(self.runs.values())
        for run in runs:
            run.kill()
        for run in runs:
            run.join(STOP_SECONDS)
