"""What an unsuccessful answer says: its words in all their shapes, its wish to wait, the error it becomes."""

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploys.gitlab import GitLabNotFound, GitLabRefused, GitLabUnavailable
from deploys.gitlab.answers import LONGEST_DETAIL, error_of, message_of, rate_limit_of, wait_of
from deploys.gitlab.refusals import Asked

NOW = datetime(2021, 1, 5, 10, 58, 0, tzinfo=UTC)
DATE = "Tue, 05 Jan 2021 10:59:00 GMT"
SECONDS_TO_11 = 60.0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message": "404 Not Found"}', "404 Not Found"),
        (b'{"message": {"base": ["Reference not found"]}}', "Reference not found"),
        (b'{"message": {"name": ["is too long", "is odd"]}}', "name is too long; name is odd"),
        (b'{"message": ["one", "two"]}', "one; two"),
        (b'{"error": "token is missing"}', "token is missing"),
        (
            b'{"error": "insufficient_scope", "error_description": "Higher.", "scope": "api"}',
            "insufficient_scope; Higher.",
        ),
        (b'{"message": null}', ""),
        (b'{"detail": "x"}', ""),
        (b'["odd"]', "odd"),
        (b"Retry later\n", "Retry later"),
        (
            b"<html><head><title>502 Bad &amp; Gateway</title></head><hr></html>",
            "an HTML page: 502 Bad & Gateway",
        ),
        (b"<p>no title</p>", "an HTML page"),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_the_words_are_found_in_every_shape(body: bytes, words: str) -> None:
    """GitLab has three shapes of message, a key error, plain text; proxies have HTML."""
    assert message_of(body) == words


def test_long_words_are_cut() -> None:
    """A whole page of an error does not end in a message."""
    words = message_of(b"x " * 5000)
    assert len(words) == LONGEST_DETAIL
    assert words.endswith("…")


@given(st.binary(max_size=200))
def test_any_bytes_give_one_line(body: bytes) -> None:
    """Whatever arrives, the words are one short line."""
    assert len(message_of(body).splitlines()) <= 1


def test_deep_nesting_gives_no_crash() -> None:
    """A hostile answer cannot overflow the stack."""
    assert message_of(b"[" * 60_000).startswith("[")


@pytest.mark.parametrize(
    ("headers", "throttled", "expected"),
    [
        ({}, True, None),
        ({"Retry-After": "30"}, True, 30.0),
        ({"Retry-After": "30"}, False, 30.0),
        ({"retry-after": "30", "RateLimit-Reset": "1609844400", "Date": DATE}, True, 30.0),
        ({"Retry-After": "Tue, 05 Jan 2021 11:00:00 GMT", "Date": DATE}, True, SECONDS_TO_11),
        ({"RateLimit-Reset": "1609844400", "Date": DATE}, True, SECONDS_TO_11),
        ({"RateLimit-Reset": "1609844400"}, True, 2 * SECONDS_TO_11),
        ({"RateLimit-Reset": "45"}, True, 45.0),
        ({"RateLimit-ResetTime": "Tue, 05 Jan 2021 11:00:00 GMT", "Date": DATE}, True, SECONDS_TO_11),
        ({"RateLimit-Reset": "1609844400", "Date": DATE}, False, None),
        ({"Retry-After": "86400"}, True, 900.0),
        ({"RateLimit-Reset": "999999999999999"}, True, None),
        ({"RateLimit-Reset": "1609840000", "Date": DATE}, True, 0.0),
        ({"Retry-After": "-5"}, True, None),
        ({"Retry-After": "soon"}, True, None),
    ],
)
def test_the_wait_is_what_gitlab_asks_for(headers: dict[str, str], throttled: bool, expected: float | None) -> None:
    """Retry-After first, then RateLimit-Reset if throttled, by the server's own clock, at most 15 minutes."""
    assert wait_of(httpx.Headers(headers), throttled=throttled, now=NOW) == expected


def test_the_rate_limit_is_read_from_its_headers() -> None:
    """Limit, what remains of it, and when it starts anew."""
    headers = {"RateLimit-Limit": "60", "RateLimit-Remaining": "0", "RateLimit-Reset": "1609844400"}
    limit = rate_limit_of(httpx.Headers(headers))
    assert limit is not None
    assert (limit.limit, limit.remaining) == (60, 0)
    assert limit.reset_at == datetime(2021, 1, 5, 11, 0, tzinfo=UTC)
    assert rate_limit_of(httpx.Headers({"RateLimit-Limit": "many"})) is None


def error(status: int, body: bytes = b"", asked: Asked = "trigger", headers: dict[str, str] | None = None) -> Exception:
    return error_of(
        wish="start a pipeline",
        asked=asked,
        status=status,
        headers=httpx.Headers(headers or {}),
        body=body,
        sent="maybe",
    )


def test_a_throttled_request_made_nothing() -> None:
    """429 comes from the gate: surely nothing was made, and the answer says when to come back."""
    found = error(429, b"Retry later\n", headers={"Retry-After": "30"})
    assert isinstance(found, GitLabUnavailable)
    assert (found.sent, found.error_class, found.retry_after, found.status) == (
        "no",
        "rate_limited",
        30.0,
        429,
    )
    assert found.retry_at is not None
    assert 25 < (found.retry_at - datetime.now(UTC)).total_seconds() <= 30


def test_too_many_pipelines_is_a_wait_and_no_refusal() -> None:
    """GitLab answers 400 without a header here; the creation limit counts by the minute."""
    found = error(400, b'{"message":{"base":["Too many pipelines created in the last minute. Try again later."]}}')
    assert isinstance(found, GitLabUnavailable)
    assert (found.sent, found.error_class, found.retry_after) == ("no", "too_many_pipelines", 60.0)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_error_leaves_doubt(status: int) -> None:
    """After a 5xx the pipeline may have been made."""
    found = error(status, b"<html><title>Bad Gateway</title></html>")
    assert isinstance(found, GitLabUnavailable)
    assert (found.sent, found.error_class, found.retry_after) == ("maybe", "service_down", None)
    assert "HTML" in str(found)


def test_404_depends_on_who_asked() -> None:
    """A start is refused; everything else is just not there."""
    refused = error(404, b'{"message":"404 Not Found"}')
    assert isinstance(refused, GitLabRefused)
    assert refused.error_class == "trigger_token_rejected"
    assert isinstance(error(404, b'{"message":"404 Not Found"}', asked="api"), GitLabNotFound)


def test_a_refusal_carries_everything_that_people_need() -> None:
    """GitLab's own words, the setting, the editor's sentence, and a record's id if GitLab named one."""
    found = error(422, b'{"id": 77, "message":{"base":["jobs:deploy config contains unknown keys: foo"]}}')
    assert isinstance(found, GitLabRefused)
    assert (found.error_class, found.status, found.pipeline_id) == ("config_invalid", 422, 77)
    assert found.detail == "jobs:deploy config contains unknown keys: foo"
    assert found.setting in str(found)
    assert found.detail in str(found)
    assert found.sentence.startswith("The site's build instructions")
    assert (
        str(error(400)) == "GitLab refused to start a pipeline (400): no reason given. Read GitLab's own words beside "
        "this message and check the project's Settings > CI/CD."
    )


def test_a_redirect_tells_where_to_without_the_query() -> None:
    """A moved project is refused with the place it moved to, and not followed."""
    found = error(301, headers={"Location": "https://gitlab.example/api/v4/projects/new%2Fplace?secret=1"})
    assert isinstance(found, GitLabRefused)
    assert found.error_class == "project_moved"
    assert found.detail == "redirect to https://gitlab.example/api/v4/projects/new%2Fplace"
    assert "numeric project id" in found.setting


@given(st.integers(300, 599), st.binary(max_size=100), st.sampled_from(["trigger", "api"]))
def test_every_status_and_body_becomes_one_of_our_errors(status: int, body: bytes, asked: Asked) -> None:
    """There is no answer for which we have no error."""
    assert isinstance(error(status, body, asked), GitLabUnavailable | GitLabRefused | GitLabNotFound)
