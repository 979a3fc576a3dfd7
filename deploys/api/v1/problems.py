"""What goes wrong, as RFC 9457 has it: a status, a name that programs read, and words that people read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError

from deploys.builds.actions import Held, NotAllowed
from deploys.builds.freezes import AlreadyPaused
from deploys.schedules.actions import IsOver
from deploys.web import refusals

TYPE = "application/problem+json"
NAMES = "urn:buildhub:problem:"
ROOT = "/api/"
RATE = "rate"  # the attribute of a request that holds what is left of its token's limit

logger = logging.getLogger(__name__)

_WORDS = {
    400: "The request could not be read.",
    403: "This is not allowed.",
    404: "There is nothing at this address (any more).",
    405: "This address does not answer this method.",
    413: "The request is too large.",
    500: "Something went wrong here. Nothing was changed by this request; try again, then tell whoever runs Buildhub.",
}


class Problem(Exception):
    """An answer that is none: `name` says what to programs, `detail` to people; `more` are further members."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.name, self.detail = status, name, detail
        self.headers, self.more = dict(headers or {}), dict(more or {})

    def answer(self) -> HttpResponse:
        """The problem as a response."""
        body = {
            "type": f"{NAMES}{self.name}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }
        return JsonResponse(body, status=self.status, headers=self.headers, content_type=TYPE)


def of(error: Exception) -> Problem:
    """The problem that this error is to whoever asked. One that nobody foresaw is a 500, and is logged."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        return _invalid(error)
    if isinstance(error, AuthenticationError):
        return no_token("Send a token of the API as a Bearer token.")
    if isinstance(error, Http404):
        return Problem(404, "not-found", _sentence(error) or _WORDS[404])
    if isinstance(error, PermissionDenied):
        return Problem(403, "not-allowed", _sentence(error) or _WORDS[403])
    if isinstance(error, HttpError):
        return Problem(error.status_code, _name(error.status_code), _WORDS.get(error.status_code, str(error)))
    return _of_refusal(error) or _unforeseen(error)


def no_token(detail: str) -> Problem:
    """Nobody knows who asks."""
    return Problem(401, "no-token", detail, headers={"WWW-Authenticate": 'Bearer realm="Buildhub API"'})


def _of_refusal(error: Exception) -> Problem | None:
    """The words that the page would say."""
    if isinstance(error, NotAllowed):
        return Problem(403, "role", refusals.words(error))
    if isinstance(error, refusals.REFUSALS):
        return Problem(409, _kebab(type(error).__name__), refusals.words(error))
    if isinstance(error, AlreadyPaused):
        name = error.freeze.begun_by.name
        return Problem(409, "already-paused", f"{name} has paused publishing already. Nothing was changed.")
    if isinstance(error, Held | IsOver):
        return Problem(409, _kebab(type(error).__name__), str(error))
    return None


def _invalid(error: ValidationError) -> Problem:
    """Every value that does not fit, with where it stands. What was sent is not repeated."""
    errors = [
        {"where": ".".join(str(part) for part in each["loc"]), "what": str(each["msg"])} for each in error.errors[:50]
    ]
    return Problem(
        422, "invalid", "Some values do not fit: see “errors”. Nothing was changed.", more={"errors": errors}
    )


def _unforeseen(error: Exception) -> Problem:
    logger.error("The API failed: %s", error, exc_info=error)
    return Problem(500, "failed", _WORDS[500])


def _sentence(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told if isinstance(told, str) else ""


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "-")


def _kebab(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).strip("-")


class ApiMiddleware:
    """Below /api/ every error is a problem, also one that no operation has seen; answers say what the limit leaves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, in the API's own form of errors."""
        answer = self.get_response(request)
        if not request.path_info.startswith(ROOT):
            return answer
        if answer.status_code >= HTTPStatus.BAD_REQUEST and answer.headers.get("Content-Type") != TYPE:
            answer = _retold(answer)
        answer.headers.setdefault("Cache-Control", "no-store")
        for name, value in getattr(request, RATE, {}).items():
            answer.headers.setdefault(name, value)
        return answer


def _retold(answer: HttpResponse) -> HttpResponse:
    status = answer.status_code
    problem = Problem(status, _name(status), _WORDS.get(status, HTTPStatus(status).description))
    if "Allow" in answer.headers:
        problem.headers["Allow"] = answer.headers["Allow"]
    return problem.answer()
