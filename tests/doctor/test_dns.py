"""The internet's name servers, asked over HTTPS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from deploys.doctor.dns import RESOLVER, Dns
from deploys.doctor.model import CannotLook


def resolver(answer: Callable[[httpx.Request], httpx.Response]) -> Dns:
    """One that answers so."""
    return Dns(httpx.Client(transport=httpx.MockTransport(answer)))


def saying(records: dict[tuple[str, str], list[tuple[int, str]]]) -> Dns:
    """Records by name and kind, each with the type of its answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        rows = records.get((request.url.params["name"], request.url.params["type"]), [])
        answers = [{"name": "x", "type": kind, "TTL": 1, "data": data} for kind, data in rows]
        return httpx.Response(200, json={"Status": 0 if rows else 3, "Answer": answers})

    return resolver(answer)


def test_it_asks_the_public_resolver_for_json() -> None:
    """Without the dot at the end of a name."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"Status": 0})

    assert resolver(answer).ask("example.org.", "NS") == ()
    assert str(asked[0].url) == f"{RESOLVER}?name=example.org&type=NS"
    assert asked[0].headers["accept"] == "application/dns-json"


def test_name_servers_are_compared_without_case_and_dot() -> None:
    """As people type them."""
    found = saying({("example.org", "NS"): [(2, "NS-1.awsdns-1.COM."), (2, "ns-2.awsdns-2.net")]})
    assert found.name_servers("example.org") == {"ns-1.awsdns-1.com", "ns-2.awsdns-2.net"}


def test_an_alias_on_the_way_is_no_record_of_the_kind() -> None:
    """A resolver gives the CNAME before the addresses."""
    assert saying({("a.org", "A"): [(5, "b.org."), (1, "192.0.2.1")]}).ask("a.org", "A") == ("192.0.2.1",)


@pytest.mark.parametrize(
    "text",
    ['0 issue "amazon.com"', "0 issue amazon.com", '0 issue "amazon.com; account=1"',
     "\\# 17 00 05 69 73 73 75 65 61 6d 61 7a 6f 6e 2e 63 6f 6d"],
)  # fmt: skip
def test_who_may_issue_is_read_from_every_form(text: str) -> None:
    """Spelt out, as bytes, with parameters."""
    assert saying({("www.a.org", "CAA"): [(257, text)]}).authorities("www.a.org") == {"amazon.com"}


def test_the_nearest_records_count_and_a_star_asks_below_itself() -> None:
    """RFC 8659: the first name on the way up that has any."""
    records = {
        ("a.org", "CAA"): [(257, '0 issue "letsencrypt.org"')],
        ("b.a.org", "CAA"): [(257, '0 issue "amazon.com"')],
    }
    found = saying(records)
    assert found.authorities("*.b.a.org") == {"amazon.com"}
    assert found.authorities("x.a.org") == {"letsencrypt.org"}
    assert saying({}).authorities("a.org") == frozenset()


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"Status": 0, "Answer": [{"type": 2}]}),
        httpx.Response(200, json={"Status": 2}),
    ],
)
def test_an_answer_that_is_none_is_not_taken_for_no_records(reply: Any) -> None:
    """That a zone is not there has to be said by somebody."""
    with pytest.raises(CannotLook):
        resolver(lambda _: reply).ask("example.org", "NS")
