"""What can go wrong between us and GitLab: try again, stop and tell, or not there."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

type Sent = Literal["no", "maybe"]


class ErrorClass(StrEnum):
    """A stable name for each way in which GitLab does not do what it was asked."""

    TRIGGER_TOKEN_REJECTED = "trigger_token_rejected"  # noqa: S105 a name, not a secret
    TOKEN_MISSING = "token_missing"  # noqa: S105 a name, not a secret
    VARIABLES_INVALID = "variables_invalid"
    VARIABLES_NOT_STRINGS = "variables_not_strings"
    REF_MISSING = "ref_missing"
    REF_NOT_FOUND = "ref_not_found"
    NO_JOBS_FOR_RULES = "no_jobs_for_rules"
    FILTERED_BY_WORKFLOW = "filtered_by_workflow"
    VARIABLES_FORBIDDEN = "variables_forbidden"
    OWNER_MAY_NOT_CREATE = "owner_may_not_create"
    OWNER_MAY_NOT_USE_REF = "owner_may_not_use_ref"
    PIPELINES_DISABLED = "pipelines_disabled"
    TOO_MANY_PIPELINES = "too_many_pipelines"
    CONFIG_MISSING = "config_missing"
    CONFIG_INVALID = "config_invalid"
    JOB_TOKEN_FINISHED = "job_token_finished"  # noqa: S105 a name, not a secret
    LOOP_GUARD = "loop_guard"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 a name, not a secret
    API_FORBIDDEN = "api_forbidden"
    NOT_POSSIBLE_NOW = "not_possible_now"
    PROJECT_MOVED = "project_moved"
    ADDRESS_WRONG = "address_wrong"
    TOKEN_UNREADABLE = "token_unreadable"  # noqa: S105 a name, not a secret
    ANSWER_TOO_LARGE = "answer_too_large"
    UNKNOWN_REFUSAL = "unknown_refusal"
    RATE_LIMITED = "rate_limited"
    SERVICE_DOWN = "service_down"
    MALFORMED_ANSWER = "malformed_answer"


class GitLabError(Exception):
    """Base of the family. str(error) is one plain sentence for a developer or an admin.

    Every attribute has a default, so that the errors survive pickling (Celery sends them between processes).
    """


class GitLabUnavailable(GitLabError):
    """GitLab could not answer now: try again later.

    sent: "no" when surely nothing was made in GitLab, "maybe" when the request may have been carried out.
    retry_at (aware, local clock) and retry_after (seconds) are GitLab's own wish, None when it named none.
    error_class is a value of ErrorClass. status is the HTTP status, 0 when there was no answer.
    """

    def __init__(
        self,
        sentence: str,
        *,
        error_class: str = ErrorClass.SERVICE_DOWN,
        sent: Sent = "maybe",
        status: int = 0,
        retry_after: float | None = None,
        retry_at: datetime | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(sentence)
        self.error_class = error_class
        self.sent: Sent = sent
        self.status = status
        self.retry_after = retry_after
        self.retry_at = retry_at
        self.detail = detail


class MalformedAnswer(GitLabUnavailable):
    """The answer is not what GitLab's API promises: not JSON, or a value without its id or status."""

    def __init__(self, sentence: str, *, sent: Sent = "maybe", status: int = 0) -> None:
        super().__init__(sentence, error_class=ErrorClass.MALFORMED_ANSWER, sent=sent, status=status)


class GitLabRefused(GitLabError):
    """GitLab says no and will say so again: stop and tell.

    error_class: a value of ErrorClass. status: HTTP status, 0 when we did not even ask.
    detail: GitLab's own words, shortened. setting: what an admin has to change, in GitLab's menu words.
    sentence: the same for an editor, without jargon. pipeline_id: the record that GitLab made all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        error_class: str = ErrorClass.UNKNOWN_REFUSAL,
        status: int = 0,
        detail: str = "",
        setting: str = "",
        sentence: str = "",
        pipeline_id: int | None = None,
    ) -> None:
        super().__init__(message)
        self.error_class = error_class
        self.status = status
        self.detail = detail
        self.setting = setting
        self.sentence = sentence
        self.pipeline_id = pipeline_id


class GitLabNotFound(GitLabError):
    """It does not exist, was deleted, or the API token may not see it: GitLab answers 404 to all three."""


class HookRejected(GitLabError):
    """A delivery that does not prove to come from our GitLab. reason is a short machine-readable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The webhook delivery was rejected: {reason.replace('_', ' ')}.")
        self.reason = reason

    def __reduce__(self) -> tuple[type["HookRejected"], tuple[str]]:
        return type(self), (self.reason,)


class HookMalformed(GitLabError):
    """The body of a delivery is not JSON."""
