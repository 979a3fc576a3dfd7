"""Why a build failed, read from what its job left behind."""

import pytest

from deploys.builds.failures import classify
from deploys.models import Step


@pytest.mark.parametrize(
    ("log", "step", "reason", "expected"),
    [
        ("npm ERR! network ENOTFOUND", Step.BUILDING, "script_failure", "dependency"),
        ("FATAL ERROR: Reached heap limit, JavaScript heap out of memory", Step.BUILDING, "", "out_of_resources"),
        ("write failed: No space left on device", Step.BUILDING, "", "out_of_resources"),
        ("An error occurred (AccessDenied) when calling PutObject", Step.GOING_LIVE, "", "deploy_refused"),
        ("something odd", Step.GOING_LIVE, "script_failure", "deploy_refused"),
        ("something odd", Step.CHECKING, "script_failure", "check_failed"),
        ("something odd", Step.COLLECTING, "script_failure", "dependency"),
        ("something odd", Step.BUILDING, "script_failure", "build_command"),
        ("", Step.BUILDING, "job_execution_timeout", "timeout"),
        ("", Step.BUILDING, "runner_system_failure", "service_unreachable"),
        ("src/pages/post.astro:12 is not defined", Step.BUILDING, "script_failure", "template_error"),
    ],
)
def test_the_class_follows_from_reason_log_and_step(log: str, step: str, reason: str, expected: str) -> None:
    """GitLab's reason first, then well-known words, then the step."""
    assert classify(log, step=step, failure_reason=reason)[0] == expected


def test_the_builders_own_word_wins() -> None:
    """A line of the protocol names class, page and file; unknown keys and long values are dropped or cut."""
    told = 'buildhub:error {"class": "asset_missing", "page": "Visit", "file": "tide.jpg", "token": "x", "rule": null}'
    log = f"JavaScript heap out of memory\n{told}\nERROR: Job failed"
    assert classify(log, step=Step.BUILDING, failure_reason="script_failure") == (
        "asset_missing",
        {"page": "Visit", "file": "tide.jpg"},
    )


@pytest.mark.parametrize(
    "line", ['buildhub:error {"class": "no_such_class"}', "buildhub:error {not json}", 'buildhub:error {"page": "x"}']
)
def test_a_malformed_line_is_no_word(line: str) -> None:
    """It is passed over; the other signs decide."""
    assert classify(line, step=Step.BUILDING, failure_reason="script_failure") == ("build_command", {})
