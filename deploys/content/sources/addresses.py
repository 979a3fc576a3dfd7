"""Which network addresses a source may be read from: public ones, and hosts that an admin allowed by name."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from deploys.content.sources.errors import SourceBlocked, SourceUnavailable

type Resolve = Callable[[str, int], list[str]]

# Networks whose addresses carry an IPv4 address in their last 32 bits.
_NAT64, _COMPATIBLE = IPv6Network("64:ff9b::/96"), IPv6Network("::/96")


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for a host's addresses. Raises SourceUnavailable when it knows none."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceUnavailable(
            f"The host “{host[:100]}” is not known: check the address for a typing mistake."
        ) from error
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


class Guard:
    """Gives the addresses of a host that may be connected to.

    allowed: hosts (names or addresses, with or without “:port”) that may be private. Even for these a name never
    leads to link-local addresses, where clouds keep credentials; only the bare address in the list opens those.
    """

    def __init__(self, allowed: Collection[str] = (), *, resolve: Resolve = resolve) -> None:
        self._allowed = frozenset(_plain(one) for one in allowed)
        self._resolve = resolve

    def addresses(self, host: str, port: int) -> list[str]:
        """Give all addresses of the host. Raises SourceBlocked if even one is not allowed, else SourceUnavailable."""
        name = _plain(host)
        allowed = name in self._allowed or f"{name}:{port}" in self._allowed
        found = self._resolve(name, port)
        for address in found:
            parsed = _parsed(address)
            if parsed is None or not (is_public(parsed) or (allowed and self._may_be_private(parsed, name))):
                raise SourceBlocked(
                    f"The host “{name[:100]}” is in a private network, which sources are not read from: "
                    "use its public name, or have an admin allow this host."
                )
        return found

    def _may_be_private(self, address: IPv4Address | IPv6Address, name: str) -> bool:
        inner = carried(address)
        never = inner.is_link_local or inner.is_multicast or inner.is_unspecified
        return not never or name == str(address)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether the address, and the IPv4 address it may carry, belongs to the public internet."""
    inner = carried(address)
    # Mapped and NAT64 addresses are IPv4 in another dress: what they carry decides.
    dressed = isinstance(address, IPv6Address) and (address.ipv4_mapped or address in _NAT64)
    checked = (inner,) if dressed else (inner, address)
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in checked)


def carried(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Give the IPv4 address inside a mapped, compatible, 6to4, Teredo or NAT64 one, else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if (address in _NAT64 or address in _COMPATIBLE) and int(address) > 1:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address.partition("%")[0])
    except ValueError:
        return None


def _plain(host: str) -> str:
    return host.strip().strip("[]").rstrip(".").lower()
