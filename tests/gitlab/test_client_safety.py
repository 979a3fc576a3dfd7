"""Addresses, tokens, sizes and timeouts: what a client must never do."""

import pytest

from deploys.gitlab import GitLabRefused, MalformedAnswer
from tests.gitlab.answering import API_TOKEN, PIPELINE, TRIGGER_TOKEN, always, gitlab


def test_a_start_waits_longer_than_gitlab_may_take() -> None:
    """GitLab ends a request after 60 s; giving up before that would leave a pipeline nobody knows."""
    answers = always(201, PIPELINE)
    gitlab(answers).trigger_pipeline(ref="main")
    timeouts = answers.only.extensions["timeout"]
    assert (timeouts["read"], timeouts["connect"]) == (65.0, 5.0)


def test_every_call_has_timeouts() -> None:
    """No request can wait for ever."""
    answers = always(200, PIPELINE)
    gitlab(answers).get_pipeline(5)
    assert all(seconds for seconds in answers.only.extensions["timeout"].values())


@pytest.mark.parametrize(
    ("url", "project", "expected"),
    [
        (
            "https://gitlab.example/",
            "group/my site",
            "https://gitlab.example/api/v4/projects/group%2Fmy%20site/",
        ),
        ("http://host:8080/gitlab/", 7, "http://host:8080/gitlab/api/v4/projects/7/"),
        ("https://gitlab.example/api/v4", " 7 ", "https://gitlab.example/api/v4/projects/7/"),
        ("https://user:secret@gitlab.example?x=1#y", 7, "https://gitlab.example/api/v4/projects/7/"),
    ],
)
def test_the_address_is_put_together_from_url_and_project(url: str, project: int | str, expected: str) -> None:
    """A folder stays, a path is escaped, and what does not belong there is dropped."""
    answers = always(200, PIPELINE)
    gitlab(answers, url=url, project=project).get_pipeline(5)
    assert str(answers.only.url) == f"{expected}pipelines/5"


@pytest.mark.parametrize("url", ["", "gitlab.example", "ftp://gitlab.example", "http://", "http://[::1"])
def test_an_unusable_address_is_refused_without_asking(url: str) -> None:
    """A mistyped address is a setting to change, not a crash."""
    answers = always(200, PIPELINE)
    with pytest.raises(GitLabRefused) as caught:
        gitlab(answers, url=url).get_pipeline(5)
    assert (caught.value.error_class, answers.requests) == ("address_wrong", [])


@pytest.mark.parametrize("token", ["glpat-sec\nret", "glpat-sec ret", "glpat-ä", "glpat-\x7f"])
def test_an_unreadable_api_token_is_refused_without_showing_it(token: str) -> None:
    """A token with a line break in it would otherwise show up in an error of the HTTP library."""
    answers = always(200, PIPELINE)
    with pytest.raises(GitLabRefused) as caught:
        gitlab(answers, api_token=token).get_pipeline(5)
    assert (caught.value.error_class, answers.requests) == ("token_unreadable", [])
    assert "glpat" not in repr(caught.value) + str(vars(caught.value))


def test_a_token_with_blanks_around_it_works() -> None:
    """A pasted line end is no part of a token."""
    answers = always(200, PIPELINE)
    gitlab(answers, api_token=f" {API_TOKEN}\n").get_pipeline(5)
    assert answers.only.headers["PRIVATE-TOKEN"] == API_TOKEN


def test_a_redirect_is_refused_and_not_followed() -> None:
    """The tokens go to no other place than the one that was set."""
    answers = always(301, b"", Location="https://elsewhere.example/api/v4/projects/9")
    with pytest.raises(GitLabRefused) as caught:
        gitlab(answers).get_pipeline(5)
    assert (caught.value.error_class, len(answers.requests)) == ("project_moved", 1)


@pytest.mark.parametrize("body", [b"<html>Please sign in</html>", b"", b"[]", b"{}", b'{"id": 5}', b"[" * 60_000])
def test_a_success_that_is_no_pipeline_is_malformed(body: bytes) -> None:
    """A sign-in page with status 200 is no answer; after a POST the pipeline may exist."""
    client = gitlab(always(200, body))
    with pytest.raises(MalformedAnswer) as posted:
        client.trigger_pipeline(ref="main")
    with pytest.raises(MalformedAnswer) as read:
        client.get_pipeline(5)
    assert (posted.value.sent, read.value.sent) == ("maybe", "no")


def test_an_answer_above_10_mb_is_refused() -> None:
    """Nothing that GitLab can say about a pipeline is that long; after a POST it leaves doubt."""
    client = gitlab(always(200, b"[" + b" " * (10 * 1024 * 1024) + b"]"))
    with pytest.raises(GitLabRefused) as caught:
        client.list_pipelines()
    assert caught.value.error_class == "answer_too_large"
    with pytest.raises(MalformedAnswer) as posted:
        client.trigger_pipeline(ref="main")
    assert posted.value.sent == "maybe"


def test_the_tokens_show_nowhere() -> None:
    """Not in the client's repr, and not in an error even if the server repeats them."""
    echo = {"message": {"base": [f"bad {TRIGGER_TOKEN} and {API_TOKEN}"]}}
    client = gitlab(always(400, echo))
    with pytest.raises(GitLabRefused) as started:
        client.trigger_pipeline(ref="main")
    with pytest.raises(GitLabRefused) as read:
        client.get_pipeline(5)
    shown = "".join(f"{error!r}{error}{vars(error)}" for error in (started.value, read.value)) + repr(client)
    assert "secret" not in shown
    assert "bad [hidden] and [hidden]" in shown
    assert repr(client) == "<GitLab https://gitlab.example projects/7>"
