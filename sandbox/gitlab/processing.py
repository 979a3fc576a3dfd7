"""What happens next in a pipeline: which jobs may start, which are skipped, who gets a runner.

Source: GitLab docs, "CI/CD pipelines", "needs", "resource groups". Callers hold the state's lock.
"""

from collections.abc import Callable
from functools import partial

from sandbox.gitlab.changes import set_job_status, settle
from sandbox.gitlab.composite import composite
from sandbox.gitlab.records import COMPLETED, Job, Pipeline
from sandbox.gitlab.times import now
from sandbox.gitlab.world import World

# With which outcome of the jobs before it a job of this `when` runs.
_WANTED = {
    "on_failure": frozenset({"failed"}),
    "always": frozenset({"success", "failed", "skipped"}),
}
_AFTER_STAGES = frozenset({"success", "skipped"})
_AFTER_NEEDS = frozenset({"success"})
HOLDING = frozenset({"pending", "running", "canceling"})

StartJob = Callable[[Job], None]


class Processor:
    """Moves pipelines on. `start_job` is called for each job that gets one of the `slots`."""

    def __init__(self, world: World, start_job: StartJob, slots: int) -> None:
        self.world = world
        self.start_job = start_job
        self.slots = slots
        self.stopped = False

    def follows_orders(self, pipeline: Pipeline) -> bool:
        """Whether the pipeline moves only by `set_status` and `advance`."""
        return pipeline.scripted or not self.world.project_of(pipeline).settings.runs_jobs

    def process_by_id(self, pipeline_id: int) -> None:
        """The same as `process`, for a later moment: the pipeline may be gone by then."""
        with self.world.lock:
            pipeline = self.world.pipelines.get(pipeline_id)
            if pipeline is not None:
                self.process(pipeline)

    def process(self, pipeline: Pipeline) -> None:
        """Decide about every job that can be decided about, then the pipeline's status, then the runners."""
        if self.stopped or self.follows_orders(pipeline):
            return
        waiting = True
        while waiting:
            waiting = False
            for job in pipeline.latest_jobs:
                if job.status == "created" and self._decide(pipeline, job):
                    waiting = True
        settle(self.world, pipeline)
        self.dispatch()
        settle(self.world, pipeline)

    def _decide(self, pipeline: Pipeline, job: Job) -> bool:
        before = status_before(pipeline, job)
        if before not in COMPLETED:
            return False
        usual = _AFTER_STAGES if job.plan.needs is None else _AFTER_NEEDS
        if before not in _WANTED.get(job.plan.when, usual):
            set_job_status(self.world, job, "skipped")
        elif job.plan.when == "manual" and job.scheduled_at is None:
            set_job_status(self.world, job, "manual")
        elif job.plan.when == "delayed" and job.scheduled_at is None:
            self._schedule(job)
        else:
            self.enqueue(job)
        return True

    def _schedule(self, job: Job) -> None:
        seconds = job.plan.start_in or 0.0
        job.scheduled_at = now() + seconds
        set_job_status(self.world, job, "scheduled")
        self.world.timers.after(seconds, partial(self._start_scheduled, job.id))

    def resume_scheduled(self, job: Job) -> None:
        """Wait for a delayed job again, after a restart."""
        self.world.timers.after((job.scheduled_at or now()) - now(), partial(self._start_scheduled, job.id))

    def _start_scheduled(self, job_id: int) -> None:
        with self.world.lock:
            job = self.world.jobs.get(job_id)
            if job is not None and job.status == "scheduled":
                self.enqueue(job)
                self.process(self.world.pipelines[job.pipeline_id])

    def enqueue(self, job: Job) -> None:
        """Put a job in line, for its resource group first if it has one."""
        group = job.plan.resource_group
        if group:
            self.world.project_of(job).resource_group(group)
            set_job_status(self.world, job, "waiting_for_resource")
        else:
            set_job_status(self.world, job, "pending")

    def dispatch(self) -> None:
        """Hand out free resource groups, then free runners."""
        if self.stopped:
            return
        open_jobs = self._open_jobs()
        self._assign_resources(open_jobs)
        free = self.slots - sum(job.status in ("running", "canceling") for job in open_jobs)
        moment = now()
        for job in open_jobs:
            if free <= 0:
                return
            if job.status != "pending" or self.world.pipelines[job.pipeline_id].held_until > moment:
                continue
            set_job_status(self.world, job, "running")
            settle(self.world, self.world.pipelines[job.pipeline_id])
            self.start_job(job)
            free -= 1

    def _open_jobs(self) -> list[Job]:
        return [
            job
            for pipeline in list(self.world.pipelines.values())
            if pipeline.status not in COMPLETED and pipeline.project_id in self.world.projects
            and not self.follows_orders(pipeline)
            for job in pipeline.latest_jobs
        ]  # fmt: skip

    def _assign_resources(self, open_jobs: list[Job]) -> None:
        held = {
            (job.project_id, job.plan.resource_group)
            for job in open_jobs
            if job.plan.resource_group and job.status in HOLDING
        }
        waiting = [job for job in open_jobs if job.status == "waiting_for_resource"]
        for job in sorted(waiting, key=self._turn):
            key = (job.project_id, job.plan.resource_group or "")
            if key not in held:
                held.add(key)
                set_job_status(self.world, job, "pending")
                settle(self.world, self.world.pipelines[job.pipeline_id])

    def _turn(self, job: Job) -> tuple[float, int]:
        """The place in line that the group's process mode gives to a waiting job."""
        mode = self.world.project_of(job).resource_group(job.plan.resource_group or "").process_mode
        if mode in ("newest_first", "newest_ready_first"):
            return (-job.pipeline_id, job.id)
        if mode == "oldest_first":
            return (job.pipeline_id, job.id)
        return (job.updated_at, job.id)


def status_before(pipeline: Pipeline, job: Job) -> str | None:
    """The common status of what a job waits for; `success` when it waits for nothing."""
    jobs = pipeline.latest_jobs
    if job.plan.needs is not None:
        needed = [one for one in jobs if one.name in job.plan.needs]
        return composite(needed, of_needs=True) if needed else "success"
    earlier = [one for one in jobs if one.stage_index < job.stage_index]
    return composite(earlier) if earlier else "success"
