"""What the internet's name servers say, asked over HTTPS: the JSON form that Cloudflare and Google share.

Source: https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/. A resolver of
the machine may have answers of its own (a company's inner zone), and visitors do not ask that one.
"""

from __future__ import annotations

import re

import httpx

from deploys.doctor.model import CannotLook

RESOLVER = "https://cloudflare-dns.com/dns-query"
_TYPES = {"A": 1, "NS": 2, "CNAME": 5, "AAAA": 28, "CAA": 257}
_ANSWERED, _NO_SUCH_NAME = 0, 3
# RFC 3597: a type that the resolver does not spell out is given as bytes in hex.
_BYTES = re.compile(r"^\\#\s+\d+\s+([0-9a-fA-F\s]+)$")
_CAA = re.compile(r'^\s*\d+\s+(\w+)\s+"?([^"]*)"?\s*$')


class Dns:
    """One public resolver."""

    def __init__(self, http: httpx.Client, resolver: str = RESOLVER) -> None:
        self._http, self._resolver = http, resolver

    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        """The records of a kind (A, AAAA, CNAME, NS, CAA) that a name has; () when it has none. Raises CannotLook."""
        try:
            reply = self._http.get(
                self._resolver,
                params={"name": name.rstrip("."), "type": kind},
                headers={"Accept": "application/dns-json"},
            )
            reply.raise_for_status()
            found = reply.json()
            status, answers = int(found["Status"]), found.get("Answer") or []
            records = tuple(str(one["data"]) for one in answers if one["type"] == _TYPES[kind])
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            raise CannotLook(
                f"The resolver {self._resolver} could not be asked ({type(error).__name__}).",
                "Check that this machine reaches it, or name another with --resolver, such as https://dns.google/resolve.",
            ) from error
        if status not in (_ANSWERED, _NO_SUCH_NAME):
            raise CannotLook(
                f"The name servers of {name} give no answer (DNS status {status}).",
                "Try again in some minutes; if it stays, the parent leads to name servers that do not know the zone.",
            )
        return records

    def name_servers(self, zone: str) -> frozenset[str]:
        """The servers that answer for a zone, in small letters, without the dot at the end. Raises CannotLook."""
        return frozenset(name.rstrip(".").lower() for name in self.ask(zone, "NS"))

    def authorities(self, name: str) -> frozenset[str]:
        """Who may issue certificates for a name, by the nearest CAA records (RFC 8659, 3); empty: everybody.

        Raises CannotLook.
        """
        labels = name.removeprefix("*.").rstrip(".").split(".")
        for start in range(len(labels)):
            records = [_caa(text) for text in self.ask(".".join(labels[start:]), "CAA")]
            if records:
                return frozenset(value for tag, value in records if tag == "issue")
        return frozenset()


def _caa(text: str) -> tuple[str, str]:
    """Tag and value of a CAA record, spelt out or as bytes."""
    as_bytes = _BYTES.match(text)
    if as_bytes:
        data = bytes.fromhex(re.sub(r"\s", "", as_bytes.group(1)))
        length = data[1] if len(data) > 1 else 0
        tag, value = data[2 : 2 + length].decode("ascii", "replace"), data[2 + length :].decode("ascii", "replace")
    else:
        spelt = _CAA.match(text)
        tag, value = spelt.groups() if spelt else ("", "")
    return tag.lower(), value.split(";")[0].strip().lower()
