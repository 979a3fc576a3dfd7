"""One question and its answer: refusals, redirects, private addresses, bombs and drips, all over a real connection."""

from __future__ import annotations

import gzip
import threading
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deploys.content.sources.addresses import Guard
from deploys.content.sources.errors import (
    ErrorClass,
    SourceBlocked,
    SourceError,
    SourceMalformed,
    SourceRefused,
    SourceTooLarge,
    SourceUnavailable,
)
from tests.content.sources.answering import Answering, Asked, Cms, Reply, pages_of
from tests.content.sources.reading import config, source

type Served = Callable[[Answering], Cms]
ITEMS = [{"id": 1, "title": "One"}]
SECRET = "tok-en/with+odd=letters"


def read(cms: Cms, *, guard: Guard | None = None, **settings: Any) -> list[str]:
    settings = {"headers": {"Authorization": "Bearer {secret:token}", "X-Kind": "museum"}, **settings}
    return [entry.key for entry in source(config(cms, **settings), secrets={"token": SECRET}, guard=guard).read()]


@pytest.mark.parametrize(
    ("status", "kind", "error_class", "words"),
    [
        (401, SourceRefused, ErrorClass.TOKEN_REJECTED, "wants a valid token"),
        (403, SourceRefused, ErrorClass.FORBIDDEN, "does not let this token read"),
        (404, SourceRefused, ErrorClass.NOT_FOUND, "nothing at the source's address"),
        (400, SourceRefused, ErrorClass.REQUEST_REFUSED, "refused the request"),
        (500, SourceUnavailable, ErrorClass.SERVICE_DOWN, "trouble of its own"),
        (429, SourceUnavailable, ErrorClass.RATE_LIMITED, "slow down"),
    ],
)
def test_each_refusal_has_words(
    served: Served, status: int, kind: type[SourceError], error_class: ErrorClass, words: str
) -> None:
    """With the source's own words, and never with the token, however the source quotes it."""
    message = f"Go away, {SECRET} or tok-en%2Fwith%2Bodd%3Dletters"
    cms = served(lambda asked: Reply(status=status, data={"errors": [{"message": message}]}))
    with pytest.raises(kind, match=words) as failed:
        read(cms)
    assert failed.value.error_class == error_class
    assert "Go away" in failed.value.detail
    assert "odd" not in f"{failed.value} {failed.value.detail}"


def test_trouble_is_tried_again(served: Served) -> None:
    """Two failures, then the answer."""
    failures = iter([503, 429])

    def answer(asked: Asked) -> Reply:
        status = next(failures, None)
        return Reply(status=status) if status else pages_of(ITEMS)(asked)

    cms = served(answer)
    assert read(cms) == ["1"]
    assert len(cms.requests) == 3


def test_a_source_that_wants_a_long_pause_gets_it_later(served: Served) -> None:
    """A worker does not sit an hour; the error says how long the source wants to be left alone."""
    cms = served(lambda asked: Reply(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(SourceUnavailable) as failed:
        read(cms)
    assert failed.value.retry_after == 3600
    assert len(cms.requests) == 1


def test_a_refusal_is_not_tried_again(served: Served) -> None:
    """It would only lock the account."""
    cms = served(lambda asked: Reply(status=401))
    with pytest.raises(SourceRefused):
        read(cms)
    assert len(cms.requests) == 1


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"<!doctype html><p>Sign in", "text/html", "a web page instead of JSON"),
        (b"<rss/>", "application/xml", "XML instead of JSON"),
        (b"", "application/json", "nothing instead of JSON"),
        (b"{'a': 1}", "application/json", "no JSON"),
        (b"[" * 5000 + b"]" * 5000, "application/json", "no JSON|levels deep"),
    ],
)
def test_what_is_no_json_is_named(served: Served, body: bytes, content_type: str, words: str) -> None:
    """A sign-in page is the usual one."""
    cms = served(lambda asked: Reply(data=body, headers={"Content-Type": content_type}))
    with pytest.raises(SourceMalformed, match=words):
        read(cms)


# --- redirects -------------------------------------------------------------


def test_a_redirect_on_the_same_host_keeps_the_token(served: Served) -> None:
    """A slash too few is no reason to stop."""

    def answer(asked: Asked) -> Reply:
        if asked.path == "/entries":
            return Reply(
                status=301, headers={"Location": f"/entries/?{'&'.join(f'{k}={v}' for k, v in asked.query.items())}"}
            )
        return pages_of(ITEMS)(asked)

    cms = served(answer)
    assert read(cms) == ["1"]
    assert cms.requests[1].headers["authorization"] == f"Bearer {SECRET}"


def test_a_redirect_to_another_host_loses_the_token(served: Served) -> None:
    """Another port is another place; headers without secrets go along."""
    other = served(pages_of(ITEMS))
    cms = served(lambda asked: Reply(status=302, headers={"Location": f"{other.url}/entries"}))
    assert read(cms) == ["1"]
    assert "authorization" not in other.requests[0].headers
    assert other.requests[0].headers["x-kind"] == "museum"


def test_redirects_without_end_are_refused(served: Served) -> None:
    """Three are followed."""
    cms = served(lambda asked: Reply(status=302, headers={"Location": "/entries"}))
    with pytest.raises(SourceRefused, match="leads on more than 3 times"):
        read(cms)
    assert len(cms.requests) == 4


def test_a_query_that_is_sent_on_is_refused_with_the_new_address(served: Served) -> None:
    """A POST is not repeated elsewhere."""
    cms = served(lambda asked: Reply(status=301, headers={"Location": "/graphql/"}))
    with pytest.raises(SourceRefused, match=r"has moved to http://127\.0\.0\.1:[0-9]+/graphql/"):
        read(cms, method="POST", body={"query": "{ a }"})


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/x"])
def test_a_redirect_to_another_kind_of_address_is_refused(served: Served, target: str) -> None:
    """Only http and https."""
    with pytest.raises(SourceBlocked):
        read(served(lambda asked: Reply(status=302, headers={"Location": target})))


def test_a_redirect_into_the_private_network_is_refused(served: Served) -> None:
    """The guard looks at every connection, not at the address that was typed."""
    inner = served(pages_of(ITEMS))
    cms = served(lambda asked: Reply(status=302, headers={"Location": f"http://inner.example:{inner.port}/"}))
    guard = Guard(["127.0.0.1"], resolve=lambda host, port: ["127.0.0.1"])
    with pytest.raises(SourceBlocked, match=r"inner\.example.* private network"):
        read(cms, guard=guard)
    assert inner.requests == []


# --- private addresses -----------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:0:0:0:0:80ff:fffe",
        "not an address",
    ],
)
def test_no_private_address_is_connected_to(address: str) -> None:
    """Plain, mapped, translated or tunnelled: what it carries decides."""
    with pytest.raises(SourceBlocked, match="private network"):
        Guard(resolve=lambda host, port: ["93.184.216.34", address]).addresses("cms.example", 443)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"]
)
def test_public_addresses_are_connected_to(address: str) -> None:
    """Also those that carry a public address in another dress."""
    assert Guard(resolve=lambda host, port: [address]).addresses("cms.example", 443) == [address]


def test_a_host_that_an_admin_allows_may_be_private_but_not_link_local() -> None:
    """Clouds keep credentials at link-local addresses; only the bare address opens those."""
    allowed = ["cms.internal:8000", "169.254.1.1"]
    assert Guard(allowed, resolve=lambda host, port: ["10.0.0.5"]).addresses("CMS.internal.", 8000) == ["10.0.0.5"]
    for host, port, address in (
        ("cms.internal", 9000, "10.0.0.5"),
        ("other.internal", 8000, "10.0.0.5"),
        ("cms.internal", 8000, "169.254.169.254"),
    ):
        with pytest.raises(SourceBlocked):
            Guard(allowed, resolve=lambda host, port, found=address: [found]).addresses(host, port)
    assert Guard(allowed, resolve=lambda host, port: ["169.254.1.1"]).addresses("169.254.1.1", 80) == ["169.254.1.1"]


def test_a_name_that_changes_its_address_gains_nothing(served: Served) -> None:
    """The connection goes to the address that was checked; the second answer of the name server is never asked for."""
    cms = served(pages_of(ITEMS))
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    guard = Guard(["rebind.example"], resolve=resolve)
    given = config(cms, url=f"http://rebind.example:{cms.port}/entries")
    assert [entry.key for entry in source(given, guard=guard).read()] == ["1"]
    assert asked == ["rebind.example"]
    assert cms.requests[0].headers["host"] == f"rebind.example:{cms.port}"


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "localhost", "[::ffff:127.0.0.1]"])
def test_other_spellings_of_this_machine_are_refused(served: Served, host: str) -> None:
    """Whatever the system makes of them is looked at."""
    cms = served(pages_of(ITEMS))
    with pytest.raises(SourceBlocked):
        list(source(config(cms, url=f"http://{host}:{cms.port}/"), guard=Guard()).read())
    assert cms.requests == []


# --- sizes and times -------------------------------------------------------


def test_a_packed_answer_is_unpacked(served: Served) -> None:
    """gzip is what we ask for."""
    packed = gzip.compress(b'{"total": 1, "items": [{"id": 1}]}')
    cms = served(lambda asked: Reply(data=packed, headers={"Content-Encoding": "gzip"}))
    assert read(cms) == ["1"]


def test_a_bomb_is_stopped_while_it_unpacks(served: Served) -> None:
    """A thousandth of it travels; the limit counts what it would become."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([*(packer.compress(b" " * 1_000_000) for _ in range(200)), packer.flush()])
    cms = served(lambda asked: Reply(data=bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(SourceTooLarge, match="more than 1 MB"):
        read(cms, max_bytes=1024 * 1024)


@pytest.mark.parametrize("packing", ["br", "gzip, gzip", "deflate"])
def test_other_packings_are_refused(served: Served, packing: str) -> None:
    """We ask for gzip or nothing."""
    with pytest.raises(SourceMalformed, match="packs its answers"):
        read(served(lambda asked: Reply(data=b"x", headers={"Content-Encoding": packing})))


@pytest.mark.parametrize("damaged", [b"no gzip at all", gzip.compress(b"{}" * 99, mtime=0)[:-20]])
def test_damaged_packing_is_no_crash(served: Served, damaged: bytes) -> None:
    """It ends in words."""
    cms = served(lambda asked: Reply(data=damaged, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(SourceError):
        read(cms)


def test_an_answer_without_end_is_stopped(served: Served) -> None:
    """By its size."""
    cms = served(lambda asked: Reply(data=iter(lambda: b"[" * 65536, b"never")))
    with pytest.raises(SourceTooLarge):
        read(cms, max_bytes=1024 * 1024)


def test_an_answer_that_drips_is_ended_by_the_time_limit(served: Served) -> None:
    """Each piece comes in time, the whole does not: no pause between bytes is long enough to notice."""
    stop = threading.Event()

    def drops() -> Iterator[bytes]:
        while not stop.wait(0.05):
            yield b" "

    cms = served(lambda asked: Reply(data=drops()))
    try:
        with pytest.raises(SourceUnavailable) as failed:
            read(cms, timeout=0.5, deadline=1.0)
    finally:
        stop.set()
    assert failed.value.error_class == ErrorClass.TOO_SLOW


def test_a_reading_without_end_is_ended_by_the_deadline(served: Served) -> None:
    """Every page comes in time and is new; the reading as a whole has its limit."""
    count = iter(range(10**9))
    cms = served(lambda asked: Reply(data={"items": [{"id": next(count)}]}))
    with pytest.raises(SourceUnavailable, match="longer than 1 seconds"):
        read(cms, total="", deadline=1.0)


def test_a_connection_that_breaks_off_is_no_crash(served: Served) -> None:
    """Half an answer is none."""
    cms = served(lambda asked: Reply(data=b"{}", headers={"Content-Length": "99"}))
    with pytest.raises(SourceUnavailable):
        read(cms, deadline=3.0, timeout=1.0)


# --- secrets ---------------------------------------------------------------


def test_a_secret_that_is_not_set_is_named(served: Served) -> None:
    """By its name, before any request."""
    cms = served(pages_of(ITEMS))
    with pytest.raises(SourceRefused, match="“token” is not set"):
        source(config(cms, headers={"Authorization": "Bearer {secret:token}"}))
    assert cms.requests == []


def test_a_secret_cannot_smuggle_headers(served: Served) -> None:
    """Line breaks in it are refused, and it is not shown."""
    given = config(served(pages_of(ITEMS)), headers={"Authorization": "Bearer {secret:token}"})
    with pytest.raises(SourceRefused, match="letters that no header can carry") as refused:
        source(given, secrets={"token": "good\r\nX-Admin: yes"})
    assert "good" not in str(refused.value)
