"""What an address answers, as visitors get it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpx

from deploys.doctor.model import CannotLook

_TIMEOUT = httpx.Timeout(10)
_START = 512
FINE = 200


class BadCertificate(Exception):
    """The address answers with a certificate that browsers refuse; str() says why."""


def client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A client that carries nothing that a visitor would not send, and follows no redirect."""
    return httpx.Client(transport=transport, timeout=_TIMEOUT, follow_redirects=False)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status, and the first bytes of the body."""

    status: int
    start: bytes


def answer_of(url: str, http: httpx.Client) -> Answer:
    """What an address answers. Raises BadCertificate, and CannotLook when it does not answer."""
    try:
        with http.stream("GET", url, headers={"Cache-Control": "no-cache"}) as reply:
            return Answer(status=reply.status_code, start=next(reply.iter_bytes(_START), b""))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if _is_of_tls(error):
            raise BadCertificate(str(error)) from error
        raise CannotLook(
            f"{url} does not answer ({type(error).__name__}).", "Look at it again when what stands above is right."
        ) from error


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
