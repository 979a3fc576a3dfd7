"""Values are read tolerantly: what GitLab adds, leaves out or mistypes does no harm."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploys.gitlab import Job, MalformedAnswer, Pipeline, Token, Trace, Variable

FULL = {
    "id": 287,
    "iid": 144,
    "project_id": 21,
    "name": "Publish 7f3a",
    "sha": "50f0acb7",
    "ref": "main",
    "status": "success",
    "source": "trigger",
    "created_at": "2026-03-01T10:00:00.123+01:00",
    "updated_at": "2026-03-01T09:00:50.185Z",
    "started_at": "2026-03-01T09:00:14.197Z",
    "finished_at": None,
    "duration": 34,
    "queued_duration": 0.010,
    "coverage": "98.29",
    "yaml_errors": None,
    "web_url": "http://gitlab.example/-/pipelines/287",
    "user": {"name": "Build bot", "username": "build_bot"},
    "detailed_status": {"label": "passed with warnings", "text": "passed"},
    "archived": False,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def odd(*keys: str) -> st.SearchStrategy[object]:
    """Any JSON, and objects that have the right keys with any values."""
    return JSON | st.fixed_dictionaries({"id": st.integers(1, 9) | JSON}, optional=dict.fromkeys(keys, JSON))


def test_a_full_pipeline_is_read_with_its_types() -> None:
    """Every part of GitLab's answer arrives in its own type, times in UTC, unknown keys ignored."""
    pipeline = Pipeline.parse(FULL)
    assert (pipeline.id, pipeline.iid, pipeline.project_id) == (287, 144, 21)
    assert pipeline.created_at == datetime(2026, 3, 1, 9, 0, 0, 123000, tzinfo=UTC)
    assert pipeline.created_at.utcoffset() == datetime.now(UTC).utcoffset()
    assert (pipeline.finished_at, pipeline.yaml_errors) == (None, None)
    assert (pipeline.duration, pipeline.queued_duration, pipeline.coverage) == (34.0, 0.01, "98.29")
    assert (pipeline.user_name, pipeline.username) == ("Build bot", "build_bot")
    assert (pipeline.label, pipeline.name) == ("passed with warnings", "Publish 7f3a")


def test_id_and_status_are_enough_for_a_pipeline() -> None:
    """Absent parts are None or empty."""
    pipeline = Pipeline.parse({"id": 1, "status": "waiting_for_callback"})
    assert (pipeline.ref, pipeline.name, pipeline.created_at, pipeline.label) == ("", None, None, None)


def test_an_unknown_status_is_kept() -> None:
    """A fourteenth status word does not break the reading."""
    assert Pipeline.parse({"id": 1, "status": "meditating"}).status == "meditating"


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "pipeline",
        {},
        {"id": 1},
        {"status": "running"},
        {"id": "1", "status": "running"},
        {"id": True, "status": "running"},
        {"id": 0, "status": "running"},
        {"id": 2**63, "status": "running"},
        {"id": 1, "status": None},
        {"id": 1, "status": " "},
    ],
)
@pytest.mark.parametrize("parse", [Pipeline.parse, Job.parse])
def test_without_id_or_status_the_answer_is_malformed(parse: Callable[[object], object], broken: object) -> None:
    """What has no usable id or status is refused as malformed, and nothing else is raised."""
    with pytest.raises(MalformedAnswer):
        parse(broken)


@pytest.mark.parametrize(
    ("key", "value", "attribute"),
    [
        ("iid", "12", "iid"),
        ("name", 5, "name"),
        ("created_at", 1700000000, "created_at"),
        ("created_at", "yesterday", "created_at"),
        ("duration", "34", "duration"),
        ("duration", float("inf"), "duration"),
        ("duration", True, "duration"),
        ("coverage", [], "coverage"),
        ("user", "bot", "user_name"),
        ("detailed_status", "passed", "label"),
    ],
)
def test_a_part_of_the_wrong_type_is_none(key: str, value: object, attribute: str) -> None:
    """An optional part that is not what it should be is left out."""
    assert getattr(Pipeline.parse(FULL | {key: value}), attribute) is None


def test_a_numeric_coverage_is_read_as_text() -> None:
    """GitLab documents a number and sends a string; both are text for us."""
    assert Pipeline.parse(FULL | {"coverage": 98.29}).coverage == "98.29"


def test_text_that_a_database_cannot_hold_is_cleaned() -> None:
    """NUL characters and lone surrogates do not reach a text column."""
    assert Pipeline.parse(FULL | {"name": "a\0b\ud800c"}).name == "ab?c"


def test_a_value_cannot_be_changed() -> None:
    """Values are frozen."""
    with pytest.raises(FrozenInstanceError):
        Pipeline.parse(FULL).status = "failed"  # type: ignore[misc]


def test_a_job_is_read_with_its_pipeline() -> None:
    """A job knows why it failed, whether that matters, and whose it is."""
    job = Job.parse(
        {
            "id": 9,
            "status": "failed",
            "name": "build",
            "stage": "test",
            "allow_failure": True,
            "failure_reason": "script_failure",
            "pipeline": {"id": 287, "project_id": 1},
            "duration": 0.465,
        }
    )
    assert (job.id, job.name, job.stage, job.status) == (9, "build", "test", "failed")
    assert (job.allow_failure, job.failure_reason) == (True, "script_failure")
    assert (job.pipeline_id, job.duration) == (287, 0.465)


def test_a_variable_without_a_type_is_an_environment_variable() -> None:
    """Older answers leave the type out."""
    assert Variable.parse({"key": "A", "value": "1"}) == Variable(key="A", value="1", type="env_var")
    assert Variable.parse({"key": "A", "value": "1", "variable_type": "file"}).type == "file"


def test_a_variable_without_a_key_is_malformed() -> None:
    """A variable that nobody can name is refused."""
    with pytest.raises(MalformedAnswer):
        Variable.parse({"value": "1"})


def test_a_token_tells_scopes_and_last_day() -> None:
    """What doctor needs: may it, is it alive, until when."""
    token = Token.parse(
        {
            "name": "bot",
            "scopes": ["read_api", 3],
            "active": True,
            "expires_at": "2026-12-31",
            "token": "glpat-x",
        }
    )
    assert token == Token(name="bot", scopes=frozenset({"read_api"}), active=True, expires_at=date(2026, 12, 31))
    assert "glpat" not in repr(token)


@given(odd("status", "user", "detailed_status", "created_at", "duration", "coverage", "iid", "name"))
def test_reading_a_pipeline_never_raises_anything_else(data: object) -> None:
    """Whatever JSON arrives, it is a pipeline or a malformed answer."""
    only_malformed(Pipeline.parse, data)


@given(odd("status", "pipeline", "user", "created_at", "duration", "allow_failure"))
def test_reading_a_job_never_raises_anything_else(data: object) -> None:
    """Whatever JSON arrives, it is a job or a malformed answer."""
    only_malformed(Job.parse, data)


@given(odd("name", "scopes", "active", "expires_at", "key", "value", "variable_type"))
def test_reading_a_token_or_variable_never_raises_anything_else(data: object) -> None:
    """Whatever JSON arrives, it is a token or variable, or a malformed answer."""
    only_malformed(Token.parse, data)
    only_malformed(Variable.parse, data)


def only_malformed(parse: Callable[[object], object], data: object) -> None:
    try:
        assert parse(data) is not None
    except MalformedAnswer as error:
        assert "GitLab" in str(error)


@given(st.text(min_size=1), st.integers(min_value=1, max_value=9))
def test_pieces_of_a_log_can_be_decoded_one_by_one(log: str, size: int) -> None:
    """Cutting anywhere, the pieces put together are the log, and none splits a character that fits."""
    raw, offset, pieces = log.encode("utf-8", "replace"), 0, []
    while offset < len(raw):
        piece = Trace.of(raw[offset : offset + size], offset=offset, more=True)
        assert piece.next_offset > offset
        pieces.append(piece.data)
        offset = piece.next_offset
    assert b"".join(pieces) == raw
    if size >= 4:
        assert "".join(piece.decode() for piece in pieces) == raw.decode()
