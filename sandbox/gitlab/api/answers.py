"""Answers and refusals in GitLab's shapes (GitLab docs, REST API, troubleshooting)."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Response

INSUFFICIENT_SCOPE = "The request requires higher privileges than provided by the access token."
TOKEN_REVOKED = "Token was revoked. You have to re-authorize from the user."
TOKEN_EXPIRED = "Token is expired. You can either do re-authorization or token refresh."


class Refusal(Exception):
    """An error answer: HTTP status and JSON body."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    text = json.dumps(body, separators=(",", ":"))
    return Response(text, status, dict(headers or {}), content_type="application/json")


def nothing(status: int = 204) -> Response:
    """An answer without a body."""
    return Response(status=status)


def refuse(status: int, message: Any) -> NoReturn:
    """`{"message": ...}`, the usual shape of an error."""
    raise Refusal(status, {"message": message})


def refuse_parameter(problem: str) -> NoReturn:
    """`{"error": ...}`, the shape of a parameter that fails the check of its type."""
    raise Refusal(400, {"error": problem})


def unauthorized() -> NoReturn:
    """No token, or one that nobody gave out."""
    refuse(401, "401 Unauthorized")


def invalid_token(description: str) -> NoReturn:
    """A token that was good once."""
    raise Refusal(401, {"error": "invalid_token", "error_description": description})


def insufficient_scope(scope: str) -> NoReturn:
    """The token is good, its scopes are not."""
    body = {"error": "insufficient_scope", "error_description": INSUFFICIENT_SCOPE, "scope": scope}
    raise Refusal(403, body)


def forbidden(reason: str = "") -> NoReturn:
    """The role does not allow it."""
    refuse(403, f"403 Forbidden - {reason}" if reason else "403 Forbidden")


def not_found(what: str = "") -> NoReturn:
    """`404 Not Found`, or `404 Project Not Found`."""
    refuse(404, f"404 {what} Not Found" if what else "404 Not Found")


def no_such_record() -> NoReturn:
    """A number that is no pipeline or job of the project; GitLab writes this one with a small f."""
    refuse(404, "404 Not found")
