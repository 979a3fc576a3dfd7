"""What a source says when it does not give its entries, in plain words with the next step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from deploys.content.sources.documents import document
from deploys.content.sources.errors import (
    ErrorClass,
    SourceError,
    SourceMalformed,
    SourceRefused,
    SourceUnavailable,
)
from deploys.content.sources.patience import wished_pause
from deploys.content.sources.types import JSON

_LONGEST_DETAIL = 300
_RETRY = (408, 425, 429)


def error_of(status: int, headers: Mapping[str, str], detail: str, *, hint: str = "") -> SourceError:
    """Make the error for an HTTP status. detail: the source's words, already without secrets. hint: the next step."""
    said = f" It says: “{detail}”." if detail else ""
    if status >= 500 or status in _RETRY:
        return _unavailable(status, headers, detail, said)
    kind, sentence, step = _refusal(status)
    return SourceRefused(
        f"{sentence} ({status}): {hint if hint and status in (401, 403) else step}.{said}",
        error_class=kind,
        status=status,
        detail=detail,
    )


def words_of(body: bytes) -> str:
    """Give the source's own words from an error's body, shortened; nothing when there are none."""
    try:
        data = document(body)
    except SourceMalformed:
        return ""
    return _shortened(next(_messages(data), ""))


def graphql_refusal(data: JSON, hide: Callable[[str], str], *, hint: str = "") -> SourceRefused | None:
    """Make the error for a GraphQL answer with errors, None for one without. hide: takes secrets out of a text."""
    errors = data.get("errors") if isinstance(data, dict) else None
    if not errors:
        return None
    detail = _shortened(next(_messages(errors), "no reason given"))
    detail = hide(detail)
    lower = detail.lower()
    if "unknown argument" in lower or "cannot query field" in lower or "unknown type" in lower:
        step = "it does not know a name in the query, or the token's schema does not include it"
    elif "scope" in lower or "permission" in lower or "authoriz" in lower or "forbidden" in lower:
        step = "the token may not read all that the query asks for"
    elif "syntax" in lower:
        step = "the query has a mistake"
    else:
        step = "it could not answer the whole query"
    return SourceRefused(
        f"The source refused the query: {hint or step}. It says: “{detail}”. Correct the query or the token's rights.",
        error_class=ErrorClass.GRAPHQL_REFUSED,
        status=200,
        detail=detail,
    )


def _unavailable(status: int, headers: Mapping[str, str], detail: str, said: str) -> SourceUnavailable:
    if status == 429:
        sentence = "The source asks us to slow down (429): try again later, or set a pause between requests."
    else:
        sentence = f"The source has trouble of its own ({status}): try again later."
    return SourceUnavailable(
        f"{sentence}{said}",
        error_class=ErrorClass.RATE_LIMITED if status == 429 else ErrorClass.SERVICE_DOWN,
        status=status,
        detail=detail,
        retry_after=wished_pause(headers.get("Retry-After")),
    )


def _refusal(status: int) -> tuple[ErrorClass, str, str]:
    if status == 401:
        return (
            ErrorClass.TOKEN_REJECTED,
            "The source wants a valid token",
            "enter a token that is neither expired nor revoked",
        )
    if status == 403:
        return (ErrorClass.FORBIDDEN, "The source does not let this token read", "give the token the right to read")
    if status in (404, 410):
        return (ErrorClass.NOT_FOUND, "There is nothing at the source's address", "check the address, or the token")
    return (ErrorClass.REQUEST_REFUSED, "The source refused the request", "compare the settings with the CMS's API")


def _messages(data: JSON, depth: int = 0) -> Iterator[str]:
    """Find the message in the shapes that CMSs use: message, detail, error{message}, errors[]."""
    if isinstance(data, str) and depth:
        yield data
    elif isinstance(data, list):
        for one in data[:5]:
            yield from _messages(one, depth + 1)
    elif isinstance(data, dict) and depth < 4:
        for name in ("message", "error_description", "detail", "title", "error", "errors"):
            if data.get(name):
                yield from _messages(data[name], depth + 1)


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST_DETAIL else f"{plain[: _LONGEST_DETAIL - 1]}…"
