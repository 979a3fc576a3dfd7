"""The one place that knows HTTP: address, tokens, timeouts, sizes. Every failure ends as one of our errors."""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import httpx

from deploys.gitlab.answers import date_of, decoded, error_of, rate_limit_of, refused
from deploys.gitlab.errors import ErrorClass, GitLabRefused, GitLabUnavailable, MalformedAnswer, Sent
from deploys.gitlab.refusals import Asked, explain
from deploys.gitlab.types import RateLimit

LARGEST_ANSWER = 10 * 1024 * 1024
_LARGEST_ERROR = 64 * 1024

# GitLab lets a request run for 60 s, and a pipeline may be made in its last second: wait a little longer.
_PATIENT = httpx.Timeout(65.0, connect=5.0, pool=5.0)
_BRISK = httpx.Timeout(20.0, connect=5.0, pool=5.0)
# An answer that trickles in never meets the read timeout, so the whole of it has a limit as well (seconds).
_SLOWEST_ANSWER = 120.0

# With these the request never left: no connection, or none that could carry it.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
_WORTH_A_SECOND_TRY = (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back: status, headers (any case), body; cut_short if the body went on."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut_short: bool

    @property
    def is_success(self) -> bool:
        """Say whether GitLab did what it was asked."""
        return 200 <= self.status < 300


@cache
def _usual_certificates() -> ssl.SSLContext:
    """Load the certificate authorities once per process; that takes longer than a request."""
    return httpx.create_ssl_context()


def list_of[T](parse: Callable[[object], T]) -> Callable[[object], list[T]]:
    """Make a reader of JSON lists from a reader of their rows; it raises MalformedAnswer for anything else."""

    def parse_list(data: object) -> list[T]:
        if not isinstance(data, list):
            raise MalformedAnswer("GitLab's answer is no list.")
        return [parse(row) for row in data]

    return parse_list


class Sender:
    """Sends requests to one GitLab, each with its token; keeps the latest rate_limit and server_date."""

    def __init__(
        self,
        *,
        url: str,
        api_token: str,
        secrets: tuple[str, ...],
        transport: httpx.BaseTransport | None,
        verify: ssl.SSLContext | bool,
        timeout: httpx.Timeout | None,
    ) -> None:
        self.rate_limit: RateLimit | None = None
        self.server_date: datetime | None = None
        self.address = _address(url)
        self._api_token = api_token
        self._secrets = tuple(secret.encode() for secret in secrets if secret)
        self._timeout = timeout
        self._http = httpx.Client(
            transport=transport,
            verify=_usual_certificates() if verify is True else verify,
            headers={"User-Agent": "buildhub"},
            follow_redirects=False,
        )

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def ask[T](
        self,
        parse: Callable[[object], T],
        method: str,
        path: str,
        *,
        wish: str,
        asked: Asked = "api",
        json: Mapping[str, object] | None = None,
    ) -> T:
        """Send one request and read its JSON answer with parse. Raises as send does, and MalformedAnswer."""
        answer = self.send(method, path, wish=wish, asked=asked, json=json)
        return _read(parse, answer, wish=wish, sent=_outcome(method))

    def pages[T](
        self, parse: Callable[[object], T], path: str, query: Mapping[str, str], *, wish: str, most: int
    ) -> Iterator[list[T]]:
        """Turn the pages of a list, at most so many, reading each row with parse. Raises as ask does.

        https://docs.gitlab.com/api/rest/#offset-based-pagination
        """
        for page in range(1, most + 1):
            answer = self.send("GET", path, wish=wish, query={**query, "page": str(page)})
            rows = _read(list_of(parse), answer, wish=wish, sent="no")
            yield rows
            next_page = answer.headers.get("X-Next-Page")
            if not rows or next_page == "" or (next_page is None and len(rows) < int(query["per_page"])):
                return

    def send(
        self,
        method: str,
        path: str,
        *,
        wish: str,
        asked: Asked = "api",
        query: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
        enough: int | None = None,
    ) -> Answer:
        """Send one request below /api/v4 and give its successful answer. Raises the errors of this package.

        wish completes "we could not …". enough: stop reading there; without it a body above 10 MB is refused.
        """
        self._check(asked, wish)
        request = self._http.build_request(
            method,
            f"{self.address}/api/v4/{path}",
            headers={"PRIVATE-TOKEN": self._api_token} if asked == "api" and self._api_token else None,
            params=query,
            json=json,
            timeout=self._timeout or (_BRISK if method == "GET" else _PATIENT),
        )
        answer = self._exchange(request, enough or LARGEST_ANSWER, wish)
        self.rate_limit = rate_limit_of(answer.headers) or self.rate_limit
        self.server_date = date_of(answer.headers) or self.server_date
        if not answer.is_success:
            raise error_of(
                wish=wish,
                asked=asked,
                status=answer.status,
                headers=answer.headers,
                body=self._without_secrets(answer.body),
                sent=_outcome(method),
            )
        if answer.cut_short and enough is None:
            raise _too_large(answer, method=method, wish=wish)
        return answer

    def _check(self, asked: Asked, wish: str) -> None:
        """Refuse what cannot work before anything is sent; odd letters of a token would show in an error."""
        if not self.address:
            raise refused(explain(ErrorClass.ADDRESS_WRONG), wish=wish, detail="the GitLab address is unusable")
        if asked == "api" and not all("!" <= letter <= "~" for letter in self._api_token):
            raise refused(explain(ErrorClass.TOKEN_UNREADABLE), wish=wish, detail="the API token is unusable")

    def _exchange(self, request: httpx.Request, most: int, wish: str) -> Answer:
        """Carry a request out; a GET gets a second try on a fresh connection, nothing else does."""
        try:
            try:
                return self._carry_out(request, most)
            except _WORTH_A_SECOND_TRY:
                if request.method != "GET":
                    raise
                return self._carry_out(request, most)
        except httpx.RequestError as error:
            raise _lost(error, request.method, wish) from error

    def _carry_out(self, request: httpx.Request, most: int) -> Answer:
        started = time.monotonic()
        reply = self._http.send(request, stream=True)
        try:
            most = most if reply.is_success else _LARGEST_ERROR
            body, size = [], 0
            for chunk in reply.iter_bytes():
                body.append(chunk)
                size += len(chunk)
                if size > most:
                    break
                if time.monotonic() - started > _SLOWEST_ANSWER:
                    raise httpx.ReadTimeout("The answer came in too slowly.", request=request)
            whole = b"".join(body)
            return Answer(status=reply.status_code, headers=reply.headers, body=whole[:most], cut_short=size > most)
        finally:
            reply.close()

    def _without_secrets(self, body: bytes) -> bytes:
        for secret in self._secrets:
            body = body.replace(secret, b"[hidden]")
        return body


def _address(url: str) -> str:
    """Give GitLab's address (scheme, host, port, folder) without sign-in parts, or nothing if it is none."""
    try:
        found = httpx.URL(url.strip())
    except httpx.InvalidURL:
        return ""
    if found.scheme not in ("http", "https") or not found.host:
        return ""
    folder = found.raw_path.partition(b"?")[0].rstrip(b"/").removesuffix(b"/api/v4")
    return str(found.copy_with(userinfo=b"", raw_path=folder or b"/", fragment=None)).rstrip("/")


def _outcome(method: str) -> Sent:
    """Say what an unclear end means: only a request that writes may have made something."""
    return "no" if method == "GET" else "maybe"


def _read[T](parse: Callable[[object], T], answer: Answer, *, wish: str, sent: Sent) -> T:
    try:
        return parse(decoded(answer.body))
    except MalformedAnswer as error:
        raise MalformedAnswer(f"We could not {wish}: {error}", sent=sent, status=answer.status) from error
    except ValueError:
        sentence = f"We could not {wish}: what answers at the GitLab address does not speak JSON."
        raise MalformedAnswer(sentence, sent=sent, status=answer.status) from None


def _lost(error: httpx.RequestError, method: str, wish: str) -> GitLabUnavailable:
    """Make our error of a request without an answer."""
    if isinstance(error, _NEVER_SENT):
        sent: Sent = "no"
        why = "GitLab cannot be reached"
    else:
        sent = _outcome(method)
        slow = isinstance(error, httpx.TimeoutException)
        why = "GitLab did not answer in time" if slow else "the connection to GitLab broke"
    doubt = "; it may have been done all the same" if sent == "maybe" else ""
    detail = type(error).__name__ if isinstance(error, httpx.LocalProtocolError) else str(error)[:200]
    return GitLabUnavailable(f"We could not {wish}: {why}{doubt}.", sent=sent, detail=detail)


def _too_large(answer: Answer, *, method: str, wish: str) -> GitLabRefused | MalformedAnswer:
    """Refuse an endless answer; after a write it leaves us in doubt."""
    if method == "GET":
        row = explain(ErrorClass.ANSWER_TOO_LARGE)
        return refused(row, wish=wish, status=answer.status, detail="the answer has more than 10 MB")
    return MalformedAnswer(f"We could not {wish}: the answer has more than 10 MB.", status=answer.status)
