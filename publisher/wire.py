"""Requests to S3: signed by botocore's own signer, sent over one pool of connections, tried again when that is safe.

boto3's put_object spends 2-3 ms of processor time on a request, and Python lets one thread spend it at a time. This
is the same signature and the same credentials at a third of that, which decides how long a first upload takes.
"""

from __future__ import annotations

import hashlib
import random
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from urllib3.exceptions import HTTPError

from publisher.errors import Refused, Unavailable

EMPTY = hashlib.sha256(b"").hexdigest()
_CODE = re.compile(rb"<Code>([^<]*)</Code>")
_MESSAGE = re.compile(rb"<Message>([^<]*)</Message>")
_PASSING = {429, 500, 502, 503, 504}
_PASSING_CODES = {
    "SlowDown",
    "InternalError",
    "ServiceUnavailable",
    "RequestTimeout",
    "OperationAborted",
    "ConditionalRequestConflict",
    "RequestTimeTooSkewed",
}
_LONGEST_PAUSE = 20.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the host said. code: S3's error code, "" when it is no error."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    code: str
    attempts: int


class _Signer(S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """Signs with the hash that is known already, so that no content is read twice."""

    def payload(self, request: Any) -> str:
        return str(request.context["sha256"])


class Wire:
    """One bucket over one pool. Safe to use from many threads."""

    def __init__(self, *, base: str, region: str, credentials: Any, threads: int, timeout: float, tries: int) -> None:
        """base: address of the bucket without a closing slash; credentials: botocore's, None for none."""
        if credentials is None:
            raise Refused(
                "No AWS credentials were found. Give the pipeline a role, or set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY."
            )
        self.base = base
        self._path = urlsplit(base).path
        self._region = region
        self._credentials = credentials
        self._tries = tries
        # Two more than the threads that send files: renewing the claim must not wait for them.
        self._pool = urllib3.connection_from_url(
            base, maxsize=threads + 2, block=True, timeout=urllib3.Timeout(connect=min(10, timeout), read=timeout)
        )
        self._pause_until = 0.0
        self._clock = threading.Lock()
        self._server_ahead: float | None = None

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def now(self) -> float:
        """The host's clock, from the last answer that had one."""
        return time.time() + (self._server_ahead or 0.0)

    def send(
        self,
        method: str,
        key: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes | Path = b"",
        sha256: str = EMPTY,
        accept: Collection[int] = (),
    ) -> Answer:
        """Send one request until it is answered. accept: refusals that the caller wants to see itself.

        Raises Unavailable after the last try, and Refused for what no second try would change.
        """
        target = f"/{quote(key, safe='/-_.~')}" + (f"?{query}" if query else "")
        failure = ""
        for attempt in range(1, self._tries + 1):
            self._wait_for_others()
            try:
                answer = self._once(method, target, headers or {}, body, sha256, attempt)
            except (HTTPError, OSError) as error:
                failure = f"no answer ({type(error).__name__})"
                self._pause(attempt, everybody=False)
                continue
            if 200 <= answer.status < 300 and not answer.code:
                return answer
            if answer.status in _PASSING or answer.code in _PASSING_CODES:
                failure = f"{answer.status} {answer.code}".strip()
                self._pause(attempt, everybody=answer.code in ("SlowDown", "ServiceUnavailable"))
                continue
            if answer.status in accept:
                return answer
            raise Refused(_refusal(method, key, answer))
        raise Unavailable(
            f"{method} of {key or 'the bucket'} failed {self._tries} times: {failure}. Publish again; "
            "what is there already is not sent twice."
        )

    def _once(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | Path, sha256: str, attempt: int
    ) -> Answer:
        request = AWSRequest(method=method, url=self.base + target, headers=dict(headers))
        request.context["sha256"] = sha256
        credentials = self._credentials.get_frozen_credentials()
        _Signer(credentials, "s3", self._region).add_auth(request)
        signed = dict(request.headers.items())
        if isinstance(body, Path):
            signed["Content-Length"] = str(body.stat().st_size)
            with body.open("rb") as stream:
                reply = self._request(method, target, signed, stream)
        else:
            reply = self._request(method, target, signed, body or None)
        self._hear_clock(reply.headers.get("Date", ""))
        # A COPY may fail after its 200 was sent: then the body holds the error.
        failed = reply.status >= 300 or b"<Error>" in reply.data[:300]
        code = _first(_CODE, reply.data) if failed else ""
        return Answer(status=reply.status, headers=reply.headers, body=reply.data, code=code, attempts=attempt)

    def _request(self, method: str, target: str, headers: dict[str, str], body: Any) -> Any:
        return self._pool.urlopen(
            method,
            self._path + target,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
        )

    def _hear_clock(self, date: str) -> None:
        if date:
            try:
                ahead = parsedate_to_datetime(date).timestamp() - time.time()
            except ValueError:
                return
            # The date has whole seconds, so the largest difference seen is the nearest to the truth.
            self._server_ahead = ahead if self._server_ahead is None else max(ahead, self._server_ahead)

    def _pause(self, attempt: int, *, everybody: bool) -> None:
        """Wait longer each time; when the host asks for less, all threads wait."""
        if attempt >= self._tries:
            return
        seconds = min(_LONGEST_PAUSE, 0.2 * 2**attempt) * random.uniform(0.5, 1)  # noqa: S311 - spreads retries
        if everybody:
            with self._clock:
                self._pause_until = max(self._pause_until, time.monotonic() + seconds)
        else:
            time.sleep(seconds)

    def _wait_for_others(self) -> None:
        while (left := self._pause_until - time.monotonic()) > 0:
            time.sleep(left * random.uniform(1, 1.2))  # noqa: S311 - spreads retries


type Opener = Callable[[], Wire]


def _first(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    return unescape(found.group(1).decode("utf-8", "replace")) if found else ""


def _refusal(method: str, key: str, answer: Answer) -> str:
    """What was refused and what to look at."""
    said = _first(_MESSAGE, answer.body) or answer.code or f"status {answer.status}"
    what = {"PUT": "write", "DELETE": "delete", "POST": "delete files of"}.get(method, "read")
    if answer.code in ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch") or answer.status in (401, 403):
        hint = "Check the credentials and that their role may get, put, delete and list in this bucket."
    elif answer.code == "NoSuchBucket":
        hint = "Check the name of the bucket."
    elif answer.status in (301, 307) or answer.code == "AuthorizationHeaderMalformed":
        hint = f"The bucket is in region {answer.headers.get('x-amz-bucket-region', 'another one')}: set AWS_REGION."
    elif answer.code in ("XAmzContentSHA256Mismatch", "BadDigest", "InvalidDigest"):
        hint = "The file changed while it was sent. Publish when the build has ended."
    else:
        hint = "Nothing was deleted. Publish again when that is put right."
    return f"The host refused to {what} {key or 'the bucket'}: {said} ({hint})"
