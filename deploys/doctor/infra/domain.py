"""The domain: a public zone of this account that the parent leads to."""

from __future__ import annotations

from collections.abc import Iterator

from deploys.doctor.infra.stacks import deploy_zone
from deploys.doctor.infra.walk import Walk, Zone
from deploys.doctor.model import Finding, NothingThere, Thing

ZONE = Thing("domain.zone", "Zone")
DELEGATION = Thing("domain.delegation", "Name servers at the parent")


def zone(walk: Walk) -> Iterator[Finding]:
    """A hosted zone that holds the domain; one of its name, or nobody knows which of them counts."""
    domain, zones = walk.asked.domain, walk.zones
    if not zones:
        yield ZONE.missing(
            f"No public hosted zone of this account holds {domain}.",
            "Make one for the domain, or for the part of it that is handed over to AWS.",
            deploy_zone(_parent_of(domain)),
        )
        return
    names = ", ".join(one.id for one in zones)
    if len(zones) > 1:
        yield ZONE.wrong(
            f"There are {len(zones)} public zones called {zones[0].name} ({names}): records in one are not seen in the "
            "other.",
            "Keep the one whose name servers the parent has, move the records there, and delete the other.",
            "\n".join(f"aws route53 get-hosted-zone --id {one.id} --query DelegationSet.NameServers" for one in zones),
        )
        return
    given = walk.parameter("HostedZoneId")
    if given and given != zones[0].id:
        yield ZONE.wrong(
            f"The stack {walk.stack.name if walk.stack else ''} writes into the zone {given}, while {domain} is in "
            f"{zones[0].id} ({zones[0].name}).",
            "Give the stack the zone that holds the domain.",
            walk.deployed(HostedZoneId=zones[0].id),
        )
        return
    yield ZONE.ok(f"{zones[0].name} ({names}) holds {domain}.")
    for unused in walk.passed_over(domain):
        yield ZONE.wrong(
            f"There is a zone {unused.name} ({unused.id}) too, which the parent does not lead to: records in it are "
            "not seen.",
            "Delete it, or enter its name servers at its parent if it was meant.",
            f"aws route53 get-hosted-zone --id {unused.id} --query DelegationSet.NameServers",
            is_needed=False,
        )


def delegation(walk: Walk) -> Iterator[Finding]:
    """Whether the parent names the servers of the zone, and only them."""
    if not walk.zones:
        raise NothingThere("there is no zone")
    live = walk.dns.name_servers(walk.zones[0].name)
    fitting = [one for one in walk.zones if one.servers & live] or [walk.zones[0]]
    yield _delegated(fitting[0], live)


def _delegated(zone: Zone, live: frozenset[str]) -> Finding:
    wanted = ", ".join(sorted(zone.servers))
    at_parent = "At the registrar, or as NS records in the parent's zone, enter exactly these"
    command = f"dig +short NS {zone.name} @1.1.1.1"
    if not live:
        return DELEGATION.missing(
            f"The internet knows no name servers of {zone.name}: the parent does not lead to the zone.",
            f"{at_parent}: {wanted}. Then look again; it may take some hours.",
            command,
        )
    if live == zone.servers:
        return DELEGATION.ok(f"The parent leads to the zone ({wanted}).")
    found = ", ".join(sorted(live))
    if not live & zone.servers:
        return DELEGATION.wrong(
            f"{zone.name} is answered by {found}, not by this zone: nothing that is entered here is seen.",
            f"{at_parent}: {wanted}.",
            command,
        )
    return DELEGATION.wrong(
        f"Of the name servers of {zone.name} only some are those of the zone: {found}.",
        f"{at_parent}: {wanted}. A part of the visitors gets other answers until then.",
        command,
    )


def _parent_of(domain: str) -> str:
    """What a zone for the domain is called: the name without its first label, where that leaves a whole name."""
    rest = domain.partition(".")[2]
    return rest if "." in rest else domain
