"""Each method of the client is one endpoint: what goes out, and what comes back."""

import json
from collections.abc import Callable

import httpx
import pytest

from deploys.gitlab import GitLab, GitLabNotFound, GitLabRefused, GitLabUnavailable, RateLimit
from tests.gitlab.answering import API_TOKEN, JOB, NINE, PIPELINE, TRIGGER_TOKEN, Recorder, always, gitlab


def test_a_start_sends_token_ref_and_variables_in_the_body() -> None:
    """The trigger token is in the JSON body and nowhere else; the API token stays at home."""
    answers = always(201, PIPELINE)
    pipeline = gitlab(answers).trigger_pipeline(ref="main", variables={"REQUEST_ID": "7f3a"})
    sent = answers.only
    assert (pipeline.id, pipeline.status) == (5, "created")
    assert (sent.method, str(sent.url)) == (
        "POST",
        "https://gitlab.example/api/v4/projects/7/trigger/pipeline",
    )
    assert json.loads(sent.content) == {
        "token": TRIGGER_TOKEN,
        "ref": "main",
        "variables": {"REQUEST_ID": "7f3a"},
    }
    assert TRIGGER_TOKEN not in str(sent.headers.raw)
    assert "private-token" not in sent.headers


def test_a_start_with_inputs_or_with_nothing_names_no_variables() -> None:
    """GitLab projects may forbid variables; an empty map is left out."""
    answers = always(201, PIPELINE)
    gitlab(answers).trigger_pipeline(ref="main", inputs={"request_id": "7f3a"})
    gitlab(answers).trigger_pipeline(ref="main", variables={}, inputs={})
    first, second = (json.loads(request.content) for request in answers.requests)
    assert first == {"token": TRIGGER_TOKEN, "ref": "main", "inputs": {"request_id": "7f3a"}}
    assert second == {"token": TRIGGER_TOKEN, "ref": "main"}


def test_a_start_without_a_trigger_token_is_refused_without_asking() -> None:
    """The setting is missing here, not in GitLab."""
    answers = always(201, PIPELINE)
    with pytest.raises(GitLabRefused) as caught:
        gitlab(answers, trigger_token=" ").trigger_pipeline(ref="main")
    assert (caught.value.error_class, caught.value.status, answers.requests) == ("token_missing", 0, [])


def test_an_already_failed_pipeline_is_given_as_it_is() -> None:
    """Older GitLab answers 201 to a broken CI file; the caller sees status and errors."""
    answers = always(201, PIPELINE | {"status": "failed", "yaml_errors": "jobs config should contain a job"})
    pipeline = gitlab(answers).trigger_pipeline(ref="main")
    assert (pipeline.status, pipeline.yaml_errors) == ("failed", "jobs config should contain a job")


def test_reading_uses_the_api_token_in_its_header() -> None:
    """PRIVATE-TOKEN is what GitLab calls it."""
    answers = always(200, PIPELINE)
    assert gitlab(answers).get_pipeline(5).id == 5
    assert answers.only.headers["PRIVATE-TOKEN"] == API_TOKEN
    assert answers.only.url.path == "/api/v4/projects/7/pipelines/5"


def test_without_an_api_token_no_header_is_sent() -> None:
    """A public project can be read without one."""
    answers = always(200, PIPELINE)
    gitlab(answers, api_token="").get_pipeline(5)
    assert "private-token" not in answers.only.headers


def test_a_log_is_read_by_pieces() -> None:
    """The server is asked for bytes from an offset; a piece says where the next one starts."""
    log = b"0123456789" * 1000

    def answer(request: httpx.Request) -> httpx.Response:
        start, size = (int(request.url.params[name]) for name in ("byte_offset", "byte_limit"))
        return httpx.Response(200, content=log[start : start + size], headers={"Content-Type": "text/plain"})

    answers = Recorder(answer)
    client = gitlab(answers)
    first = client.read_trace(8, limit=6000)
    rest = client.read_trace(8, offset=first.next_offset)
    assert first.data + rest.data == log
    assert (first.more, rest.more, rest.next_offset) == (True, False, len(log))
    assert answers.requests[1].url.params["byte_offset"] == "6000"


def test_a_log_of_a_server_that_ignores_offsets_is_cut_here() -> None:
    """Older GitLab sends the whole log each time."""
    log = bytes(65 + number % 26 for number in range(20_000))
    client = gitlab(always(200, log))
    piece = client.read_trace(8, offset=10_000, limit=5000)
    assert (piece.data, piece.next_offset, piece.more) == (log[10_000:15_000], 15_000, True)


def test_variables_are_a_map_of_text() -> None:
    """Name to value, as the caller sent them."""
    rows = [
        {"key": "REQUEST_ID", "value": "7f3a", "variable_type": "env_var"},
        {"key": "foo", "value": "bar"},
    ]
    answers = always(200, rows)
    assert gitlab(answers).pipeline_variables(5) == {"REQUEST_ID": "7f3a", "foo": "bar"}
    assert answers.only.url.path == "/api/v4/projects/7/pipelines/5/variables"


@pytest.mark.parametrize(
    ("call", "path", "data"),
    [
        (lambda client: client.cancel_pipeline(5), "projects/7/pipelines/5/cancel", PIPELINE),
        (lambda client: client.retry_pipeline(5), "projects/7/pipelines/5/retry", PIPELINE),
        (lambda client: client.play_job(8), "projects/7/jobs/8/play", JOB),
        (lambda client: client.retry_job(8), "projects/7/jobs/8/retry", JOB),
    ],
)
def test_steering_is_a_post_with_the_api_token(
    call: Callable[[GitLab], object], path: str, data: dict[str, object]
) -> None:
    """Cancel, retry and play give back what they moved."""
    answers = always(201, data)
    assert getattr(call(gitlab(answers)), "id", None) == data["id"]
    assert (answers.only.method, answers.only.url.path) == ("POST", f"/api/v4/{path}")
    assert answers.only.headers["PRIVATE-TOKEN"] == API_TOKEN


def test_the_own_token_and_the_version_are_read() -> None:
    """What doctor asks first."""
    answers = always(200, {"name": "bot", "scopes": ["read_api"], "active": True, "version": "18.4.0-ee"})
    client = gitlab(answers)
    assert client.own_token().scopes == {"read_api"}
    assert client.version() == "18.4.0-ee"
    assert [request.url.path for request in answers.requests] == [
        "/api/v4/personal_access_tokens/self",
        "/api/v4/version",
    ]


def test_the_latest_rate_limit_and_clock_are_kept() -> None:
    """Also of an answer that failed; an answer without the headers leaves the last ones."""
    replies = iter(
        [
            httpx.Response(
                429,
                text="Retry later",
                headers={
                    "RateLimit-Limit": "60",
                    "RateLimit-Remaining": "0",
                    "Date": "Sun, 01 Mar 2026 09:00:00 GMT",
                },
            ),
            httpx.Response(200, json=PIPELINE),
        ]
    )
    client = gitlab(lambda request: next(replies))
    assert (client.rate_limit, client.server_date) == (None, None)
    with pytest.raises(GitLabUnavailable):
        client.get_pipeline(5)
    client.get_pipeline(5)
    assert client.rate_limit == RateLimit(limit=60, remaining=0, reset_at=None)
    assert client.server_date == NINE


def test_what_is_not_there_is_not_found() -> None:
    """A deleted pipeline answers 404."""
    with pytest.raises(GitLabNotFound):
        gitlab(always(404, {"message": "404 Not found"})).get_pipeline(5)


def test_leaving_the_context_closes_the_connections() -> None:
    """After the with block the client is spent."""
    with gitlab(always(200, PIPELINE)) as client:
        client.get_pipeline(5)
    with pytest.raises(RuntimeError, match="closed"):
        client.get_pipeline(5)
