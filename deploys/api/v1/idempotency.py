"""`Idempotency-Key`: a request that is sent again, because its answer got lost, is not carried out twice.

What was done and its answer are one transaction, so that neither is there without the other; a request that was refused
leaves nothing behind, and may be put right under the same key.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from ninja import Schema, Status
from ninja.renderers import JSONRenderer

from deploys.api.v1.auth import caller_of
from deploys.api.v1.problems import Problem
from deploys.models import KeptAnswer

HEADER = "Idempotency-Key"
LONGEST = 200
KEPT_FOR = timedelta(hours=24)
REPLAYED = "Idempotency-Replayed"
MADE = 201
JSON = "application/json; charset=utf-8"
_RENDERER = JSONRenderer()

type Operation = Callable[..., Status[Any]]


def once(operation: Operation) -> Callable[..., HttpResponse]:
    """Have an operation that changes something carried out once per key. It runs in one transaction, key or not."""

    @wraps(operation)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = _key(request)
        with transaction.atomic():
            if not key:
                return _answer(request, operation(request, *args, **kwargs))
            kept = KeptAnswer(
                token=caller_of(request).token, address=request.path, key=key, fingerprint=_fingerprint(request)
            )
            _take_turns(kept)
            if earlier := _earlier(kept):
                return _replayed(earlier)
            answer = _answer(request, operation(request, *args, **kwargs))
            _keep(kept, answer)
            return answer

    # Annotations are text: read here, where the names in them are known, and not where this function was written.
    run.__signature__ = inspect.signature(operation, eval_str=True)  # type: ignore[attr-defined]
    return run


def _key(request: HttpRequest) -> str:
    key = request.headers.get(HEADER)
    if key is None:
        return ""
    if not 0 < len(key) <= LONGEST or not all("!" <= sign <= "~" for sign in key):
        raise Problem(422, "invalid", f"{HEADER} is 1 to {LONGEST} characters of ASCII without spaces.")
    return key


def _take_turns(kept: KeptAnswer) -> None:
    """One request at a time per key. Raises Problem while the other one is being carried out."""
    named = f"{kept.token.pk} {kept.address} {kept.key}"
    number = int.from_bytes(hashlib.sha256(named.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            words = f"A request with this {HEADER} is being carried out. Ask again in a second for its answer."
            raise Problem(409, "in-progress", words, headers={"Retry-After": "1"})


def _fingerprint(request: HttpRequest) -> str:
    """The same for bodies that say the same, however they are written."""
    try:
        body = json.dumps(json.loads(request.body or b"{}"), sort_keys=True)
    except ValueError:  # an operation without a body reads none
        body = repr(request.body)
    return hashlib.sha256(body.encode()).hexdigest()


def _earlier(kept: KeptAnswer) -> KeptAnswer | None:
    """What was answered under the key before. Raises Problem when it was asked for something else."""
    rows = KeptAnswer.objects.filter(token=kept.token, address=kept.address, key=kept.key)
    earlier = rows.filter(created_at__gt=now() - KEPT_FOR).first()
    if earlier and earlier.fingerprint != kept.fingerprint:
        words = f"This {HEADER} was sent with another body within a day. Choose a new one."
        raise Problem(422, "key-reused", words)
    return earlier


def _keep(kept: KeptAnswer, answer: HttpResponse) -> None:
    KeptAnswer.objects.filter(token=kept.token, created_at__lte=now() - KEPT_FOR).delete()
    kept.status, kept.body, kept.location = answer.status_code, answer.content, answer.headers.get("Location", "")
    kept.save()


def _replayed(kept: KeptAnswer) -> HttpResponse:
    headers = {REPLAYED: "true"} | ({"Location": kept.location} if kept.location else {})
    return HttpResponse(bytes(kept.body), status=kept.status, headers=headers, content_type=JSON)


def _answer(request: HttpRequest, result: Status[Any]) -> HttpResponse:
    """The response; what was made says where it is."""
    shown: Schema = result.value
    body = _RENDERER.render(request, shown.model_dump(), response_status=result.status_code)
    answer = HttpResponse(body, status=result.status_code, content_type=JSON)
    if result.status_code == MADE:
        answer["Location"] = shown.self  # type: ignore[attr-defined]
    return answer
