"""Values that GitLab's API gives. Parsing is tolerant: GitLab adds keys, leaves some out and sends null.

Only a missing or impossible id, status, key or name raises MalformedAnswer; any other part that is absent
or of a wrong type is None (or empty). Unknown status words are kept as they are. All times are aware and in
UTC.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from deploys.gitlab import fields
from deploys.gitlab.errors import MalformedAnswer


def _required_id(data: object, what: str) -> int:
    found = fields.identity(fields.record(data).get("id"))
    if found is None:
        raise MalformedAnswer(f"GitLab's answer holds no usable id for a {what}.")
    return found


def _required_words(data: object, key: str, what: str) -> str:
    found = fields.words(fields.record(data).get(key)).strip()
    if not found:
        raise MalformedAnswer(f"GitLab's answer holds no usable {key} for a {what}.")
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """One pipeline. https://docs.gitlab.com/api/pipelines/

    label is GitLab's wording for people (detailed_status.label, such as "passed with warnings"). durations
    in seconds. finished_at says nothing about being done: a skipped pipeline has none, a retried one keeps
    the old.
    """

    id: int
    status: str
    iid: int | None = None
    project_id: int | None = None
    ref: str = ""
    sha: str = ""
    source: str = ""
    name: str | None = None
    web_url: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    duration: float | None = None
    queued_duration: float | None = None
    coverage: str | None = None
    yaml_errors: str | None = None
    user_name: str | None = None
    username: str | None = None
    label: str | None = None

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read a pipeline from decoded JSON. Raises MalformedAnswer without an id and a status."""
        part = fields.record(data)
        user = fields.record(part.get("user"))
        return cls(
            id=_required_id(data, "pipeline"),
            status=_required_words(data, "status", "pipeline"),
            iid=fields.identity(part.get("iid")),
            project_id=fields.identity(part.get("project_id")),
            ref=fields.words(part.get("ref")),
            sha=fields.words(part.get("sha")),
            source=fields.words(part.get("source")),
            name=fields.text(part.get("name")),
            web_url=fields.words(part.get("web_url")),
            created_at=fields.moment(part.get("created_at")),
            updated_at=fields.moment(part.get("updated_at")),
            started_at=fields.moment(part.get("started_at")),
            finished_at=fields.moment(part.get("finished_at")),
            duration=fields.seconds(part.get("duration")),
            queued_duration=fields.seconds(part.get("queued_duration")),
            coverage=fields.decimal_words(part.get("coverage")),
            yaml_errors=fields.text(part.get("yaml_errors")),
            user_name=fields.text(user.get("name")),
            username=fields.text(user.get("username")),
            label=fields.text(fields.record(part.get("detailed_status")).get("label")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One job of a pipeline. https://docs.gitlab.com/api/jobs/

    A retry makes a new job with the same name and a higher id. durations in seconds.
    """

    id: int
    status: str
    name: str = ""
    stage: str = ""
    allow_failure: bool = False
    failure_reason: str | None = None
    web_url: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    duration: float | None = None
    queued_duration: float | None = None
    pipeline_id: int | None = None
    ref: str = ""
    user_name: str | None = None

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read a job from decoded JSON. Raises MalformedAnswer without an id and a status."""
        part = fields.record(data)
        return cls(
            id=_required_id(data, "job"),
            status=_required_words(data, "status", "job"),
            name=fields.words(part.get("name")),
            stage=fields.words(part.get("stage")),
            allow_failure=part.get("allow_failure") is True,
            failure_reason=fields.text(part.get("failure_reason")),
            web_url=fields.words(part.get("web_url")),
            created_at=fields.moment(part.get("created_at")),
            started_at=fields.moment(part.get("started_at")),
            finished_at=fields.moment(part.get("finished_at")),
            duration=fields.seconds(part.get("duration")),
            queued_duration=fields.seconds(part.get("queued_duration")),
            pipeline_id=fields.identity(fields.record(part.get("pipeline")).get("id")),
            ref=fields.words(part.get("ref")),
            user_name=fields.text(fields.record(part.get("user")).get("name")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """One variable of a pipeline. type is "env_var" or "file". https://docs.gitlab.com/api/pipelines/"""

    key: str
    value: str = ""
    type: str = "env_var"

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read a variable from decoded JSON. Raises MalformedAnswer without a key."""
        part = fields.record(data)
        return cls(
            key=_required_words(data, "key", "variable"),
            value=fields.words(part.get("value")),
            type=fields.text(part.get("variable_type")) or "env_var",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """What GitLab says of an access token; never its secret part. It dies at 00:00 UTC of expires_at.

    https://docs.gitlab.com/api/personal_access_tokens/
    """

    name: str
    scopes: frozenset[str] = frozenset()
    active: bool = False
    expires_at: date | None = None

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read a token from decoded JSON. Raises MalformedAnswer if it is no token (no name)."""
        part = fields.record(data)
        scopes = part.get("scopes")
        return cls(
            name=_required_words(data, "name", "token"),
            scopes=frozenset(filter(None, map(fields.text, scopes if isinstance(scopes, list) else ()))),
            active=part.get("active") is True,
            expires_at=fields.day(part.get("expires_at")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimit:
    """How many requests are allowed in the current window, how many are left, when it starts anew (UTC)."""

    limit: int | None = None
    remaining: int | None = None
    reset_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """Bytes [offset, next_offset) of a log.

    Ask on from next_offset; more means that further bytes wait already.

    A piece ends on a whole UTF-8 character where that is possible, so pieces may be decoded one by one.
    """

    data: bytes
    offset: int
    next_offset: int
    more: bool

    @classmethod
    def of(cls, data: bytes, *, offset: int, more: bool) -> Self:
        """Make a piece from the bytes that start at offset; an unfinished last character is left out."""
        whole = data[: len(data) - _unfinished(data)] or data
        return cls(data=whole, offset=offset, next_offset=offset + len(whole), more=more)


def _unfinished(data: bytes) -> int:
    """Count the bytes at the end that begin a UTF-8 character without completing it (0 to 3)."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte & 0b1100_0000 == 0b1000_0000:
            continue
        length = 4 if byte >= 0b1111_0000 else 3 if byte >= 0b1110_0000 else 2 if byte >= 0b1100_0000 else 1
        return back if length > back else 0
    return 0
