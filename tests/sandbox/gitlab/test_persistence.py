"""What outlives the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from sandbox.gitlab import GitLabSandbox
from tests.sandbox.gitlab.conftest import Place, until

LONG = """
workflow: {name: 'build $REQUEST'}
stages: [one, two]
a: {stage: one, script: [echo begun, sleep 300]}
b: {stage: two, script: [echo b]}
"""


def test_pipelines_are_there_after_a_restart(place: Place, sandbox: GitLabSandbox, tmp_path: Path) -> None:
    """Ids, names, variables and logs are kept; numbers go on; a job that ran is a system failure."""
    place.add(LONG)
    done = place.start(REQUEST="done")
    place.sandbox.set_status(done, "success")
    old = place.jobs(done)["b"]
    number = place.start(REQUEST="b1")
    job = place.wait_job(number, "a", "running")
    until(lambda: place.trace(job["id"]), lambda log: "\nbegun" in log)
    sandbox.stop()
    with GitLabSandbox(tmp_path / "data") as again:
        back = Place(again, place.folder)
        back.add("build: {script: [echo built]}")
        assert back.project.id == place.project.id
        pipeline = back.wait(number)
        assert (pipeline["status"], pipeline["name"]) == ("failed", "build b1")
        jobs = back.jobs(number)
        assert (jobs["a"]["failure_reason"], jobs["b"]["status"]) == ("runner_system_failure", "skipped")
        assert "\nbegun" in back.trace(job["id"])
        assert {"REQUEST", "TRIGGER_PAYLOAD"} == {one["key"] for one in back.get(f"/pipelines/{number}/variables")}
        assert back.get(f"/jobs/{old['id']}")["status"] == "success"
        assert back.jobs(done)["b"]["id"] == old["id"]
        assert back.get(f"/pipelines/{done}")["status"] == "success"
        fresh = back.start()
        assert fresh == number + 1
        assert back.jobs(fresh)["build"]["id"] > max(one["id"] for one in jobs.values())
        back.http.close()


PROGRAM = """
import sys, time
from pathlib import Path
from sandbox.gitlab import GitLabSandbox
gitlab = GitLabSandbox(Path(sys.argv[1]))
gitlab.start()
project = gitlab.add_project("site", Path(sys.argv[2]), trigger_token="glptt-right", api_token="glpat-right")
print(gitlab.url, project.id, flush=True)
time.sleep(300)
"""


def test_nothing_is_lost_when_the_process_is_killed(place: Place, tmp_path: Path) -> None:
    """After kill -9 in the middle of a job the pipeline comes back as failed and waiting work goes on."""
    data, repository = tmp_path / "killed", place.write(LONG)
    command = [sys.executable, "-c", PROGRAM, str(data), str(repository)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        url, project_id = process.stdout.readline().split()
        api = f"{url}/api/v4/projects/{project_id}"
        form = {"token": "glptt-right", "ref": "main"}
        number = httpx.post(f"{api}/trigger/pipeline", data=form).json()["id"]
        headers = {"PRIVATE-TOKEN": "glpat-right"}
        until(
            lambda: httpx.get(f"{api}/pipelines/{number}", headers=headers).json()["status"],
            lambda status: status == "running",
        )
        until(lambda: list((data / "builds").glob("*/script.sh")), bool)
        os.kill(process.pid, signal.SIGKILL)
    with GitLabSandbox(data) as again:
        back = Place(again, place.folder)
        back.add("build: {script: [echo built]}")
        assert back.wait(number)["status"] == "failed"
        assert back.jobs(number)["a"]["failure_reason"] == "runner_system_failure"
        assert back.wait(back.start())["status"] == "success"
        back.http.close()


def test_a_waiting_pipeline_goes_on_after_a_restart(place: Place, sandbox: GitLabSandbox, tmp_path: Path) -> None:
    """Pending work is not forgotten."""
    place.add("a: {script: [echo a]}")
    place.project.faults.hold_queue(seconds=1)
    number = place.start()
    place.wait(number, "pending")
    sandbox.stop()
    with GitLabSandbox(tmp_path / "data") as again:
        back = Place(again, place.folder)
        back.add("a: {script: [echo a]}")
        assert back.wait(number)["status"] == "success"
        back.http.close()


def test_a_deleted_pipelines_number_is_not_used_again(place: Place, sandbox: GitLabSandbox, tmp_path: Path) -> None:
    """Not even after a restart."""
    place.add("a: {script: [echo a]}", runs_jobs=False)
    number = place.start()
    place.http.delete(f"{sandbox.url}/sandbox/pipelines/{number}")
    sandbox.stop()
    with GitLabSandbox(tmp_path / "data") as again:
        back = Place(again, place.folder)
        back.add("a: {script: [echo a]}", runs_jobs=False)
        assert back.start() == number + 1
        back.http.close()


def test_adding_a_project_again_is_the_same_project(place: Place) -> None:
    """Settings and variables are replaced, tokens and pipelines stay."""
    place.add("a: {script: [echo a]}", runs_jobs=False)
    first, number = place.project, place.start()
    place.add("a: {script: [echo a]}", runs_jobs=False, ci_enabled=False)
    assert place.project is first
    assert place.trigger().status_code == 400
    assert place.get(f"/pipelines/{number}")["id"] == number


def test_stop_kills_jobs(place: Place, sandbox: GitLabSandbox, tmp_path: Path) -> None:
    """No process is left behind."""
    pid_file = tmp_path / "pid"
    place.add(f"a: {{script: ['echo $$ > {pid_file}.new && mv {pid_file}.new {pid_file} && sleep 300']}}")
    place.start()
    until(pid_file.exists, bool)
    sandbox.stop()
    assert not Path(f"/proc/{int(pid_file.read_text())}").exists()
