"""Requests to S3: signed, sent over one pool of connections, tried again when that is safe.

boto3's put_object spends 2-3 ms of processor time on a request, and Python lets one thread spend it at a time. This
spends a tenth of a millisecond, which decides how long a first upload takes.
"""

from __future__ import annotations

import calendar
import hashlib
import os
import random
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote, urlsplit

from publisher.errors import Refused, Unavailable
from publisher.http1 import Pool, Reply, Unsendable
from publisher.local import AT_ONCE, unreadable
from publisher.route import Unpassable, Untrusted
from publisher.signing import Keys, signed

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
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the host said. headers: names in small letters; code: S3's error code, "" when it is no error."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    code: str
    attempts: int


class Wire:
    """One bucket over one pool. Safe to use from many threads."""

    def __init__(
        self, *, base: str, region: str, keys: Callable[[], Keys], timeout: float, tries: int, bundle: str = ""
    ) -> None:
        """base: address of the bucket without a closing slash; keys: the credentials of the moment; bundle: file of
        the certificates to believe, "" for the machine's. Raises Refused."""
        parts = urlsplit(base)
        self.base = base
        usual = ":443" if parts.scheme == "https" else ":80"
        self._host = parts.netloc.rpartition("@")[2].removesuffix(usual)
        self._path = parts.path
        self._region = region
        self._keys = keys
        self._tries = tries
        try:
            self._pool = Pool(base, timeout=timeout, bundle=bundle)
        except OSError as error:
            raise Refused(f"The certificates in {bundle} cannot be used ({error}). Look at AWS_CA_BUNDLE.") from error
        except ValueError as error:
            raise Refused(f"{error}.") from error
        self._pause_until = 0.0
        self._clock = threading.Lock()
        self._server_ahead: float | None = None
        self._heard = ""

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
        body: bytes | str = b"",
        sha256: str = EMPTY,
        accept: Collection[int] = (),
    ) -> Answer:
        """Send one request until it is answered. accept: refusals that the caller wants to see itself.

        Raises Unavailable after the last try, and Refused for what no second try would change.
        """
        path = f"{self._path}/{quote(key, safe='/-_.~')}"
        failure = ""
        for attempt in range(1, self._tries + 1):
            self._wait_for_others()
            try:
                reply = self._asked(method, path, query, headers or {}, body, sha256)
            except OSError as error:
                failure = f"no answer ({type(error).__name__})"
                self._pause(attempt, everybody=False)
                continue
            answer = self._understood(reply, attempt)
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

    def _asked(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes | str, sha256: str
    ) -> Reply:
        """The answer to one request. Raises OSError, and Refused for what no second try would change."""
        try:
            return self._once(method, path, query, headers, body, sha256)
        except Untrusted as error:
            raise Refused(
                f"The certificate of {self._host} is not to be trusted ({error}). If it is right, name the file of its "
                "authority in AWS_CA_BUNDLE."
            ) from error
        except Unpassable as error:
            raise Refused(f"{self._host} cannot be reached: {error}. Look at HTTPS_PROXY and NO_PROXY.") from error
        except Unsendable as error:
            raise Refused(f"{path} cannot be sent: {error}. Look at the rules of the site.") from error

    def _once(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes | str, sha256: str
    ) -> Reply:
        """One request; the file is opened anew for each."""
        sent = signed(
            method, path, query, headers, host=self._host, sha256=sha256, keys=self._keys(), region=self._region
        )
        target = f"{path}?{query}" if query else path
        if isinstance(body, bytes):
            return self._pool.request(method, target, sent, body, len(body))
        try:
            descriptor = os.open(body, os.O_RDONLY)
        except OSError as error:
            raise Refused(unreadable(body, error)) from error
        try:
            size = os.fstat(descriptor).st_size
            if size <= AT_ONCE:
                return self._pool.request(method, target, sent, os.read(descriptor, size), size)
            with open(descriptor, "rb", buffering=0, closefd=False) as stream:
                return self._pool.request(method, target, sent, stream, size)
        finally:
            os.close(descriptor)

    def _understood(self, reply: Reply, attempt: int) -> Answer:
        self._hear_clock(reply.headers.get("date", ""))
        # A COPY may fail after its 200 was sent: then the body holds the error.
        # Until then it may have sent spaces, to keep the connection.
        failed = reply.status >= 300 or b"<Error>" in reply.body.lstrip()[:300]
        code = _first(_CODE, reply.body) if failed else ""
        return Answer(status=reply.status, headers=reply.headers, body=reply.body, code=code, attempts=attempt)

    def _hear_clock(self, date: str) -> None:
        # Many answers come within one second, of which the first says all.
        if date and date != self._heard:
            self._heard = date
            try:
                ahead = _seconds(date) - time.time()
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


def _seconds(date: str) -> float:
    """Seconds since the epoch of an HTTP date. Raises ValueError."""
    _, day, month, year, clock, _ = date.split(" ")
    hour, minute, second = clock.split(":")
    at = (int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), 0, 0, 0)
    return calendar.timegm(at)


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
        region = answer.headers.get("x-amz-bucket-region", "another one")
        hint = f"The bucket is in region {region}: set AWS_DEFAULT_REGION."
    elif answer.code in ("XAmzContentSHA256Mismatch", "BadDigest", "InvalidDigest"):
        hint = "The file changed while it was sent. Publish when the build has ended."
    else:
        hint = "Nothing was deleted. Publish again when that is put right."
    return f"The host refused to {what} {key or 'the bucket'}: {said} ({hint})"
