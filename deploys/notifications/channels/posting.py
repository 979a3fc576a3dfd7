"""One POST to an address that a person typed: only to checked addresses, bounded in time and size, no redirects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from django.conf import settings

from deploys.content.sources.addresses import Guard
from deploys.content.sources.bodies import start_of
from deploys.content.sources.errors import SourceBlocked, SourceError, SourceUnavailable
from deploys.content.sources.guarded_transport import GuardedTransport
from deploys.notifications.channels.errors import Answer, Gone, Refused, Unavailable

SECONDS = 10.0  # for the whole answer
MOST_SHOWN = 160  # characters of an answer that the log shows
_MOST_READ = 4096
_LATER = frozenset({408, 425, 429})
_LONGEST_WAIT = 24 * 3600.0


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None, *, keeps_trying: bool = False) -> Answer:
    """Send JSON. Raises Gone for 410, Unavailable for what may pass, Refused for the rest.

    `keeps_trying`: every answer but success and 410 may pass, as Standard Webhooks has it.
    """
    with GuardedTransport(Guard(settings.NOTIFY_PRIVATE_HOSTS)) as transport:
        transport.limit.start(SECONDS)
        with httpx.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=SECONDS) as client:
            return _send(client, url, body, dict(headers or {}), keeps_trying=keeps_trying)


def _send(client: httpx.Client, url: str, body: bytes, headers: dict[str, str], *, keeps_trying: bool) -> Answer:
    usual = {"Content-Type": "application/json", "User-Agent": "buildhub", "Accept-Encoding": "identity"}
    try:
        request = client.build_request("POST", url, content=body, headers=usual | headers)
        reply = client.send(request, stream=True)
        try:
            said = _start_of(reply)
        finally:
            reply.close()
    except httpx.TimeoutException as error:
        raise Unavailable(f"No answer within {SECONDS:g} seconds.") from error
    except httpx.InvalidURL as error:
        raise Refused("The address cannot be used: correct it.") from error
    except httpx.TransportError as error:
        raise Unavailable(_why(error)) from error
    except SourceBlocked as error:
        raise Refused(blocked_words(httpx.URL(url).host)) from error
    except SourceUnavailable as error:
        raise Unavailable(str(error)) from error
    return _judge(reply, said, keeps_trying=keeps_trying)


def blocked_words(host: str) -> str:
    """Say that the host may not be called."""
    return (
        f"The host “{host[:100]}” is in a private network, which messages are not sent to. "
        "Those who run Buildhub can allow it with BUILDHUB_NOTIFY_PRIVATE_HOSTS."
    )


def _why(error: httpx.TransportError) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "The TLS certificate of the address is not trusted."
    return f"The connection failed ({type(error).__name__})."


def _start_of(reply: httpx.Response) -> str:
    """The first words of an answer, in one line; nothing where it cannot be read."""
    with suppress(SourceError, httpx.TransportError):
        text = start_of(reply, _MOST_READ).decode("utf-8", "replace")
        return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()[:MOST_SHOWN]
    return ""


def _judge(reply: httpx.Response, said: str, *, keeps_trying: bool) -> Answer:
    status = reply.status_code
    words = f"{status} {said}".strip()
    if reply.is_success:
        return Answer(words=words, status=status)
    if status == 410:
        raise Gone(f"The place is gone ({words}). It was switched off.", status=status)
    if status in _LATER or status >= 500 or keeps_trying:
        wait = _retry_after(reply.headers.get("Retry-After", ""))
        raise Unavailable(f"The answer was {words}.", status=status, retry_after=wait)
    raise Refused(f"The answer was {words}.", status=status)


def _retry_after(header: str) -> float:
    """Seconds to wait, from a number or a date; at most a day, 0 where nothing is said."""
    text = header.strip()
    seconds = 0.0
    if text.isdecimal() and text.isascii():
        seconds = float(text[:9])
    elif text:
        with suppress(ValueError):
            moment = parsedate_to_datetime(text)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = (aware - datetime.now(UTC)).total_seconds()
    return min(max(0.0, seconds), _LONGEST_WAIT)
