"""`POST /projects/:id/trigger/pipeline`: what it makes, and every way in which GitLab refuses it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from sandbox.gitlab import GitLabSandbox
from tests.sandbox.gitlab.conftest import Place

PLAIN = "build: {script: [echo built]}\n"
FOR_TRIGGERS = """
workflow:
  name: 'build $REQUEST'
  rules: [{if: '$CI_PIPELINE_SOURCE == "trigger" && $CI_PIPELINE_TRIGGERED == "true"'}]
build: {script: [echo built]}
"""
WITH_INPUTS = """
spec: {inputs: {request: {regex: '^b'}, count: {type: number, default: 1}}}
---
workflow: {name: 'build $[[ inputs.request ]] x$[[ inputs.count ]]'}
build: {script: [echo built]}
"""


@pytest.mark.parametrize("way", ["form", "multipart", "json", "query", "url"])
def test_a_pipeline_is_made_in_every_way_of_sending(place: Place, way: str) -> None:
    """Form, multipart, JSON, query string, and the URL with the ref in it."""
    place.add(FOR_TRIGGERS, runs_jobs=False)
    form = {"token": "glptt-right", "ref": "main", "variables[REQUEST]": "b1"}
    body = {"token": "glptt-right", "ref": "main", "variables": {"REQUEST": "b1"}}
    path = "/trigger/pipeline"
    answer = {
        "form": lambda: place.ask("POST", path, token=None, data=form),
        "multipart": lambda: place.ask("POST", path, token=None, files={k: (None, v) for k, v in form.items()}),
        "json": lambda: place.ask("POST", path, token=None, json=body),
        "query": lambda: place.ask("POST", path, token=None, params=form),
        "url": lambda: place.ask("POST", f"/ref/main{path}", token=None, data={**form, "ref": "gone"}),
    }[way]()
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["status"], made["source"], made["ref"]) == ("created", "trigger", "main")
    assert "name" not in made
    assert place.get(f"/pipelines/{made['id']}")["name"] == "build b1"


def test_the_payload_is_kept_as_a_file_variable(place: Place) -> None:
    """All parameters but the token, next to the variables themselves."""
    place.add(PLAIN, runs_jobs=False)
    kept = {one["key"]: one for one in place.get(f"/pipelines/{place.start(REQUEST='b1')}/variables")}
    assert kept["REQUEST"]["value"] == "b1"
    assert kept["TRIGGER_PAYLOAD"]["variable_type"] == "file"
    assert json.loads(kept["TRIGGER_PAYLOAD"]["value"]) == {"ref": "main", "variables": {"REQUEST": "b1"}}


def test_inputs_reach_the_file(place: Place) -> None:
    """As form fields and as JSON."""
    place.add(WITH_INPUTS, runs_jobs=False)
    by_form = place.trigger(**{"inputs[request]": "b1", "inputs[count]": "3"})
    body = {"token": "glptt-right", "ref": "main", "inputs": {"request": "b2", "count": 4}}
    by_json = place.ask("POST", "/trigger/pipeline", token=None, json=body)
    names = [place.get(f"/pipelines/{one.json()['id']}")["name"] for one in (by_form, by_json)]
    assert names == ["build b1 x3", "build b2 x4"]


def refused(place: Place, status: int, body: dict[str, Any], **fields: Any) -> None:
    before = len(place.project.pipelines())
    answer = place.trigger(**fields)
    assert (answer.status_code, answer.json()) == (status, body)
    assert len(place.project.pipelines()) == before + (status == 422)


def base(text: str) -> dict[str, Any]:
    return {"message": {"base": [text]}}


@pytest.mark.parametrize(
    ("fields", "status", "body"),
    [
        ({"token": "wrong"}, 404, {"message": "404 Not Found"}),
        ({"token": "glpat-right"}, 404, {"message": "404 Not Found"}),
        ({"token": None}, 400, {"error": "token is missing"}),
        ({"ref": None}, 400, {"error": "ref is missing"}),
        ({"ref": ""}, 400, {"error": "ref is empty"}),
        ({"token": None, "ref": None}, 400, {"error": "token is missing, ref is missing"}),
        ({"variables": "A=1"}, 400, {"error": "variables is invalid"}),
        ({"ref": "gone"}, 400, base("Reference not found")),
        ({"variables[TRIGGER_PAYLOAD]": "x"}, 422, base("Duplicate variable name: TRIGGER_PAYLOAD")),
    ],
)
def test_bad_parameters(place: Place, fields: dict[str, Any], status: int, body: dict[str, Any]) -> None:
    """Wrong or missing token, ref and variables."""
    place.add(PLAIN, runs_jobs=False)
    refused(place, status, body, **fields)


def test_a_token_of_another_project(place: Place) -> None:
    """A good token at the wrong project is not found, as is an unknown project."""
    place.add(PLAIN, runs_jobs=False)
    place.project.trigger_tokens[0].value = "glptt-elsewhere"
    place.add(PLAIN, name="other", runs_jobs=False)
    refused(place, 404, {"message": "404 Not Found"}, token="glptt-elsewhere")
    unknown = place.http.post(
        f"{place.sandbox.url}/api/v4/projects/999/trigger/pipeline", data={"token": "a", "ref": "b"}
    )
    assert (unknown.status_code, unknown.json()) == (404, {"message": "404 Not Found"})


def test_reading_the_trigger_address(place: Place) -> None:
    """GET instead of POST is not found."""
    place.add(PLAIN)
    answer = place.ask("GET", "/trigger/pipeline")
    assert (answer.status_code, answer.json()) == (404, {"message": "404 Not Found"})


@pytest.mark.parametrize("value", [1, True, ["a"], {"a": "b"}, None])
def test_a_variable_that_is_no_text(place: Place, value: Any) -> None:
    """JSON numbers, booleans, lists and hashes are refused."""
    place.add(PLAIN, runs_jobs=False)
    body = {"token": "glptt-right", "ref": "main", "variables": {"A": value}}
    answer = place.ask("POST", "/trigger/pipeline", token=None, json=body)
    assert (answer.status_code, answer.json()) == (
        400,
        {"message": "variables needs to be a map of key-valued strings"},
    )


@pytest.mark.parametrize(
    ("ci", "text"),
    [
        (
            "a: {script: [x], rules: [{if: $NEVER_SET}]}",
            "Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from"
            " being added to the pipeline.",
        ),
        ("workflow: {rules: [{if: $NEVER_SET}]}\na: {script: [x]}", "Pipeline filtered out by workflow rules."),
    ],
)
def test_rules_that_want_no_pipeline(place: Place, ci: str, text: str) -> None:
    """Refused with 400 and nothing is kept."""
    place.add(ci)
    refused(place, 400, base(text))


@pytest.mark.parametrize(
    ("ci", "text"),
    [
        ("deploy: {script: [x], foo: 1}", "jobs:deploy config contains unknown keys: foo"),
        (WITH_INPUTS, "`request` input: required value has not been provided"),
        ("a: {script: [x], rules: [{if: $NO}]}\nb: {script: [x], needs: [a]}", "'b' job needs 'a' job"),
    ],
)
def test_a_bad_file_leaves_a_failed_pipeline(place: Place, ci: str, text: str) -> None:
    """422, and a record with `yaml_errors` and no jobs exists."""
    place.add(ci)
    answer = place.trigger()
    assert answer.status_code == 422
    (reason,) = answer.json()["message"]["base"]
    assert text in reason
    (kept,) = place.get("/pipelines", yaml_errors="true")
    whole = place.get(f"/pipelines/{kept['id']}")
    assert (whole["status"], whole["yaml_errors"], whole["name"]) == ("failed", reason, None)
    assert place.get(f"/pipelines/{kept['id']}/jobs") == []


def test_a_missing_file(place: Place) -> None:
    """No `.gitlab-ci.yml`, no pipeline, nothing kept."""
    place.add(PLAIN)
    (place.folder / "main" / ".gitlab-ci.yml").unlink()
    refused(place, 400, base("Missing CI config file"))


@pytest.mark.parametrize(
    ("role", "allowed", "sends", "is_refused"),
    [
        ("maintainer", "no_one_allowed", True, True),
        ("maintainer", "no_one_allowed", False, False),
        ("developer", "maintainer", True, True),
        ("maintainer", "maintainer", True, False),
        ("maintainer", "owner", True, True),
        ("developer", "developer", True, False),
    ],
)
def test_pipeline_variables_need_a_role(place: Place, role: str, allowed: str, sends: bool, is_refused: bool) -> None:
    """The setting compares the role of the token's owner; the payload alone always passes."""
    settings = {"pipeline_variables_minimum_override_role": allowed, "trigger_owner_role": role}
    place.add(PLAIN, runs_jobs=False, **settings)
    fields = {"variables[A]": "1"} if sends else {}
    if is_refused:
        refused(place, 400, base("Insufficient permissions to set pipeline variables"), **fields)
    else:
        assert place.trigger(**fields).status_code == 201


def test_inputs_pass_where_variables_do_not(place: Place) -> None:
    """The setting is about variables only."""
    place.add(WITH_INPUTS, runs_jobs=False, pipeline_variables_minimum_override_role="no_one_allowed")
    assert place.trigger(**{"inputs[request]": "b1"}).status_code == 201


def test_an_owner_who_lost_the_role(place: Place) -> None:
    """Less than Developer creates nothing."""
    place.add(PLAIN, trigger_owner_role="reporter")
    refused(place, 400, base("Insufficient permissions to create a new pipeline"))


def test_a_protected_ref_that_the_owner_may_not_push_to(place: Place) -> None:
    """A Developer triggers unprotected refs only."""
    place.add(PLAIN, trigger_owner_role="developer", protected_refs={"main": "maintainer"}, runs_jobs=False)
    text = "You do not have sufficient permission to run a pipeline on 'main'."
    answer = place.trigger()
    assert answer.status_code == 400 and answer.json()["message"]["base"][0].startswith(text)
    place.project.settings.protected_refs = {"main": "developer"}
    assert place.trigger().status_code == 201


def test_pipelines_switched_off(place: Place) -> None:
    """The project has no CI/CD."""
    place.add(PLAIN, ci_enabled=False)
    refused(place, 400, base("Pipelines are disabled!"))


def test_too_many_in_a_minute(place: Place) -> None:
    """The creation limit is a 400 without Retry-After, and counts per commit."""
    place.add(PLAIN, runs_jobs=False, creation_limit_per_minute=2)
    assert [place.trigger().status_code for _ in range(2)] == [201, 201]
    refused(place, 400, base("Too many pipelines created in the last minute. Try again later."))
    place.write(PLAIN + "# a new commit\n")
    assert place.trigger().status_code == 201


def test_the_loop_guard(place: Place) -> None:
    """A pipeline hook must not trigger a pipeline."""
    place.add(PLAIN)
    answer = place.http.post(
        f"{place.api}/trigger/pipeline",
        data={"token": "glptt-right", "ref": "main"},
        headers={"X-Gitlab-Event": "Pipeline Hook"},
    )
    assert (answer.status_code, answer.json()) == (403, {"message": "403 Forbidden"})


def test_job_tokens(place: Place) -> None:
    """A running job's token starts a pipeline of another source; a finished job's token is refused."""
    place.add("a: {script: [sleep 60]}")
    first = place.start()
    place.wait_job(first, "a", "running")
    token = place.sandbox.pipeline(first).job("a").token
    answer = place.trigger(token=token)
    assert (answer.status_code, answer.json()["source"]) == (201, "pipeline")
    place.ask("POST", f"/pipelines/{first}/cancel")
    place.wait(first, "canceled")
    refused(place, 401, {"message": "Job is not running"}, token=token)


def test_an_expired_trigger_token(place: Place) -> None:
    """It is not found any more."""
    place.add(PLAIN)
    place.project.trigger_tokens[0].expires_at = date(2020, 1, 1)
    refused(place, 404, {"message": "404 Not Found"})


def test_a_body_that_is_no_json(place: Place) -> None:
    """Broken JSON is a 400."""
    place.add(PLAIN)
    headers = {"Content-Type": "application/json"}
    answer = place.http.post(f"{place.api}/trigger/pipeline", content=b"{", headers=headers)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "message body does not match declared format"},
    )


def test_two_refs_and_two_projects(sandbox: GitLabSandbox, place: Place) -> None:
    """Each ref has its own file and sha; ids are shared over projects, iids are not."""
    draft = place.write(PLAIN.replace("build", "draft"), "develop")
    place.add(PLAIN, refs={"develop": draft}, runs_jobs=False)
    main, develop = place.trigger().json(), place.trigger(ref="develop").json()
    assert main["sha"] != develop["sha"]
    assert list(place.jobs(develop["id"])) == ["draft"]
    place.add(PLAIN, name="other", runs_jobs=False)
    other = place.trigger().json()
    assert (other["id"], other["iid"]) == (develop["id"] + 1, 1)
