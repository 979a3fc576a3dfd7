"""One question to a source and its JSON answer: attempts, redirects, sizes. Failures end as our errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import httpx

from deploys.content.sources.bodies import body_of, start_of
from deploys.content.sources.documents import document
from deploys.content.sources.errors import ErrorClass, SourceBlocked, SourceRefused, SourceUnavailable
from deploys.content.sources.guarded_transport import GuardedTransport
from deploys.content.sources.patience import Patience
from deploys.content.sources.refusals import error_of, words_of
from deploys.content.sources.secret_headers import SecretHeaders
from deploys.content.sources.types import JSON

MOST_REDIRECTS = 3
_LARGEST_ERROR = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_CONNECT_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A request. etag: ask only for what differs from it. past_end: see Paging."""

    url: str
    method: str = "GET"
    body: JSON = None
    etag: str = ""
    past_end: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A successful answer. unchanged: it equals the one with the etag. past_end: there is no such page."""

    status: int
    headers: Mapping[str, str]
    data: JSON = None
    unchanged: bool = False
    past_end: bool = False


class Fetcher:
    """Asks one source. timeout: seconds for one answer; most: bytes of one answer; hint: what to do when refused."""

    def __init__(
        self,
        *,
        headers: SecretHeaders,
        transport: httpx.BaseTransport,
        patience: Patience,
        timeout: float,
        most: int,
        hint: str = "",
    ) -> None:
        self._headers = headers
        self._transport = transport
        self._patience = patience
        self._timeout = timeout
        self._most = most
        self._hint = hint
        self._http = httpx.Client(transport=transport, trust_env=False, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def hide(self, text: str) -> str:
        """Give the text without any secret."""
        return self._headers.hide(text)

    def fetch(self, question: Question) -> Answer:
        """Ask, again when the source has trouble, until the deadline. Raises SourceError."""
        pauses = self._patience.pauses()
        while True:
            try:
                return self._follow(question)
            except SourceUnavailable as failure:
                pause = next(pauses, None)
                if pause is None:
                    raise
                self._patience.wait(pause, failure)

    def _follow(self, question: Question) -> Answer:
        headers = self._headers.every
        for _ in range(MOST_REDIRECTS + 1):
            found = self._carry_out(question, headers)
            if isinstance(found, Answer):
                return found
            if not _same_place(httpx.URL(question.url), found):
                headers = self._headers.public
            question = replace(question, url=str(found))
        raise SourceRefused(
            f"The source's address leads on more than {MOST_REDIRECTS} times: enter the address it ends at.",
            error_class=ErrorClass.MOVED,
        )

    def _carry_out(self, question: Question, headers: Mapping[str, str]) -> Answer | httpx.URL:
        seconds = min(self._timeout, self._patience.left())
        if isinstance(self._transport, GuardedTransport):
            self._transport.limit.start(seconds)
        try:
            request = self._request(question, headers, seconds)
            reply = self._http.send(request, stream=True)
            try:
                return self._read(question, reply)
            finally:
                reply.close()
        except httpx.TimeoutException as error:
            self._patience.left()  # it was the deadline of the whole reading, if that has passed
            raise SourceUnavailable(
                f"The source did not answer within {self._timeout:g} seconds: "
                "try again later, or ask for smaller pages.",
                error_class=ErrorClass.TOO_SLOW,
            ) from error
        except httpx.TransportError as error:
            raise self._no_connection(error) from error
        except httpx.InvalidURL as error:
            raise SourceRefused(
                "The source's address cannot be used: correct it.", error_class=ErrorClass.CONFIG_WRONG
            ) from error

    def _no_connection(self, error: httpx.TransportError) -> SourceUnavailable:
        detail = self._headers.hide(str(error)[:200])
        if "CERTIFICATE_VERIFY_FAILED" in detail:
            return SourceUnavailable(
                "The source's TLS certificate is not trusted: renew it, or have it signed by a known authority.",
                detail=detail,
            )
        return SourceUnavailable(
            f"The connection to the source failed ({type(error).__name__}): check that its server runs.", detail=detail
        )

    def _request(self, question: Question, headers: Mapping[str, str], seconds: float) -> httpx.Request:
        usual = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "buildhub"}
        conditional = {"If-None-Match": question.etag} if question.etag else {}
        return self._http.build_request(
            question.method,
            question.url,
            headers={**usual, **headers, **conditional},
            json=question.body if question.method == "POST" else None,
            timeout=httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
        )

    def _read(self, question: Question, reply: httpx.Response) -> Answer | httpx.URL:
        if reply.status_code == 304 and question.etag:
            return Answer(status=304, headers=reply.headers, unchanged=True)
        if reply.status_code in _REDIRECTS and "Location" in reply.headers:
            return self._target(question, reply)
        if reply.is_success:
            body = body_of(reply, self._most)
            data = document(body, reply.headers.get("Content-Type", ""))
            return Answer(status=reply.status_code, headers=reply.headers, data=data)
        body = start_of(reply, _LARGEST_ERROR)
        if question.past_end and reply.is_client_error and question.past_end.encode() in body:
            return Answer(status=reply.status_code, headers=reply.headers, past_end=True)
        raise error_of(reply.status_code, reply.headers, self._headers.hide(words_of(body)), hint=self._hint)

    def _target(self, question: Question, reply: httpx.Response) -> httpx.URL:
        """Give where a redirect leads. Raises SourceBlocked and SourceRefused for where we do not go."""
        before = httpx.URL(question.url)
        after = before.join(reply.headers["Location"])
        if after.scheme not in ("http", "https") or (before.scheme, after.scheme) == ("https", "http"):
            raise SourceBlocked(
                f"The source sends us on to an address that is not https ({after.host[:100]}): "
                "enter the address it ends at, if you trust it."
            )
        if question.method != "GET":
            raise SourceRefused(
                f"The source's address has moved to {after.copy_with(query=None, userinfo=b'')}: enter that one.",
                error_class=ErrorClass.MOVED,
                status=reply.status_code,
            )
        return after.copy_with(userinfo=b"", fragment=None)


def _same_place(before: httpx.URL, after: httpx.URL) -> bool:
    """Say whether secrets for one address may go to the other: same host, same port or the step up to https."""
    if before.host != after.host:
        return False
    upgraded = (before.scheme, before.port, after.scheme, after.port) == ("http", None, "https", None)
    return upgraded or (before.scheme, before.port) == (after.scheme, after.port)
