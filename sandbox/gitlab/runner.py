"""The runner: takes one job through workspace, scripts and artifacts, and says how it ended."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.gitlab import predefined, workspace
from sandbox.gitlab.caching import Caches
from sandbox.gitlab.process_group import ProcessGroup
from sandbox.gitlab.records import Job, Pipeline
from sandbox.gitlab.script import shell_script
from sandbox.gitlab.trace import GREEN, RED, YELLOW, Trace
from sandbox.gitlab.variables import Variable, expand, merged, resolved
from sandbox.gitlab.workspace import Workspace
from sandbox.gitlab.world import World

log = logging.getLogger(__name__)
KILL_AFTER_SECONDS = 3.0
AFTER_SCRIPT_SECONDS = 300.0


@dataclass(frozen=True)
class Outcome:
    """How a job ended: `success`, `failed` or `canceled`, and for a failure GitLab's reason."""

    status: str
    reason: str | None = None
    exit_code: int = 0


class JobRun(threading.Thread):
    """One job on one runner. `finished` is called from this thread with the outcome."""

    def __init__(self, world: World, job: Job, finished: Callable[[Job, Outcome], None]) -> None:
        super().__init__(name=f"gitlab-job-{job.id}", daemon=True)
        self.world, self.job, self.finished = world, job, finished
        self.project = world.project_of(job)
        self.pipeline: Pipeline = world.pipelines[job.pipeline_id]
        self.trace = Trace(world.trace_path(job))
        path = self.project.path_with_namespace.rpartition("/")[2]
        self.workspace = Workspace((world.data / "builds" / str(job.id)).resolve(), path)
        self.ended_early: Outcome | None = None
        self._group: ProcessGroup | None = None
        self._guard = threading.Lock()

    def run(self) -> None:
        """Do the job, whatever happens."""
        try:
            outcome = self._run()
        except Exception as error:
            log.exception("A job of the sandbox GitLab broke down.")
            self.trace.line(f"ERROR: Job failed (system failure): {error}", RED)
            outcome = Outcome("failed", "runner_system_failure")
        self.workspace.remove()
        self.finished(self.job, self.ended_early or outcome)

    def cancel(self) -> None:
        """End the commands; the outcome is `canceled`."""
        self._end(Outcome("canceled"), "ERROR: Job failed: canceled")

    def kill(self) -> None:
        """End the commands at once because the runner itself goes away."""
        self._end(Outcome("failed", "runner_system_failure"), "ERROR: Job failed: aborted: terminated")
        self._signal(signal.SIGKILL)

    def _end(self, outcome: Outcome, message: str) -> None:
        with self._guard:
            if self.ended_early is not None:
                return
            self.ended_early = outcome
        self._signal(signal.SIGTERM)
        self.world.timers.after(KILL_AFTER_SECONDS, lambda: self._signal(signal.SIGKILL))
        self.trace.line(message, RED)

    def _time_out(self) -> None:
        if self.is_alive():
            minutes, seconds = divmod(int(self.job.plan.timeout), 60)
            message = f"ERROR: Job failed: execution took longer than {minutes}m{seconds}s seconds"
            self._end(Outcome("failed", "job_execution_timeout"), message)

    def _signal(self, number: int) -> None:
        with self._guard:
            if self._group is not None:
                self._group.signal(number)

    def _run(self) -> Outcome:
        self.trace.line(f"Running with gitlab-runner {predefined.VERSION} (sandbox)")
        with self.trace.section("prepare_executor", 'Preparing the "shell" executor'):
            self.trace.line("Using Shell (bash) executor...")
        with self.trace.section("get_sources", "Getting source from the repository"):
            self.workspace.fill(self.world.snapshot_path(self.pipeline.sha))
            self.trace.line(f"Checking out {self.pipeline.sha[:8]} as {self.pipeline.ref}...")
        environment = self._environment()
        caches = Caches(self.project, self.job.plan.caches, environment)
        caches.restore(self.workspace, self.trace)
        self._download_artifacts()
        outcome = self._script(environment)
        self._after_script(environment, self.ended_early or outcome)
        if self.ended_early is None:
            caches.save(self.workspace, self.trace, succeeded=outcome.status == "success")
            self._upload_artifacts(outcome)
        with self.trace.section("cleanup_file_variables", "Cleaning up project directory and file based variables"):
            pass
        if self.ended_early is None:
            self._verdict(outcome)
        return outcome

    def _verdict(self, outcome: Outcome) -> None:
        if outcome.status == "success":
            self.trace.line("Job succeeded", GREEN)
        else:
            self.trace.line(f"ERROR: Job failed: exit code {outcome.exit_code}", RED)

    def _environment(self) -> dict[str, str]:
        job, folder = self.job, str(self.workspace.folder)
        own = [Variable(**one) for one in job.plan.variables]
        played = [Variable(**one) for one in job.variables]
        variables = merged(
            [
                predefined.of_job(self.project, self.pipeline, job, folder=folder),
                {one.key: one for one in own},
                self.project.variables,
                {one.key: one for one in self.pipeline.variables},
                {one.key: one for one in played},
            ]
        )
        files = [one for one in variables.values() if one.variable_type == "file"]
        home = self.world.data / "home"
        home.mkdir(parents=True, exist_ok=True)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        base = {"PATH": path, "HOME": str(home.resolve()), "LANG": "C.UTF-8"}
        return base | dict(self.world.runner_environment) | resolved(variables) | self.workspace.write_variables(files)

    def _script(self, environment: dict[str, str]) -> Outcome:
        plan = self.job.plan
        with self.trace.section("step_script", 'Executing "step_script" stage of the job script'):
            fault = self.world.take_fault(self.project, "fail_job", self.job.name)
            if fault is not None:
                self.trace.line("ERROR: this job was ordered to fail", RED)
                return Outcome("failed", str(fault.fields.get("reason", "script_failure")), 1)
            self.world.timers.after(plan.timeout, self._time_out)
            code = self._shell([*plan.before_script, *plan.script], environment)
        if code == 0:
            return Outcome("success")
        return Outcome("failed", "script_failure", code)

    def _after_script(self, environment: dict[str, str], outcome: Outcome) -> None:
        """Runs in a shell of its own, after failures and cancels too; its own failure does not count."""
        if not self.job.plan.after_script or outcome.reason == "runner_system_failure":
            return
        with self.trace.section("after_script", "Running after_script"):
            status = {"CI_JOB_STATUS": outcome.status}
            code = self._shell(self.job.plan.after_script, environment | status, is_after_script=True)
            if code:
                self.trace.line(f"WARNING: after_script failed, but job will continue unaffected: {code}", YELLOW)

    def _shell(self, commands: list[str], environment: dict[str, str], is_after_script: bool = False) -> int:
        script = self.workspace.root / ("after_script.sh" if is_after_script else "script.sh")
        script.write_text(shell_script(commands), encoding="utf-8")
        with self._guard:
            if self.ended_early is not None and not is_after_script:
                return 1
            group = self._group = ProcessGroup(
                script, folder=self.workspace.folder, environment=environment, log=self.trace.path
            )
        if is_after_script:
            self.world.timers.after(AFTER_SCRIPT_SECONDS, lambda: group.signal(signal.SIGKILL))
        code = group.wait()
        with self._guard:
            self._group = None
        return code

    def _download_artifacts(self) -> None:
        wanted = self.job.plan.artifacts_from
        with self.world.lock:
            sources = [
                one
                for one in self.pipeline.latest_jobs
                if one.artifacts and (one.stage_index < self.job.stage_index if wanted is None else one.name in wanted)
            ]
        archives = [(one, self.world.artifacts_path(one)) for one in sources]
        archives = [(one, path) for one, path in archives if path.exists()]
        if not archives:
            return
        with self.trace.section("download_artifacts", "Downloading artifacts"):
            for one, path in archives:
                self.trace.line(f"Downloading artifacts for {one.name} ({one.id})...")
                workspace.unpack(path, self.workspace.folder)

    def _upload_artifacts(self, outcome: Outcome) -> None:
        wanted = self.job.plan.artifacts
        ends = "on_success" if outcome.status == "success" else "on_failure"
        if wanted is None or not wanted["paths"] or wanted["when"] not in (ends, "always"):
            return
        values = self._environment()
        with self.trace.section(f"upload_artifacts_{ends}", "Uploading artifacts"):
            files: dict[Path, None] = {}
            for pattern in (expand(path, values) for path in wanted["paths"]):
                found = self.workspace.matching(pattern, wanted["exclude"])
                files.update(dict.fromkeys(found))
                self._tell_found(pattern, len(found))
            if files:
                size = workspace.pack(files, self.workspace.folder, self.world.artifacts_path(self.job))
                self.job.artifacts.append(
                    {"file_type": "archive", "size": size, "filename": "artifacts.zip", "file_format": "zip"}
                )

    def _tell_found(self, pattern: str, count: int) -> None:
        if count:
            self.trace.line(f"{pattern}: found {count} matching artifact files and directories")
        else:
            self.trace.line(f"WARNING: {pattern}: no matching files. Ensure that the artifact path is right", YELLOW)
