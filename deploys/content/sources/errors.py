"""What can go wrong between us and a source of content: try again, stop and tell, or unusable."""

from __future__ import annotations

from enum import StrEnum


class ErrorClass(StrEnum):
    """A stable name for each way in which a source does not give its entries."""

    SERVICE_DOWN = "service_down"
    RATE_LIMITED = "rate_limited"
    TOO_SLOW = "too_slow"
    TOKEN_REJECTED = "token_rejected"  # noqa: S105 a name, not a secret
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    REQUEST_REFUSED = "request_refused"
    GRAPHQL_REFUSED = "graphql_refused"
    SECRET_MISSING = "secret_missing"  # noqa: S105 a name, not a secret
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 a name, not a secret
    CONFIG_WRONG = "config_wrong"
    MOVED = "moved"
    NOT_JSON = "not_json"
    NO_ITEMS = "no_items"
    NO_KEYS = "no_keys"
    PAGING_LOOP = "paging_loop"
    TOO_DEEP = "too_deep"
    ADDRESS_BLOCKED = "address_blocked"
    TOO_LARGE = "too_large"
    TOO_MANY_ENTRIES = "too_many_entries"
    GIT_FAILED = "git_failed"
    ADAPTER_FAILED = "adapter_failed"


class SourceError(Exception):
    """Base of the family. str(error) is one plain sentence that names the next step, without any secret.

    error_class: a value of ErrorClass. status: HTTP status, 0 when there was none.
    detail: the source's own words, shortened. Every attribute has a default, so that the errors survive pickling.
    """

    usual_class: str = ErrorClass.REQUEST_REFUSED

    def __init__(self, sentence: str, *, error_class: str = "", status: int = 0, detail: str = "") -> None:
        super().__init__(sentence)
        self.error_class = error_class or self.usual_class
        self.status = status
        self.detail = detail


class SourceUnavailable(SourceError):
    """The source could not answer now: try again later. retry_after: seconds it asked us to wait, if any."""

    usual_class = ErrorClass.SERVICE_DOWN

    def __init__(
        self,
        sentence: str,
        *,
        error_class: str = "",
        status: int = 0,
        detail: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(sentence, error_class=error_class, status=status, detail=detail)
        self.retry_after = retry_after


class SourceRefused(SourceError):
    """The source, or its settings, say no and will say so again: a person has to change something."""


class SourceMalformed(SourceError):
    """The source answers, but not with what its settings promise."""

    usual_class = ErrorClass.NO_ITEMS


class SourceBlocked(SourceError):
    """The address is one that this server does not connect to."""

    usual_class = ErrorClass.ADDRESS_BLOCKED


class SourceTooLarge(SourceError):
    """The source gives more than the limits allow."""

    usual_class = ErrorClass.TOO_LARGE
