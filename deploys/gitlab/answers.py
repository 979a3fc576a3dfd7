"""Read an HTTP answer of GitLab that is not a success: its words, its wish to wait, and which error it is."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from deploys.gitlab.errors import (
    ErrorClass,
    GitLabError,
    GitLabNotFound,
    GitLabRefused,
    GitLabUnavailable,
    Sent,
)
from deploys.gitlab.fields import identity, record, text
from deploys.gitlab.refusals import Asked, Refusal, classify, explain
from deploys.gitlab.types import RateLimit

LONGEST_DETAIL = 500
LONGEST_WAIT = 15 * 60.0
WAIT_AFTER_TOO_MANY_PIPELINES = 60.0

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
# A RateLimit-Reset below this is a number of seconds to wait, above it a Unix time (that is GitLab's way).
_FIRST_UNIX_TIME = 1_000_000_000


def decoded(body: bytes) -> object:
    """Decode JSON. Raises ValueError if it is none."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def message_of(body: bytes) -> str:
    """Give the words of an error answer as one short line, whatever its shape."""
    try:
        data = decoded(body)
    except ValueError:
        return _shortened(_words_of_page(body.decode("utf-8", "replace")))
    if not isinstance(data, dict):
        return _shortened("; ".join(_leaves(data)))
    named = [data[key] for key in ("message", "error", "error_description") if key in data]
    return _shortened("; ".join(leaf for part in named for leaf in _leaves(part)))


def _words_of_page(page: str) -> str:
    if "<" not in page:
        return page
    title = _TITLE.search(page)
    return f"an HTML page: {html.unescape(title.group(1))}" if title else "an HTML page"


def _leaves(part: object, name: str = "") -> Iterator[str]:
    """Walk strings, lists and objects of lists; a field's name stands before its text, "base" is no field."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from _leaves(value, "" if key == "base" else f"{key} ")
    elif isinstance(part, list):
        for value in part:
            yield from _leaves(value, name)
    elif part is not None:
        yield f"{name}{part}"


def _shortened(words: str) -> str:
    line = " ".join((text(words) or "").split())
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"


def date_of(headers: Mapping[str, str], name: str = "Date") -> datetime | None:
    """Give an HTTP date header in UTC; None if it is absent or no date."""
    try:
        found = parsedate_to_datetime(headers.get(name, ""))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def rate_limit_of(headers: Mapping[str, str]) -> RateLimit | None:
    """Give the RateLimit-* headers.

    https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
    """
    limit, remaining = _number(headers.get("RateLimit-Limit")), _number(headers.get("RateLimit-Remaining"))
    if limit is None and remaining is None:
        return None
    return RateLimit(
        limit=None if limit is None else int(limit),
        remaining=None if remaining is None else int(remaining),
        reset_at=_reset_of(headers, date_of(headers) or datetime.now(UTC)),
    )


def wait_of(headers: Mapping[str, str], *, throttled: bool, now: datetime) -> float | None:
    """Give the seconds to wait: Retry-After first, then (if throttled) RateLimit-Reset; 0 to 15 minutes.

    Times of the server are compared with its own Date header where there is one. None if it names no wait.
    """
    server_now = date_of(headers) or now
    wait = _number(headers.get("Retry-After"))
    if wait is None:
        until = date_of(headers, "Retry-After") or (_reset_of(headers, server_now) if throttled else None)
        wait = None if until is None else (until - server_now).total_seconds()
    return None if wait is None else min(max(wait, 0.0), LONGEST_WAIT)


def _reset_of(headers: Mapping[str, str], server_now: datetime) -> datetime | None:
    number = _number(headers.get("RateLimit-Reset"))
    if number is None:
        return date_of(headers, "RateLimit-Reset") or date_of(headers, "RateLimit-ResetTime")
    try:
        if number < _FIRST_UNIX_TIME:
            return server_now + timedelta(seconds=number)
        return datetime.fromtimestamp(number, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _number(words: str | None) -> float | None:
    """Give a header's plain non-negative number."""
    return float(words) if words and re.fullmatch(r"\d{1,15}(\.\d{1,9})?", words.strip(), re.ASCII) else None


def error_of(
    *, wish: str, asked: Asked, status: int, headers: Mapping[str, str], body: bytes, sent: Sent
) -> GitLabError:
    """Choose the error for an answer that is no success.

    wish says what we wanted ("start a pipeline"); sent is what an unclear end of this request would mean.
    """
    message, now = message_of(body), datetime.now(UTC)
    if status == 404 and asked == "api":
        return GitLabNotFound(
            f"GitLab found nothing when we wanted to {wish}: it is gone, or not for this token to see."
        )
    if status == 429:
        wait = wait_of(headers, throttled=True, now=now)
        return _unavailable(
            ErrorClass.RATE_LIMITED, f"GitLab throttles us; we could not {wish}", message, status, wait, "no"
        )
    if status >= 500 or status == 408:
        wait = wait_of(headers, throttled=False, now=now)
        return _unavailable(ErrorClass.SERVICE_DOWN, f"GitLab failed to {wish}", message, status, wait, sent)
    row = classify(asked=asked, status=status, message=message)
    if row.error_class is ErrorClass.TOO_MANY_PIPELINES:
        wait = wait_of(headers, throttled=False, now=now) or WAIT_AFTER_TOO_MANY_PIPELINES
        return _unavailable(row.error_class, f"GitLab did not {wish}", message, status, wait, "no")
    if row.error_class is ErrorClass.PROJECT_MOVED:
        message = f"redirect to {headers.get('Location', 'nowhere').split('?')[0][:200]}"
    return refused(row, wish=wish, status=status, detail=message, pipeline_id=_id_in(body))


def refused(
    row: Refusal, *, wish: str, status: int = 0, detail: str = "", pipeline_id: int | None = None
) -> GitLabRefused:
    """Make the error of a row of the table; status 0 when nothing was sent."""
    words = detail or "no reason given"
    why = (
        f"GitLab refused to {wish} ({status}): {words}" if status else f"Nothing was sent to GitLab to {wish}: {words}"
    )
    return GitLabRefused(
        f"{why.rstrip('.')}. {row.setting}",
        error_class=row.error_class,
        status=status,
        detail=detail,
        setting=row.setting,
        sentence=row.sentence,
        pipeline_id=pipeline_id,
    )


def _unavailable(
    error_class: ErrorClass, sentence: str, detail: str, status: int, wait: float | None, sent: Sent
) -> GitLabUnavailable:
    return GitLabUnavailable(
        f"{sentence} ({status}): {detail or explain(error_class).setting}".rstrip(".") + ".",
        error_class=error_class,
        sent=sent,
        status=status,
        retry_after=wait,
        retry_at=None if wait is None else datetime.now(UTC) + timedelta(seconds=wait),
        detail=detail,
    )


def _id_in(body: bytes) -> int | None:
    """Look for the pipeline's id in a refusal; GitLab names none today, so it is a hope and no promise."""
    try:
        return identity(record(decoded(body)).get("id"))
    except ValueError:
        return None
