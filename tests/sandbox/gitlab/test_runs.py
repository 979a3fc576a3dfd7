"""Pipelines that really run."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from tests.sandbox.gitlab.conftest import Place, until

WHOLE = """
stages: [build, publish]
variables: {GREETING: 'hello $NAME'}
default:
  before_script: [echo prepared]
build:
  stage: build
  script:
    - echo "$GREETING from $CI_JOB_NAME on $CI_COMMIT_BRANCH"
    - |
      mkdir -p dist/deep
      cp page.html dist/deep/
    - python -c "import yaml; print('python is ours')"
  after_script: [echo "it was $CI_JOB_STATUS"]
  artifacts: {paths: [dist/, missing/], exclude: [dist/**/*.map], expire_in: 1 week}
publish:
  stage: publish
  script: [cat dist/deep/page.html, cat "$TRIGGER_PAYLOAD"]
"""


def test_a_pipeline_runs_from_trigger_to_success(place: Place) -> None:
    """Variables, artifacts between stages, the log, and the times of everything."""
    place.add(WHOLE)
    (place.folder / "main" / "page.html").write_text("<p>museum</p>\n", encoding="utf-8")
    number = place.start(NAME="Ada")
    pipeline = place.wait(number)
    assert (pipeline["status"], pipeline["detailed_status"]["text"]) == ("success", "Passed")
    assert pipeline["created_at"] <= pipeline["started_at"] <= pipeline["finished_at"]
    jobs = place.jobs(number)
    assert {name: job["status"] for name, job in jobs.items()} == {"build": "success", "publish": "success"}
    log = place.trace(jobs["build"]["id"])
    for part in (
        "hello Ada from build on main",
        '\x1b[32;1m$ echo "$GREETING from $CI_JOB_NAME on $CI_COMMIT_BRANCH"\x1b[0;m\n',
        "$ mkdir -p dist/deep # collapsed multi-line command",
        "python is ours",
        "it was success",
        "WARNING: missing/: no matching files.",
        "Job succeeded",
    ):
        assert part in log
    published = place.trace(jobs["publish"]["id"])
    assert "<p>museum</p>" in published and '"variables": {"NAME": "Ada"}' in published
    assert jobs["build"]["artifacts_file"]["filename"] == "artifacts.zip"
    assert jobs["build"]["artifacts_expire_at"] > jobs["build"]["finished_at"]
    archive = zipfile.ZipFile(io.BytesIO(place.ask("GET", f"/jobs/{jobs['build']['id']}/artifacts").content))
    assert archive.namelist() == ["dist/deep/page.html"]
    archive.close()


def test_sections_open_and_close(place: Place) -> None:
    """The markers that GitLab folds the log by."""
    place.add("a: {script: [echo x]}")
    number = place.start()
    place.wait(number)
    log = place.trace(place.jobs(number)["a"]["id"])
    assert "section_start:" in log and ":step_script\r\x1b[0K" in log
    assert log.count("section_start:") == log.count("section_end:")


def test_a_log_can_be_read_in_parts(place: Place) -> None:
    """`byte_offset` and `byte_limit` cut the bytes."""
    place.add("a: {script: [echo Grüße]}")
    number = place.start()
    place.wait(number)
    job = place.jobs(number)["a"]["id"]
    whole = place.ask("GET", f"/jobs/{job}/trace")
    part = place.ask("GET", f"/jobs/{job}/trace", params={"byte_offset": 10, "byte_limit": 25})
    assert whole.headers["content-type"].startswith("text/plain")
    assert part.content == whole.content[10:35]


def test_the_log_grows_while_the_job_runs(place: Place) -> None:
    """Output is there before the end."""
    place.add('a: {script: [echo "first part is out", sleep 60]}')
    number = place.start()
    job = place.wait_job(number, "a", "running")
    assert "first part is out" in until(lambda: place.trace(job["id"]), lambda log: "\nfirst part" in log)
    assert place.get(f"/pipelines/{number}")["status"] == "running"


def test_a_failing_command_stops_the_job_and_what_follows(place: Place) -> None:
    """Exit code in the log, reason in the job, later stages skipped, `on_failure` and `always` run."""
    place.add("""
    stages: [one, two]
    a: {stage: one, script: [sh -c 'exit 3', echo unreachable]}
    b: {stage: two, script: [echo b]}
    c: {stage: two, script: [echo c], when: on_failure}
    d: {stage: two, script: [echo d], when: always}
    """)
    number = place.start()
    assert place.wait(number)["status"] == "failed"
    assert place.statuses(number) == {"a": "failed", "b": "skipped", "c": "success", "d": "success"}
    failed = place.jobs(number)["a"]
    assert failed["failure_reason"] == "script_failure"
    log = place.trace(failed["id"])
    assert "ERROR: Job failed: exit code 3" in log and "\nunreachable" not in log


def test_a_failure_inside_a_pipe_counts(place: Place) -> None:
    """The runner's shell has pipefail."""
    place.add("a: {script: ['false | cat']}")
    assert place.wait(place.start())["status"] == "failed"


def test_a_job_that_may_fail_only_warns(place: Place) -> None:
    """Success with warnings, and the next stage runs."""
    place.add("""
    stages: [one, two]
    a: {stage: one, script: [exit 1], allow_failure: true}
    b: {stage: two, script: [echo b]}
    c: {stage: one, script: [exit 42], allow_failure: {exit_codes: [42]}}
    """)
    pipeline = place.wait(place.start())
    assert (pipeline["status"], pipeline["detailed_status"]["label"]) == ("success", "passed with warnings")


def test_needs_start_before_the_stage_is_done(place: Place) -> None:
    """A job with needs waits for those alone and gets their artifacts only."""
    place.add("""
    stages: [one, two]
    slow: {stage: one, script: [sleep 60]}
    quick: {stage: one, script: [echo q > quick.txt], artifacts: {paths: [quick.txt]}}
    other: {stage: one, script: [echo o > other.txt], artifacts: {paths: [other.txt]}}
    after: {stage: two, needs: [quick, other], dependencies: [quick], script: [cat quick.txt, test ! -e other.txt]}
    free: {stage: two, needs: [], script: [echo free]}
    """)
    number = place.start()
    place.wait_job(number, "after", "success")
    place.wait_job(number, "free", "success")
    assert place.statuses(number)["slow"] == "running"


def test_a_blocking_manual_job(place: Place) -> None:
    """The pipeline waits without an end time, goes on when played, and takes the given variables."""
    place.add("""
    stages: [one, two, three]
    a: {stage: one, script: [echo a]}
    b: {stage: two, script: ['echo "chose $CHOICE"'], when: manual, allow_failure: false}
    c: {stage: three, script: [echo c]}
    """)
    number = place.start()
    waiting = place.wait(number, "manual")
    assert waiting["finished_at"] is None
    assert place.statuses(number) == {"a": "success", "b": "manual", "c": "created"}
    button = place.jobs(number)["b"]["id"]
    given = {"job_variables_attributes": [{"key": "CHOICE", "value": "yes"}]}
    assert place.ask("POST", f"/jobs/{button}/play", json=given).status_code == 200
    assert place.wait(number)["status"] == "success"
    assert "\nchose yes" in place.trace(button)
    again = place.ask("POST", f"/jobs/{button}/play")
    assert (again.status_code, again.json()) == (400, {"message": "400 Bad request - Unplayable Job"})


def test_an_optional_manual_job_reopens_a_finished_pipeline(place: Place) -> None:
    """Success is not the end: the button may be pressed later."""
    place.add("a: {script: [echo a]}\nb: {script: [sleep 60], when: manual}")
    number = place.start()
    done = place.wait(number)
    assert done["status"] == "success"
    place.ask("POST", f"/jobs/{place.jobs(number)['b']['id']}/play")
    running = place.wait(number, "running")
    assert running["finished_at"] == done["finished_at"]


def test_only_optional_manual_jobs_make_a_skipped_pipeline(place: Place) -> None:
    """Skipped, without an end time."""
    place.add("a: {script: [echo a], when: manual}")
    pipeline = place.wait(place.start())
    assert (pipeline["status"], pipeline["finished_at"]) == ("skipped", None)


def test_a_delayed_job(place: Place) -> None:
    """The pipeline is scheduled until the time has come or somebody plays it."""
    place.add("a: {script: [echo a], when: delayed, start_in: 1 hour}\n")
    number = place.start()
    place.wait(number, "scheduled")
    place.ask("POST", f"/jobs/{place.jobs(number)['a']['id']}/play")
    assert place.wait(number)["status"] == "success"
    place.write("a: {script: [echo a], when: delayed, start_in: 1 second}\n")
    assert place.wait(place.start())["status"] == "success"


def test_cancel_ends_the_whole_process_group(place: Place, tmp_path: Path) -> None:
    """Canceling, then canceled; children of the script die too; cancel again is a 200 without effect."""
    pid_file = tmp_path / "child.pid"
    place.add(f"""
    stages: [one, two]
    a: {{stage: one, script: ['sleep 300 & echo $! > {pid_file}.new && mv {pid_file}.new {pid_file} && wait']}}
    b: {{stage: two, script: [echo b]}}
    """)
    number = place.start()
    until(pid_file.exists, bool)
    answer = place.ask("POST", f"/pipelines/{number}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "canceling")
    pipeline = place.wait(number, "canceled")
    assert pipeline["finished_at"] is not None
    assert place.statuses(number) == {"a": "canceled", "b": "canceled"}
    until(lambda: _is_alive(int(pid_file.read_text())), lambda alive: not alive)
    again = place.ask("POST", f"/pipelines/{number}/cancel")
    assert (again.status_code, again.json()["status"]) == (200, "canceled")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_retry_makes_new_jobs(place: Place, tmp_path: Path) -> None:
    """Failed jobs run again under new ids, skipped ones after them get their turn, done ones stay."""
    mark = tmp_path / "works"
    place.add(f"""
    stages: [one, two, three]
    a: {{stage: one, script: [echo a]}}
    b: {{stage: two, script: [test -e {mark}]}}
    c: {{stage: three, script: [echo c]}}
    """)
    number = place.start()
    first = place.wait(number)
    before = place.jobs(number)
    assert first["status"] == "failed" and before["c"]["status"] == "skipped"
    mark.touch()
    answer = place.ask("POST", f"/pipelines/{number}/retry")
    assert answer.status_code == 201
    assert place.wait(number, "success")["finished_at"] > first["finished_at"]
    after = place.jobs(number)
    assert after["b"]["id"] > before["b"]["id"] and after["a"]["id"] == before["a"]["id"]
    ids = [job["id"] for job in place.get(f"/pipelines/{number}/jobs", include_retried="true")]
    assert before["b"]["id"] in ids and before["b"]["id"] not in [job["id"] for job in after.values()]
    nothing = place.ask("POST", f"/pipelines/{number}/retry")
    assert (nothing.status_code, nothing.json()["status"]) == (201, "success")


def test_one_job_can_be_retried_after_success(place: Place) -> None:
    """Success goes back to running; a retried job cannot be retried twice."""
    place.add("a: {script: [echo a]}")
    number = place.start()
    place.wait(number)
    job = place.jobs(number)["a"]["id"]
    answer = place.ask("POST", f"/jobs/{job}/retry")
    assert (answer.status_code, answer.json()["id"]) == (201, job + 1)
    place.wait_job(number, "a", "success")
    twice = place.ask("POST", f"/jobs/{job}/retry")
    assert (twice.status_code, twice.json()) == (403, {"message": "403 Forbidden - Job is not retryable"})


def test_retry_in_the_file_tries_again(place: Place, tmp_path: Path) -> None:
    """`retry: 1` runs a failing job twice by itself."""
    place.add(f"a: {{retry: 1, script: [echo x >> {tmp_path}/tries, 'test $(wc -l < {tmp_path}/tries) -ge 2']}}")
    number = place.start()
    assert place.wait(number)["status"] == "success"
    tries = place.get(f"/pipelines/{number}/jobs", include_retried="true")
    assert [job["status"] for job in tries] == ["success", "failed"]


def test_a_job_that_takes_too_long(place: Place) -> None:
    """The timeout ends it with its own reason."""
    place.add("a: {timeout: 1 second, script: [sleep 60]}")
    number = place.start()
    assert place.wait(number)["status"] == "failed"
    job = place.jobs(number)["a"]
    assert job["failure_reason"] == "job_execution_timeout"
    assert "execution took longer than 0m1s" in place.trace(job["id"])


@pytest.mark.parametrize(("mode", "next_is"), [("unordered", 0), ("oldest_first", 0), ("newest_first", 1)])
def test_a_resource_group_lets_one_job_run(place: Place, tmp_path: Path, mode: str, next_is: int) -> None:
    """Others wait for the resource; the process mode says who is next."""
    stop = tmp_path / "stop"
    place.add(f"""
    a: {{resource_group: 'site-$TARGET', script: ['until test -e {stop}-$NAME; do sleep 0.05; done']}}
    """)
    first = place.start(TARGET="live", NAME="first")
    place.wait_job(first, "a", "running")
    waiting = [place.start(TARGET="live", NAME=name) for name in ("second", "third")]
    for number in waiting:
        assert place.wait(number, "waiting_for_resource")["status"] == "waiting_for_resource"
    free = place.start(TARGET="staging", NAME="free")
    place.wait_job(free, "a", "running")
    assert place.ask("PUT", "/resource_groups/site-live", json={"process_mode": mode}).status_code == 200
    (tmp_path / "stop-first").touch()
    place.wait(first)
    place.wait_job(waiting[next_is], "a", "running")
    assert place.statuses(waiting[1 - next_is])["a"] == "waiting_for_resource"


def test_a_new_commit_cancels_older_pipelines(place: Place) -> None:
    """Unless the older one's workflow says none; the same commit cancels nothing."""
    place.add("a: {interruptible: true, script: [sleep 60]}")
    first, same = place.start(), place.start()
    place.wait_job(first, "a", "running")
    place.write("workflow: {auto_cancel: {on_new_commit: none}}\na: {script: [sleep 60]}")
    kept = place.start()
    assert [place.wait(number, "canceled")["status"] for number in (first, same)] == ["canceled"] * 2
    place.write("a: {script: [echo done]}")
    assert place.wait(place.start())["status"] == "success"
    assert place.get(f"/pipelines/{kept}")["status"] == "running"


def test_each_job_works_in_a_fresh_copy_of_the_commit(place: Place) -> None:
    """What one job writes is not there for the next, and later edits do not reach a pipeline."""
    place.add("""
    stages: [one, two]
    a: {stage: one, script: [echo spoiled > page.html]}
    b: {stage: two, when: manual, allow_failure: false, script: [cat page.html]}
    """)
    page = place.folder / "main" / "page.html"
    page.write_text("original\n", encoding="utf-8")
    number = place.start()
    place.wait(number, "manual")
    page.write_text("edited\n", encoding="utf-8")
    button = place.jobs(number)["b"]["id"]
    place.ask("POST", f"/jobs/{button}/play")
    place.wait(number)
    assert "\noriginal\n" in place.trace(button)
    assert (place.folder / "main" / "page.html").read_text() == "edited\n"


def test_a_running_job_can_be_canceled_alone(place: Place) -> None:
    """The pipeline is then canceled when nothing else runs."""
    place.add("a: {script: [sleep 60]}\nb: {script: [echo b]}")
    number = place.start()
    job = place.wait_job(number, "a", "running")
    place.wait_job(number, "b", "success")
    assert place.ask("POST", f"/jobs/{job['id']}/cancel").json()["status"] == "canceling"
    assert place.wait(number)["status"] == "canceled"


def test_a_deleted_pipeline_is_gone(place: Place) -> None:
    """Only an owner may; its job ends, its number is not given again."""
    place.add("a: {script: [sleep 60]}")
    place.project.add_access_token("glpat-owner", role="owner")
    number = place.start()
    place.wait_job(number, "a", "running")
    assert place.ask("DELETE", f"/pipelines/{number}").status_code == 403
    assert place.ask("DELETE", f"/pipelines/{number}", token="glpat-owner").status_code == 204
    gone = place.ask("GET", f"/pipelines/{number}")
    assert (gone.status_code, gone.json()) == (404, {"message": "404 Not found"})
    assert place.start() == number + 1
