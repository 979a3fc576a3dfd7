"""What people do to pipelines: play, cancel, retry, delete, push."""

from __future__ import annotations

import os
from pathlib import Path

from tests.sandbox.gitlab.conftest import Place, until


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
