"""Ordered misbehaviour, in Python and over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.gitlab import FaultError
from tests.sandbox.gitlab.conftest import Place, until

PLAIN = "workflow: {name: 'build $REQUEST'}\nbuild: {script: [echo built]}\n"


def test_a_lost_answer_leaves_a_pipeline(place: Place) -> None:
    """The caller sees a closed connection, the pipeline runs nevertheless, and the next call is answered."""
    place.add(PLAIN)
    place.project.faults.lose_answer()
    with pytest.raises(httpx.RemoteProtocolError):
        place.trigger(**{"variables[REQUEST]": "b1"})
    (kept,) = place.get("/pipelines", name="build b1")
    assert place.wait(kept["id"])["status"] == "success"
    assert place.trigger().status_code == 201


def test_a_refused_creation_does_not_use_up_a_lost_answer(place: Place) -> None:
    """The order is about an answer after a pipeline was made."""
    place.add(PLAIN, runs_jobs=False)
    place.project.faults.lose_answer()
    assert place.trigger(ref="gone").status_code == 400
    with pytest.raises(httpx.RemoteProtocolError):
        place.trigger()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_slow_answer(place: Place, when: str) -> None:
    """The client gives up; the pipeline is made sooner or later all the same."""
    place.add(PLAIN, runs_jobs=False)
    place.project.faults.order(f"delay_{when}", seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{place.api}/trigger/pipeline", data={"token": "glptt-right", "ref": "main"}, timeout=0.2)
    if when == "before":
        assert place.project.pipelines() == []
    until(lambda: len(place.project.pipelines()), lambda count: count == 1)


def test_an_ordered_answer(place: Place) -> None:
    """Status, body, headers and content type, for the next two reads of a list only."""
    place.add(PLAIN, runs_jobs=False)
    place.project.faults.answer(
        502, "<h1>Bad gateway</h1>", content_type="text/html", headers={"X-Who": "proxy"}, count=2,
        method="GET", path="/pipelines$",
    )  # fmt: skip
    assert place.trigger().status_code == 201
    for _ in range(2):
        answer = place.ask("GET", "/pipelines")
        assert (answer.status_code, answer.text) == (502, "<h1>Bad gateway</h1>")
        assert (answer.headers["content-type"], answer.headers["x-who"]) == ("text/html", "proxy")
    assert place.ask("GET", "/pipelines").status_code == 200


def test_down_and_up_again(place: Place) -> None:
    """Every connection is closed until the order is cleared; other projects are not touched."""
    place.add(PLAIN)
    first = place.project
    first.faults.go_down()
    for _ in range(3):
        with pytest.raises(httpx.RemoteProtocolError):
            place.ask("GET", "/pipelines")
    place.add(PLAIN, name="other")
    assert place.ask("GET", "/pipelines").status_code == 200
    first.faults.clear()
    place.project = first
    assert place.ask("GET", "/pipelines").status_code == 200


def test_a_lagging_replica(place: Place) -> None:
    """The new pipeline is a 404 and not in the list for a while."""
    place.add(PLAIN, runs_jobs=False)
    place.project.faults.hide_pipeline(seconds=600)
    number = place.start()
    assert place.ask("GET", f"/pipelines/{number}").status_code == 404
    assert place.ask("GET", f"/pipelines/{number}/jobs").status_code == 404
    assert place.get("/pipelines") == []
    place.sandbox.pipeline(number).hidden_until = 0
    assert place.get(f"/pipelines/{number}")["id"] == number


def test_a_pipeline_that_vanishes(place: Place) -> None:
    """Deleted after it was made."""
    place.add(PLAIN, runs_jobs=False)
    place.project.faults.delete_pipeline()
    number = place.start()
    until(lambda: place.ask("GET", f"/pipelines/{number}").status_code, lambda status: status == 404)


def test_a_held_queue(place: Place) -> None:
    """Jobs stay pending, then run."""
    place.add(PLAIN)
    place.project.faults.hold_queue(seconds=1)
    number = place.start()
    assert place.wait(number, "pending")["started_at"] is None
    assert place.wait(number)["queued_duration"] == 1


def test_a_job_fails_on_order(place: Place) -> None:
    """With the ordered reason; a retry then works."""
    place.add(PLAIN)
    place.project.faults.fail_job("build", reason="runner_system_failure")
    number = place.start()
    assert place.wait(number)["status"] == "failed"
    assert place.jobs(number)["build"]["failure_reason"] == "runner_system_failure"
    place.ask("POST", f"/pipelines/{number}/retry")
    assert place.wait(number, "success")["status"] == "success"


def test_the_rate_limit(place: Place) -> None:
    """Headers on every answer, and a plain text 429 with a time to wait above the limit."""
    place.add(PLAIN, api_limit_per_minute=3)
    answers = [place.ask("GET", "/pipelines") for _ in range(10)]
    first, last = answers[0], answers[-1]
    assert (first.headers["ratelimit-limit"], first.headers["ratelimit-remaining"]) == ("3", "2")
    assert (last.status_code, last.text) == (429, "Retry later\n")
    assert last.headers["content-type"].startswith("text/plain")
    assert 1 <= int(last.headers["retry-after"]) <= 60
    assert last.headers["ratelimit-resettime"].endswith("GMT")


def control(place: Place, method: str, path: str, **options: Any) -> httpx.Response:
    return place.http.request(method, f"{place.sandbox.url}/sandbox{path}", **options)


def test_faults_are_ordered_over_http(place: Place) -> None:
    """By the name or the number of the project; listed, used up, cleared."""
    place.add(PLAIN, runs_jobs=False)
    order = {"kind": "answer", "status": 503, "body": {"message": "503"}, "path": "/pipelines$", "count": 1}
    made = control(place, "POST", "/projects/site/faults", json=order)
    assert (made.status_code, made.json()["count"]) == (201, 1)
    assert place.ask("GET", "/pipelines").json() == {"message": "503"}
    control(place, "POST", f"/projects/{place.project.id}/faults", json={"kind": "down", "count": "until_cleared"})
    (standing,) = control(place, "GET", "/projects/site/faults").json()
    assert (standing["kind"], standing["count"]) == ("down", "until_cleared")
    assert control(place, "DELETE", f"/projects/site/faults/{standing['id']}").status_code == 204
    assert place.ask("GET", "/pipelines").status_code == 200


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ({"kind": "magic"}, "no fault is called magic"),
        ({"kind": "answer"}, "answer needs: status"),
        ({"kind": "down", "count": 0}, "count must be a whole number from 1"),
        ({"kind": "down", "path": "("}, "missing )"),
        ({"kind": "delay_before", "seconds": "long"}, "could not convert"),
    ],
)
def test_orders_that_make_no_sense(place: Place, order: dict[str, Any], problem: str) -> None:
    """Refused with a reason, over HTTP and in Python."""
    place.add(PLAIN)
    answer = control(place, "POST", "/projects/site/faults", json=order)
    assert answer.status_code == 400 and problem in answer.json()["message"]
    with pytest.raises(FaultError):
        place.project.faults.order(**order)


def test_a_pipeline_follows_orders(place: Place) -> None:
    """Any of GitLab's statuses and any other word, with jobs to match; nothing runs by itself any more."""
    place.add("stages: [one, two]\na: {stage: one, script: [x]}\nb: {stage: two, script: [x]}", runs_jobs=False)
    number = place.start()
    assert place.get(f"/pipelines/{number}")["status"] == "created"
    for status, expected in {
        "pending": {"a": "pending", "b": "created"},
        "running": {"a": "running", "b": "created"},
        "failed": {"a": "failed", "b": "skipped"},
        "manual": {"a": "manual", "b": "created"},
        "canceled": {"a": "canceled", "b": "canceled"},
        "success": {"a": "success", "b": "success"},
    }.items():
        control(place, "POST", f"/pipelines/{number}/status", json={"status": status})
        assert (place.get(f"/pipelines/{number}")["status"], place.statuses(number)) == (status, expected)
    place.sandbox.set_status(number, "on_the_moon")
    assert place.get(f"/pipelines/{number}")["detailed_status"]["text"] == "on_the_moon"


def test_a_pipeline_advances_step_by_step(place: Place) -> None:
    """Created, pending, running, success; the times follow."""
    place.add(PLAIN, runs_jobs=False)
    number = place.start()
    seen = [place.sandbox.advance(number).status for _ in range(4)]
    assert seen == ["pending", "running", "success", "success"]
    pipeline = place.get(f"/pipelines/{number}")
    assert pipeline["created_at"] <= pipeline["started_at"] <= pipeline["finished_at"]


def test_a_scripted_pipeline_can_be_canceled_and_retried(place: Place) -> None:
    """As the product does it, without a process."""
    place.add(PLAIN, runs_jobs=False)
    number = place.start()
    place.sandbox.set_status(number, "running")
    assert place.ask("POST", f"/pipelines/{number}/cancel").json()["status"] == "canceled"
    assert place.ask("POST", f"/pipelines/{number}/retry").json()["status"] == "pending"
    assert place.sandbox.advance(number).status == "running"


def test_forcing_a_running_pipeline_ends_its_jobs(place: Place) -> None:
    """The process goes, the ordered status stays."""
    place.add("a: {script: [sleep 300]}")
    number = place.start()
    place.wait_job(number, "a", "running")
    runs = list(place.sandbox.engine.runs.values())
    place.sandbox.set_status(number, "running")
    until(lambda: [run.is_alive() for run in runs], lambda alive: not any(alive))
    assert place.get(f"/pipelines/{number}")["status"] == "running"


def test_projects_are_listed_for_other_processes(place: Place) -> None:
    """Names, numbers and refs."""
    place.add(PLAIN)
    (shown,) = control(place, "GET", "/projects").json()
    assert (shown["name"], shown["id"], shown["refs"]) == ("site", place.project.id, ["main"])
    assert control(place, "GET", "/projects/gone/faults").status_code == 404
