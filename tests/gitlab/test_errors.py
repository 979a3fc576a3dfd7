"""Errors say whether to try again, and survive the way from one process to another."""

import copy
import pickle
from datetime import UTC, datetime

import pytest

from deploys.gitlab import (
    GitLabError,
    GitLabNotFound,
    GitLabRefused,
    GitLabUnavailable,
    HookMalformed,
    HookRejected,
    MalformedAnswer,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
ERRORS: list[GitLabError] = [
    GitLabUnavailable("Later.", sent="no", status=429, retry_after=30.0, retry_at=AT, detail="Retry later"),
    MalformedAnswer("What?", sent="maybe", status=201),
    GitLabRefused("No.", error_class="ref_not_found", status=400, detail="d", setting="s", sentence="t", pipeline_id=4),
    GitLabNotFound("Gone."),
    HookRejected("wrong_token"),
    HookMalformed("Not JSON."),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling_and_copying(error: GitLabError) -> None:
    """A worker's error reaches another process whole."""
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_error_belongs_to_the_family_and_speaks(error: GitLabError) -> None:
    """One except clause catches them all, and each says a sentence."""
    assert isinstance(error, GitLabError)
    assert str(error).endswith((".", "?"))


def test_a_malformed_answer_means_try_again_with_care() -> None:
    """Malformed is a kind of unavailable, and unless told otherwise the request may have been carried out."""
    error = MalformedAnswer("What?")
    assert isinstance(error, GitLabUnavailable)
    assert (error.sent, error.error_class, error.retry_after) == ("maybe", "malformed_answer", None)
