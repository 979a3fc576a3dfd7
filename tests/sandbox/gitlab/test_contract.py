"""Answers held against GitLab's own JSON schemas and documented samples, where a copy of them is at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.sandbox.gitlab.conftest import Place

CONTRACT = Path(__file__).resolve().parents[4] / "shared" / "contract" / "gitlab"
pytestmark = pytest.mark.skipif(not CONTRACT.is_dir(), reason="no copy of GitLab's schemas beside the repository")
CI = """
stages: [one, two]
good: {stage: one, script: [echo x > x.txt], artifacts: {paths: [x.txt], expire_in: 1 day}}
bad: {stage: one, script: [exit 1], allow_failure: true}
button: {stage: two, script: [echo], when: manual}
"""


def validator(name: str) -> jsonschema.Draft4Validator:
    folder = CONTRACT / "schemas"
    found = [(path.as_uri(), json.loads(path.read_text())) for path in folder.rglob("*.json")]
    registry: Registry[Any] = Registry().with_resources(
        [(uri, Resource.from_contents(schema, default_specification=DRAFT4)) for uri, schema in found]
    )
    schema = {"$ref": (folder / "public_api" / "v4" / name).as_uri()}
    return jsonschema.Draft4Validator(schema, registry=registry)


def sample(name: str) -> Any:
    return json.loads((CONTRACT / "responses" / "docs" / name).read_text())


@pytest.fixture
def run(place: Place) -> tuple[Place, int]:
    place.add(CI)
    number = place.start()
    place.wait(number)
    return place, number


def test_pipelines_fit_the_schemas(run: tuple[Place, int]) -> None:
    """List, one, latest, canceled and retried."""
    place, number = run
    for row in place.get("/pipelines"):
        validator("pipeline/basic.json").validate(row)
    for answer in (
        place.get(f"/pipelines/{number}"),
        place.get("/pipelines/latest"),
        place.ask("POST", f"/pipelines/{number}/cancel").json(),
        place.ask("POST", f"/pipelines/{number}/retry").json(),
    ):
        validator("pipeline/detail.json").validate(answer)


def test_jobs_fit_the_schema(run: tuple[Place, int]) -> None:
    """Done and waiting ones; the schema is older than `failure_reason`, which only failed ones have."""
    place, number = run
    jobs = place.jobs(number)
    assert jobs["bad"].pop("failure_reason") == "script_failure"
    for job in jobs.values():
        validator("job.json").validate(job)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("get-pipeline.200.json", set()),
        ("list-pipelines.200.json", set()),
        ("update-metadata.200.json", set()),
        ("cancel-pipeline.200.json", set()),
        ("retry-pipeline.201.json", set()),
        ("create-pipeline.201.json", set()),
        ("trigger-pipeline.201.json", set()),
        ("list-pipeline-variables.200.json", set()),
        ("list-triggers.200.json", set()),
    ],
)
def test_answers_have_all_keys_of_the_documented_samples(run: tuple[Place, int], name: str, missing: set[str]) -> None:
    """No documented key is missing, and its kind of value is the documented one."""
    place, number = run
    one = f"/pipelines/{number}"
    answer = {
        "get-pipeline.200.json": lambda: place.get(one),
        "list-pipelines.200.json": lambda: place.get("/pipelines"),
        "update-metadata.200.json": lambda: place.ask("PUT", f"{one}/metadata", json={"name": "n"}).json(),
        "cancel-pipeline.200.json": lambda: place.ask("POST", f"{one}/cancel").json(),
        "retry-pipeline.201.json": lambda: place.ask("POST", f"{one}/retry").json(),
        "create-pipeline.201.json": lambda: place.ask("POST", "/pipeline", json={"ref": "main"}).json(),
        "trigger-pipeline.201.json": lambda: place.trigger().json(),
        "list-pipeline-variables.200.json": lambda: place.get(f"{one}/variables"),
        "list-triggers.200.json": lambda: place.get("/triggers"),
    }[name]()
    documented = sample(name)
    if isinstance(documented, list):
        documented, answer = documented[0], answer[0]
    assert set(documented) - set(answer) == missing
    for key, value in documented.items():
        if value is not None and answer[key] is not None:
            assert isinstance(answer[key], int | float if isinstance(value, int | float) else type(value)), key
