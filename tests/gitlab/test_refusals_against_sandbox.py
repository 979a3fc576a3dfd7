"""The client against the stand-in GitLab over HTTP: every way in which it does not get what it asks for."""

from datetime import date
from typing import Any

import pytest

from tests.gitlab.places import Placing, jobs_by_name, refusal, settled, tampering, trouble


@pytest.mark.parametrize(
    ("changes", "error_class"),
    [
        ({"trigger_token": "glptt-wrong"}, "trigger_token_rejected"),
        ({"project": 999_999}, "trigger_token_rejected"),
        ({"transport": tampering(lambda body: body.pop("token"))}, "token_missing"),
        ({"transport": tampering(lambda body: body.update(ref=""))}, "ref_missing"),
        ({"transport": tampering(lambda body: body.update(variables="text"))}, "variables_invalid"),
        ({"transport": tampering(lambda body: body.update(variables={"A": 5}))}, "variables_not_strings"),
        ({"transport": tampering(len, X_Gitlab_Event="Pipeline Hook")}, "loop_guard"),
    ],
)
def test_a_request_that_gitlab_does_not_take(place: Placing, changes: dict[str, Any], error_class: str) -> None:
    """Wrong tokens, missing and mistyped parts, and GitLab's guard against loops: no pipeline is made."""
    here = place(runs_jobs=False)
    error = refusal(lambda: here.client(**changes).trigger_pipeline(ref="main"))
    assert error.error_class == error_class
    assert error.detail
    assert here.client().list_pipelines() == []


def test_an_access_token_does_not_start_pipelines(place: Placing) -> None:
    """People mix the two kinds of token up; GitLab answers that it found nothing."""
    here = place(runs_jobs=False)
    mixed_up = here.client(trigger_token=here.project.api_token)
    assert refusal(lambda: mixed_up.trigger_pipeline(ref="main")).error_class == "trigger_token_rejected"


def test_the_token_of_another_project_does_not_start_pipelines(place: Placing) -> None:
    """A trigger token belongs to one project."""
    here, there = place(runs_jobs=False), place(runs_jobs=False)
    mixed_up = here.client(trigger_token=there.project.trigger_token)
    assert refusal(lambda: mixed_up.trigger_pipeline(ref="main")).error_class == "trigger_token_rejected"


@pytest.mark.parametrize(
    ("ref", "error_class"),
    [
        ("nowhere", "ref_not_found"),
        ("no-jobs", "no_jobs_for_rules"),
        ("filtered", "filtered_by_workflow"),
        ("empty", "config_missing"),
    ],
)
def test_a_branch_that_cannot_be_built(place: Placing, ref: str, error_class: str) -> None:
    """Missing branches and rules that leave nothing to do: no pipeline is made."""
    gitlab = place(runs_jobs=False).client()
    assert refusal(lambda: gitlab.trigger_pipeline(ref=ref)).error_class == error_class
    assert gitlab.list_pipelines() == []


@pytest.mark.parametrize(
    ("settings", "error_class"),
    [
        ({"pipeline_variables_minimum_override_role": "no_one_allowed"}, "variables_forbidden"),
        ({"trigger_owner_role": "reporter"}, "owner_may_not_create"),
        ({"trigger_owner_role": "developer", "protected_refs": {"main": "maintainer"}}, "owner_may_not_use_ref"),
        ({"ci_enabled": False}, "pipelines_disabled"),
    ],
)
def test_a_project_that_forbids_it(place: Placing, settings: dict[str, Any], error_class: str) -> None:
    """Rights and switches of the project: no pipeline is made."""
    # GitLab looks at the variables first: a reporter without any is refused for the role itself.
    variables = None if settings.get("trigger_owner_role") == "reporter" else {"REQUEST_ID": "7f3a"}
    gitlab = place(runs_jobs=False, **settings).client()
    error = refusal(lambda: gitlab.trigger_pipeline(ref="main", variables=variables))
    assert error.error_class == error_class
    assert gitlab.list_pipelines() == []


def test_without_variables_a_project_that_forbids_them_can_be_built(place: Placing) -> None:
    """An empty map of variables counts as none."""
    gitlab = place(runs_jobs=False, pipeline_variables_minimum_override_role="no_one_allowed").client()
    assert gitlab.trigger_pipeline(ref="main", variables={}).id


def test_too_many_pipelines_in_a_minute_ask_for_patience(place: Placing) -> None:
    """The creation limit is a 400 without a header, and means: in a minute."""
    gitlab = place(runs_jobs=False, creation_limit_per_minute=1).client()
    gitlab.trigger_pipeline(ref="main")
    error = trouble(lambda: gitlab.trigger_pipeline(ref="main"))
    assert (error.error_class, error.sent, error.retry_after) == ("too_many_pipelines", "no", 60.0)
    assert len(gitlab.list_pipelines()) == 1


@pytest.mark.parametrize(("ref", "variables"), [("invalid", None), ("main", {"TRIGGER_PAYLOAD": "mine"})])
def test_an_invalid_configuration_leaves_a_failed_pipeline(
    place: Placing, ref: str, variables: dict[str, str] | None
) -> None:
    """GitLab refuses with 422 and keeps a record that the caller can adopt."""
    gitlab = place(runs_jobs=False).client()
    error = refusal(lambda: gitlab.trigger_pipeline(ref=ref, variables=variables))
    assert (error.error_class, error.status) == ("config_invalid", 422)
    (record,) = gitlab.list_pipelines(ref=ref, source="trigger")
    assert record.status == "failed"
    assert gitlab.get_pipeline(record.id).yaml_errors == error.detail
    assert gitlab.list_jobs(record.id) == []


def test_the_token_of_a_finished_job_does_not_open(place: Placing) -> None:
    """Somebody stored a CI_JOB_TOKEN: it died with its job."""
    here = place()
    gitlab = here.client()
    started = gitlab.trigger_pipeline(ref="main", variables={"REQUEST_ID": "7f3a"})
    settled(gitlab, started, "manual")
    (job,) = [job for job in here.sandbox.pipeline(started.id).jobs if job.name == "build"]
    error = refusal(lambda: here.client(trigger_token=job.token).trigger_pipeline(ref="main"))
    assert error.error_class == "job_token_finished"


def test_a_throttled_start_made_nothing(place: Placing) -> None:
    """Plain text 429 with Retry-After."""
    here = place(runs_jobs=False)
    here.project.faults.answer(429, "Retry later\n", headers={"Retry-After": "30"}, content_type="text/plain")
    error = trouble(lambda: here.client().trigger_pipeline(ref="main"))
    assert (error.error_class, error.sent, error.retry_after) == ("rate_limited", "no", 30.0)
    assert error.detail == "Retry later"


def test_a_used_up_rate_limit_says_when_it_starts_anew(place: Placing) -> None:
    """GitLab counts requests by the minute and tells the rest with every answer."""
    gitlab = place(runs_jobs=False, api_limit_per_minute=3).client()

    def ask_until_refused() -> None:
        # The minute may end in between, so more than one round may be needed.
        for _ in range(9):
            gitlab.list_pipelines()

    error = trouble(ask_until_refused)
    assert gitlab.rate_limit is not None
    assert (gitlab.rate_limit.limit, gitlab.rate_limit.remaining) == (3, 0)
    assert gitlab.rate_limit.reset_at is not None
    assert error.error_class == "rate_limited"
    assert error.retry_after is not None
    assert 0 <= error.retry_after <= 60


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        (500, {"message": "500 Internal Server Error"}, None),
        (502, "<html><head><title>502 Bad Gateway</title></head></html>", "text/html"),
    ],
)
def test_a_server_error_leaves_doubt(place: Placing, status: int, body: object, content_type: str | None) -> None:
    """GitLab's own 500 and a proxy's HTML page."""
    here = place(runs_jobs=False)
    here.project.faults.answer(status, body, content_type=content_type)
    error = trouble(lambda: here.client().trigger_pipeline(ref="main"))
    assert (error.error_class, error.sent, error.status) == ("service_down", "maybe", status)


def test_a_lost_answer_leaves_doubt_and_one_pipeline(place: Placing) -> None:
    """The pipeline was made although the answer never came; it is found by its name."""
    here = place(runs_jobs=False)
    here.project.faults.lose_answer()
    gitlab = here.client()
    error = trouble(lambda: gitlab.trigger_pipeline(ref="main", variables={"REQUEST_ID": "lost"}))
    assert error.sent == "maybe"
    assert len(gitlab.list_pipelines(name="Publish lost", source="trigger")) == 1


def test_a_moved_project_is_refused(place: Placing) -> None:
    """GitLab redirects a path that was renamed; we do not carry the token there."""
    here = place(runs_jobs=False)
    here.project.faults.answer(301, "", headers={"Location": "http://127.0.0.1:9/api/v4/projects/9"})
    error = refusal(lambda: here.client().list_pipelines())
    assert (error.error_class, error.detail) == (
        "project_moved",
        "redirect to http://127.0.0.1:9/api/v4/projects/9",
    )


@pytest.mark.parametrize(
    ("token", "error_class"),
    [
        ({"role": "developer", "scopes": ("read_api",)}, "insufficient_scope"),
        ({"role": "reporter", "scopes": ("api",)}, "api_forbidden"),
        ({"role": "developer", "scopes": ("api",), "expires_at": date(2020, 1, 1)}, "token_expired"),
    ],
)
def test_an_api_token_that_may_not_stop_pipelines(place: Placing, token: dict[str, Any], error_class: str) -> None:
    """Scope, role and age of the API token each have their own words."""
    here = place(runs_jobs=False)
    secret = f"glpat-weak-{here.project.id}"
    here.project.add_access_token(secret, **token)
    started = here.client().trigger_pipeline(ref="main")
    weak = here.client(api_token=secret)
    assert refusal(lambda: weak.cancel_pipeline(started.id)).error_class == error_class


def test_a_job_that_is_not_manual_cannot_be_played(place: Placing) -> None:
    """The page was old: the job has moved on."""
    gitlab = place().client()
    started = gitlab.trigger_pipeline(ref="main", variables={"REQUEST_ID": "7f3a"})
    settled(gitlab, started, "manual")
    job = jobs_by_name(gitlab, started)["build"]
    assert refusal(lambda: gitlab.play_job(job.id)).error_class == "not_possible_now"
