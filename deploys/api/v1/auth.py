"""Who asks: the token of the request, what it is good for, what its minute leaves. No cookie opens anything here."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.timezone import now
from ninja.security import HttpBearer

from deploys import tokens
from deploys.api.v1 import limits, problems
from deploys.api.v1.problems import Problem
from deploys.models import ApiToken, TokenScope, User

SCHEME = "token"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A good token and whom it acts as."""

    token: ApiToken
    user: User


class TokenAuth(HttpBearer):
    """Lets requests in whose token is good for the scope."""

    def __init__(self, scope: TokenScope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """The caller. Raises Problem: 401 for a token that opens nothing, 403 without the scope, 429 over the limit."""
        found, moment = tokens.find(token), now()
        if found is None:
            raise problems.no_token("This token does not exist. Make one on the Account page.")
        if found.revoked_at:
            raise problems.no_token("This token was revoked. Make another one on the Account page.")
        if found.is_expired(moment):
            raise problems.no_token("This token has expired. Make another one on the Account page.")
        if found.site_id is None and not found.user.is_active:
            raise problems.no_token("The account of this token is switched off.")
        left = limits.count(found, moment)
        setattr(request, problems.RATE, left.headers)
        if left.is_over:
            words = f"More than {left.limit} requests in a minute. Wait {left.seconds} seconds."
            raise Problem(429, "too-many-requests", words, headers={"Retry-After": str(left.seconds)})
        if not TokenScope(found.scope).includes(self.scope):
            words = f"This token may only “{found.scope}”; this needs a token that may “{self.scope.value}”."
            raise Problem(403, "scope", words)
        tokens.note_use(found, moment)
        return Caller(token=found, user=found.user)


READ, PUBLISH, ADMIN = (TokenAuth(scope) for scope in (TokenScope.READ, TokenScope.PUBLISH, TokenScope.ADMIN))


def caller_of(request: HttpRequest) -> Caller:
    """Whoever sent this request, which an operation has let in."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return caller
