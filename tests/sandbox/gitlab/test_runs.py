"""Pipelines that really run."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from sandbox.gitlab import GitLabSandbox
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


def test_a_runner_brings_an_environment_of_its_own(tmp_path: Path) -> None:
    """Every job finds it set; a variable of the project of the same name wins."""
    with GitLabSandbox(tmp_path / "data", runner_environment={"IMAGE": "runner", "PLACE": "runner"}) as sandbox:
        place = Place(sandbox, tmp_path / "repositories")
        place.add('a: {script: [echo "$IMAGE and $PLACE"]}', variables={"PLACE": "project"})
        number = place.start()
        place.wait(number)
        log = place.trace(place.jobs(number)["a"]["id"])
        place.http.close()
    assert "runner and project" in log


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
