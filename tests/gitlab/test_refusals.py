"""The table of refusals: complete, in plain words, each message leading to its row."""

import re

import pytest

from deploys.gitlab import REFUSALS, ErrorClass, Refusal, explain
from deploys.gitlab.refusals import classify

START = [
    (404, "404 Not Found", "trigger_token_rejected"),
    (404, "404 Project Not Found", "trigger_token_rejected"),
    (404, "an HTML page: 404 Not Found", "address_wrong"),
    (404, "", "address_wrong"),
    (405, "405 Not Allowed", "address_wrong"),
    (400, "token is missing", "token_missing"),
    (400, "token is missing, ref is missing", "token_missing"),
    (400, "ref is empty", "ref_missing"),
    (400, "ref is missing", "ref_missing"),
    (400, "variables is invalid", "variables_invalid"),
    (400, "variables needs to be a map of key-valued strings", "variables_not_strings"),
    (400, "Reference not found", "ref_not_found"),
    (
        400,
        "Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from"
        " being added to the pipeline.",
        "no_jobs_for_rules",
    ),
    (400, "No stages / jobs for this pipeline.", "no_jobs_for_rules"),
    (400, "Pipeline filtered out by workflow rules.", "filtered_by_workflow"),
    (400, "Insufficient permissions to set pipeline variables", "variables_forbidden"),
    (400, "Insufficient permissions to create a new pipeline", "owner_may_not_create"),
    (
        400,
        "You do not have sufficient permission to run a pipeline on 'main'. Please select a different branch",
        "owner_may_not_use_ref",
    ),
    (400, "Pipelines are disabled!", "pipelines_disabled"),
    (400, "Too many pipelines created in the last minute. Try again later.", "too_many_pipelines"),
    (400, "Missing CI config file", "config_missing"),
    (400, "something new", "unknown_refusal"),
    (422, "Duplicate variable name: A", "config_invalid"),
    (422, "jobs:deploy config contains unknown keys: foo", "config_invalid"),
    (401, "Job is not running", "job_token_finished"),
    (401, "401 Unauthorized", "token_expired"),
    (403, "403 Forbidden", "loop_guard"),
    (301, "", "project_moved"),
    (418, "I'm a teapot", "unknown_refusal"),
]
API = [
    (401, "401 Unauthorized", "token_expired"),
    (401, "invalid_token; Token is expired.", "token_expired"),
    (403, "insufficient_scope; The request requires higher privileges", "insufficient_scope"),
    (403, "insufficient_granular_scope", "insufficient_scope"),
    (403, "403 Forbidden", "api_forbidden"),
    (403, "403 Forbidden - Job is not retryable", "not_possible_now"),
    (400, "400 Bad request - Unplayable Job", "not_possible_now"),
    (409, "409 Conflict: Pipeline is already being retried", "not_possible_now"),
    (400, "page is invalid", "unknown_refusal"),
    (422, "422 Unprocessable", "unknown_refusal"),
    (307, "", "project_moved"),
]
JARGON = re.compile(
    r"pipeline|deploy|commit|token|trigger|branch|\btag\b|\bref\b|yaml|\bci\b|api|http|json|gitlab|variable|role|"
    r"\bscope|project id|repository|runner|\bjob",
    re.IGNORECASE,
)


@pytest.mark.parametrize(("status", "message", "expected"), START)
def test_an_answer_to_a_start_has_its_class(status: int, message: str, expected: str) -> None:
    """Each of GitLab's refusals to start a pipeline leads to its own row."""
    assert classify(asked="trigger", status=status, message=message).error_class == expected


@pytest.mark.parametrize(("status", "message", "expected"), API)
def test_an_answer_to_another_call_has_its_class(status: int, message: str, expected: str) -> None:
    """With the API token the same status can mean something else."""
    assert classify(asked="api", status=status, message=message).error_class == expected


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.error_class)
def test_the_sentence_is_for_an_editor(row: Refusal) -> None:
    """A sentence that an editor reads holds no word of the trade, and ends like a sentence."""
    assert JARGON.findall(row.sentence) == []
    assert row.sentence.endswith(".")


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row.error_class)
def test_the_setting_tells_an_admin_what_to_do(row: Refusal) -> None:
    """Every row tells an admin something that is not the editor's sentence."""
    assert row.setting.endswith(".")
    assert row.setting != row.sentence
    assert "  " not in row.setting


def test_every_class_has_exactly_one_row() -> None:
    """No class without words, and no two rows for one class."""
    assert sorted(row.error_class for row in REFUSALS) == sorted(ErrorClass)


def test_an_unknown_class_is_explained_as_unknown() -> None:
    """A class that an old row of the database holds and we no longer know still has words."""
    assert explain("abolished") is explain("unknown_refusal")
    assert explain("ref_not_found").error_class is ErrorClass.REF_NOT_FOUND
