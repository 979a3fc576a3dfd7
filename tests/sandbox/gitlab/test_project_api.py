"""The project itself: branches, single artifacts, resource groups, and a WSGI client without a socket."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.gitlab.conftest import Place

PLAIN = "a: {script: [mkdir deep, echo page > deep/page.txt], artifacts: {paths: [deep]}, resource_group: site}\n"


def test_branches(place: Place) -> None:
    """The sha is that of the pipelines; an unknown branch is not found."""
    place.add(PLAIN, runs_jobs=False, refs={"feature/x": place.write(PLAIN + "#\n", "x")})
    made = place.trigger(ref="feature/x").json()
    assert [one["name"] for one in place.get("/repository/branches")] == ["feature/x", "main"]
    assert place.get("/repository/branches/feature%2Fx")["commit"]["id"] == made["sha"]
    missing = place.ask("GET", "/repository/branches/gone")
    assert (missing.status_code, missing.json()) == (404, {"message": "404 Branch Not Found"})


def test_one_file_of_the_artifacts(place: Place) -> None:
    """By its path in the archive; a missing file and a job without an archive are not found."""
    place.add(PLAIN)
    number = place.start()
    place.wait(number)
    job = place.jobs(number)["a"]["id"]
    assert place.ask("GET", f"/jobs/{job}/artifacts/deep/page.txt").text == "page\n"
    assert place.ask("GET", f"/jobs/{job}/artifacts/deep/gone.txt").status_code == 404
    place.project.settings.runs_jobs = False
    waiting = place.jobs(place.start())["a"]["id"]
    assert place.ask("GET", f"/jobs/{waiting}/artifacts").status_code == 404


def test_jobs_that_will_need_a_resource(place: Place) -> None:
    """The group is there once a job was in line for it."""
    place.add(PLAIN)
    assert place.ask("GET", "/resource_groups/site").status_code == 404
    place.wait(place.start())
    assert [one["key"] for one in place.get("/resource_groups")] == ["site"]
    place.project.settings.runs_jobs = False
    next_job = place.jobs(place.start())["a"]["id"]
    assert [job["id"] for job in place.get("/resource_groups/site/upcoming_jobs")] == [next_job]


def test_a_lost_answer_without_a_socket_is_a_reset_connection(place: Place) -> None:
    """Over a WSGI transport there is nothing to close, so the call itself fails."""
    place.add(PLAIN, runs_jobs=False)
    place.project.faults.lose_answer()
    with httpx.Client(transport=httpx.WSGITransport(app=place.sandbox.app), base_url=place.api) as client:
        form = {"token": "glptt-right", "ref": "main"}
        with pytest.raises(ConnectionResetError):
            client.post("/trigger/pipeline", data=form)
        assert client.post("/trigger/pipeline", data=form).json()["iid"] == 2


def test_variables_of_a_played_job_are_checked(place: Place) -> None:
    """A list of keys and values."""
    place.add("a: {script: [echo], when: manual}", runs_jobs=False)
    job = place.jobs(place.start())["a"]["id"]
    answer = place.ask("POST", f"/jobs/{job}/play", json={"job_variables_attributes": "A=1"})
    assert (answer.status_code, answer.json()) == (400, {"error": "job_variables_attributes is invalid"})


def test_array_variables_in_a_form(place: Place) -> None:
    """`variables[][key]` and `variables[][value]`, as `POST /pipeline` takes them from curl."""
    place.add("workflow: {name: 'build $A $B'}\na: {script: [echo]}", runs_jobs=False)
    form = "ref=main&variables[][key]=A&variables[][value]=1&variables[][key]=B&variables[][value]=2"
    headers = {"PRIVATE-TOKEN": "glpat-right", "Content-Type": "application/x-www-form-urlencoded"}
    made = place.http.post(f"{place.api}/pipeline", content=form, headers=headers)
    assert made.status_code == 201, made.text
    assert place.get(f"/pipelines/{made.json()['id']}")["name"] == "build 1 2"
