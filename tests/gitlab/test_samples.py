"""Answers and deliveries as GitLab's documentation and other clients' tests show them can all be read.

The samples are not part of this repository; they lie beside it where the contract was collected.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from deploys.gitlab import Job, Pipeline, Token, Variable
from deploys.gitlab.answers import message_of
from deploys.gitlab.refusals import classify
from deploys.gitlab.webhooks import parse

CONTRACT = Path(__file__).parents[3] / "shared" / "contract" / "gitlab"

pytestmark = pytest.mark.skipif(not CONTRACT.is_dir(), reason="the collected samples are not here")


def sample(name: str) -> object:
    return json.loads((CONTRACT / "responses" / name).read_text(encoding="utf-8"))


def listed(data: object) -> list[object]:
    return data if isinstance(data, list) else [data]


@pytest.mark.parametrize(
    ("name", "parse_one"),
    [
        ("docs/cancel-pipeline.200.json", Pipeline.parse),
        ("docs/create-pipeline.201.json", Pipeline.parse),
        ("docs/get-pipeline.200.json", Pipeline.parse),
        ("docs/list-pipelines.200.json", Pipeline.parse),
        ("docs/retry-pipeline.201.json", Pipeline.parse),
        ("docs/trigger-pipeline.201.json", Pipeline.parse),
        ("docs/update-metadata.200.json", Pipeline.parse),
        ("docs/list-pipeline-variables.200.json", Variable.parse),
        ("go-gitlab/get_project_access_token.json", Token.parse),
        ("go-gitlab/list_personal_access_tokens_single.json", Token.parse),
    ],
)
def test_a_sample_is_read_without_loss(name: str, parse_one: Callable[[object], object]) -> None:
    """Every part of a sample that has a field of ours and a value arrives in that field."""
    for data in listed(sample(name)):
        assert isinstance(data, dict)
        value = parse_one(data)
        shared = {key for key, part in data.items() if part not in (None, []) and hasattr(value, key)}
        assert len(shared) >= 2
        assert all(getattr(value, key) is not None for key in shared)


def test_the_samples_of_jobs_and_pipelines_of_another_client_are_read() -> None:
    """python-gitlab's fixtures name the same parts."""
    jobs, pipelines = sample("python-gitlab/jobs.json"), sample("python-gitlab/pipelines.json")
    assert isinstance(jobs, dict)
    assert isinstance(pipelines, dict)
    job = Job.parse(jobs["failed_job_content"])
    assert (job.name, job.status, job.duration, job.pipeline_id) == ("rubocop", "failed", 0.465, 1)
    read = [
        Pipeline.parse(part)
        for group in pipelines.values()
        for part in listed(group)
        if isinstance(part, dict) and {"id", "sha", "status"} <= part.keys()
    ]
    assert read
    assert all(pipeline.created_at for pipeline in read)


def test_every_listed_error_of_a_start_has_its_own_row() -> None:
    """No refusal that the contract lists ends as unknown."""
    cases = sample("errors.json")
    assert isinstance(cases, list)
    refusals = [case for case in cases if case["status"] not in (429, 500) and "latest" not in case["case"]]
    for case in refusals:
        asked = "trigger" if case["case"].startswith("trigger") else "api"
        row = classify(
            asked=asked,  # type: ignore[arg-type]
            status=case["status"],
            message=message_of(json.dumps(case["body"]).encode()),
        )
        assert row.error_class != "unknown_refusal", case["case"]
    assert len(refusals) >= 19


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("docs.deployment.json", ("deployment", 30, None, "success")),
        ("docs.job.json", ("job", 380, 2366, "created")),
        ("go-gitlab.build.json", ("job", 380, 2366, "created")),
        ("go-gitlab.job.json", ("job", 31537070, 743121198, "success")),
        ("go-gitlab.deployment.json", ("deployment", 30, None, "success")),
        ("go-gitlab.pipeline.json", ("pipeline", 1, 31, "success")),
        ("go-gitlab.resource_access_token_project.json", ("token", 7, None, None)),
    ],
)
def test_a_sample_delivery_is_read(name: str, expected: tuple[object, ...]) -> None:
    """Kind, project, pipeline and status of each documented delivery."""
    hook = parse(headers={}, body=(CONTRACT / "webhooks" / name).read_bytes())
    assert (hook.kind, hook.project_id, hook.pipeline_id, hook.status) == expected
